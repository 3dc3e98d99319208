// What a dynamic resource takes in the state, compared with one as people write it.
import { ensureEngine } from "../tools/pulumi-engine/index.mjs";
import { PROGRAMS } from "./programs.mjs";
import { counted } from "./ratio.mjs";
import { Stack, UP } from "./stack.mjs";

const GOAL = 0.33;

export async function measureState() {
  const engine = await ensureEngine();
  const ours = await bytesOf(engine, PROGRAMS.ours);
  const [naive] = (await bytesOf(engine, PROGRAMS.naive)).values();
  const swap = ours.get("ActiveVersion");
  const guard = ours.get("VersionGuard");
  return {
    title: "state",
    figures: [
      counted("bytes of an ActiveVersion / naive dynamic resource", swap, naive, GOAL),
      counted("bytes of a VersionGuard / naive dynamic resource", guard, naive, GOAL),
      counted("bytes of a swap and two guards / naive dynamic resource", swap + 2 * guard, naive),
    ],
    notes: ["JSON of the resource in pulumi stack export, without white space"],
    times: [`ActiveVersion ${swap}, VersionGuard ${guard}, naive ${naive} bytes`],
  };
}

/** By the type's name, of one alias with two versions. */
async function bytesOf(engine, program) {
  const stack = await Stack.open(engine, program);
  try {
    stack.declare(1, [1, 2]);
    await stack.pulumi(...UP);
    const dynamic = (await stack.resources()).filter(({ type }) =>
      type.startsWith("pulumi-nodejs:dynamic"),
    );
    return new Map(
      dynamic.map((each) => [each.type.split(":").at(-1), JSON.stringify(each).length]),
    );
  } finally {
    await stack.close();
  }
}
