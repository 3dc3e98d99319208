import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SETTLE_LIMIT_MS } from "../../../src/migration/drain";
import { assertWay, type LiveSwitch, switchLive } from "../../../src/migration/live/live-switch";
import type { MigrationStore } from "../../../src/migration/store";
import {
  createControlTable,
  findActive,
  placeFence,
  removeFence,
  setActive,
} from "../../../src/pointer";
import { recordReadyRun, withStream } from "../../support/ready-run";
import { refused } from "../../support/refused";
import { interfere } from "../readiness/interfere";
import { createTable, onEachStore } from "../readiness/stores";

jest.mock("../../../src/aws/change-stream", () => ({
  // A stream without changes: the stores have none.
  openChangeStream: async () => ({
    shards: async () => [{ id: "s1", closed: false }],
    iterator: async () => "s1",
    read: async () => ({ changes: [], next: "s1" }),
  }),
}));

/** A clock on which waits take no time. */
function fastClock() {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
}

/** Records batches of one change as applied at a moment, with a lag, both in milliseconds. */
const applierOf = (store: MigrationStore, run: string) => (at: number, lagMs: number) =>
  store.recordReplay(
    run,
    { first: String(at), records: 1, changedAt: at - lagMs, newestAt: at, through: String(at) },
    at,
  );

/** A migration from version 3, the active one, to 4: copied, replayed and verified a minute ago. */
async function readyMigration(client: DynamoDBClient) {
  const alias = `live-${randomUUID()}`;
  const ref = { client, controlTable: `${alias}-control` };
  await createControlTable(ref);
  await setActive(ref, alias, 3);
  const [source, target] = [`${alias}_v3`, `${alias}_v4`];
  for (const table of [source, target]) await createTable(client, table, { pk: "S" });
  const { store, started } = await recordReadyRun(client, alias, 3, 4);
  interfere(client, async ({ action, go }) => {
    const answer = await go();
    if (action === "DescribeTable") withStream(answer.Table ?? {});
    return answer;
  });
  const flips: string[] = [];
  const said: string[] = [];
  const move: LiveSwitch = {
    ref,
    alias,
    from: { version: 3, table: source },
    to: { version: 4, table: target },
    transform: undefined,
    writers: "fenced",
    way: { back: false, hash: "none" },
    onProgress: (line) => said.push(line),
    clock: fastClock(),
    flip: (fence) => {
      flips.push(fence);
      return setActive(ref, alias, 4, { expect: 3, fence });
    },
  };
  return { alias, ref, store, started, move, flips, said };
}

onEachStore(({ client }) => {
  test.each(["fenced", "stopped"] as const)(
    "a move flips on its fence where writers are %s",
    async (writers) => {
      const { ref, alias, move, flips, said } = await readyMigration(client());
      await switchLive({ ...move, writers });
      expect(flips).toEqual([expect.stringMatching(/./)]);
      expect(await findActive(ref, alias)).toMatchObject({ version: 4 });
      expect(said.some((line) => line.includes("under way"))).toBe(writers === "fenced");
    },
  );

  test("a move whose writers are stopped is refused once its fence was removed", async () => {
    const { ref, alias, move } = await readyMigration(client());
    const flip: LiveSwitch["flip"] = async (fence) => {
      await removeFence(ref, alias, fence);
      return move.flip(fence);
    };
    await refused(switchLive({ ...move, writers: "stopped", flip }), "swap.fence-removed");
    expect(await findActive(ref, alias)).toMatchObject({ version: 3 });
  });

  test("a fence that can't be removed is said, and the failure of the move is the error", async () => {
    const { ref, alias, move, said } = await readyMigration(client());
    ref.client.middlewareStack.remove("interfere");
    interfere(ref.client, async ({ action, input, go }) => {
      const isRemoval = action === "UpdateItem" && /:closed/.test(String(input.UpdateExpression));
      if (isRemoval) throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
      const answer = await go();
      if (action === "DescribeTable") withStream(answer.Table ?? {});
      return answer;
    });
    const flip = () => Promise.reject(new Error("no flip"));
    await expect(switchLive({ ...move, flip })).rejects.toThrow("no flip");
    expect(said.at(-1)).toMatch(/could not be removed.*UpdateItem/);
    expect(await findActive(ref, alias)).toMatchObject({ version: 3, fence: { to: 4 } });
  });

  test("a move back by another transform or inverse than the run's is refused", async () => {
    const { ref, alias, store, started, move } = await readyMigration(client());
    await store.declareInverse(started.run, "same");
    await setActive(ref, alias, 4);
    const back = { ref, alias, from: move.to, to: move.from };
    const asked = (hash: string, forward: string) =>
      assertWay(back, { back: true, hash, forward }, undefined);
    const named = async (...files: [string, string]) =>
      (await refused(asked(...files), "swap.input-invalid")).payload.name;
    expect(await named("f".repeat(16), "none")).toBe("inverse");
    expect(await named("same", "f".repeat(16))).toBe("transform");
    // That its way back is not proven comes next.
    await refused(asked("same", "none"), "swap.not-ready");
  });

  test("functions of an earlier release are named at once, unless a verification covers what they did", async () => {
    const { store, started, move, flips } = await readyMigration(client());
    const now = Date.now();
    const batch = { first: "1", records: 1, changedAt: now, newestAt: now };
    await store.recordReplay(started.run, batch, now - 5 * 60_000);
    await assertWay(move, move.way, undefined);
    await store.recordReplay(started.run, batch, now);
    const clock = fastClock();
    const { payload } = await refused(switchLive({ ...move, clock }), "swap.not-ready");
    expect(payload).toMatchObject({
      reason: expect.stringContaining("earlier release"),
      fix: expect.stringMatching(`pulumi up.*run swap migrate verify ${move.alias} 4`),
    });
    expect(payload.fix).not.toContain("change any item");
    expect([clock.now(), flips]).toEqual([0, []]);
  });

  test("a move says for how long it waits for the lag", async () => {
    const { store, started, move, said } = await readyMigration(client());
    await switchLive({ ...move, flip: () => Promise.reject(new Error("no flip")) }).catch(() => {});
    expect(said.find((line) => line.includes("caught up"))).not.toContain("lag");
    await applierOf(store, started.run)(Date.now(), 9_000);
    said.length = 0;
    await switchLive(move);
    expect(said.find((line) => line.includes("caught up"))).toMatch(/: 9 s for .* lag .* 60 s/);
  });

  test("the lag that a move waits for is that of the last minute and the one before it", async () => {
    const { store, started, move } = await readyMigration(client());
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    const applied = applierOf(store, started.run);
    await applied(minute - 120_001, 50_000);
    await applied(minute - 60_000, 9_000);
    await applied(minute, 200);
    expect(await assertWay(move, move.way, undefined)).toMatchObject({ lagMs: 9_000 });
  });

  test("a lag is not waited for once a verification covers its change, and for a minute at most", async () => {
    const { store, started, move } = await readyMigration(client());
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    const applied = applierOf(store, started.run);
    await applied(minute - 6 * 60_000, 2 * 3_600_000);
    await applied(minute - 5 * 60_000, 1_000);
    const now = jest.spyOn(Date, "now").mockReturnValue(minute + 1_000);
    try {
      expect(await assertWay(move, move.way, undefined)).toMatchObject({ lagMs: 0 });
      const { from, transform, tables } = started;
      const earlier = { from, transform, tables, startedAt: minute - 20 * 60_000 };
      const verification = await store.startVerification(earlier);
      const agreed = { sourceItems: 1, leftOut: 0, targetItems: 1, differences: [], readUnits: 1 };
      await store.finishVerification(verification, { ...agreed, complete: true }, Date.now());
      expect(await assertWay(move, move.way, undefined)).toMatchObject({ lagMs: SETTLE_LIMIT_MS });
    } finally {
      now.mockRestore();
    }
  });

  test("a run that is paused while the move waits for another's fence is refused", async () => {
    const { ref, alias, store, started, move, flips } = await readyMigration(client());
    await placeFence(ref, alias, { from: 3, to: 4, operation: "other", budgetMs: 5_000 });
    const clock = fastClock();
    let isPaused = false;
    const sleep = async (ms: number) => {
      if (!isPaused) {
        isPaused = true;
        await store.changeControl(started, { kind: "pause" }, { by: "alice", at: Date.now() });
      }
      await clock.sleep(ms);
    };
    const { payload } = await refused(
      switchLive({ ...move, clock: { ...clock, sleep } }),
      "swap.not-ready",
    );
    expect(payload).toMatchObject({ gate: "migration", reason: expect.stringContaining("paused") });
    expect(flips).toEqual([]);
  });

  test("a run that is paused during the drain is refused, and its fence removed", async () => {
    const { ref, alias, store, started, move, flips } = await readyMigration(client());
    const onProgress = (line: string) => {
      if (line.includes("fence set")) pausing = pause();
    };
    let pausing: Promise<unknown> | undefined;
    const pause = () =>
      store.changeControl(started, { kind: "pause" }, { by: "alice", at: Date.now() });
    const clock = fastClock();
    const sleep = async (ms: number) => {
      await pausing;
      await clock.sleep(ms);
    };
    const { payload } = await refused(
      switchLive({ ...move, onProgress, clock: { ...clock, sleep } }),
      "swap.not-ready",
    );
    expect(payload).toMatchObject({ reason: expect.stringContaining("alice") });
    expect(flips).toEqual([]);
    const row = await findActive(ref, alias);
    expect(row).toMatchObject({ version: 3 });
    expect(row?.fence).toBeUndefined();
  });
});
