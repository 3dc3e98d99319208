import type { FencedSend, Route } from "./route";

/** Passes over all aliases of a write until each one's pointer may be used at the same moment. */
const MAX_PASSES = 20;

/**
 * Sends a write once no fence of its aliases stands. One that meets a dropped table was not applied: it is sent once
 * more, with pointers that are read again.
 */
export async function sendFenced<R>(
  routes: readonly Route[],
  { send, gone }: FencedSend<R>,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    const { choices, pointers } = await readyRoutes(routes);
    try {
      const result = await send(choices);
      for (const { gate, pointer } of pointers) await gate.settle(pointer);
      return result;
    } catch (error) {
      if ((error as Error).name !== "ResourceNotFoundException") throw error;
      if (attempt === 2) throw gone(error, choices);
      await Promise.all(pointers.map(({ gate }) => gate.renew()));
    }
  }
}

async function readyRoutes(routes: readonly Route[]) {
  for (let pass = 1; ; pass++) {
    const chosen = await Promise.all(
      routes.map(async ({ alias, gate, choose }) => {
        const pointer = await gate?.ready();
        const { snapshot } = pointer ?? (await choose());
        return { alias, snapshot, held: gate && pointer && { gate, pointer } };
      }),
    );
    const pointers = chosen.flatMap(({ held }) => held ?? []);
    // While one alias was held, another one's pointer may have grown old.
    if (pass === MAX_PASSES || pointers.every(({ gate, pointer }) => gate.isCurrent(pointer)))
      return {
        pointers,
        choices: new Map(chosen.map(({ alias, snapshot }) => [alias, { snapshot }])),
      };
  }
}
