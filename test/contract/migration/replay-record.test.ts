import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { MigrationStore, ReplayedBatch } from "../../../src/migration";
import { catchUp, listSegments } from "../../../src/migration/lambda/copy-handlers";
import type { StreamRecord } from "../../../src/migration/lambda/events";
import type { Migration } from "../../../src/migration/lambda/open";
import { setActive } from "../../../src/pointer";
import { refused } from "../../support/refused";
import { interfere } from "../readiness/interfere";
import { numbered, onEachStore } from "../readiness/stores";
import { newMigration, plenty, replaySource as replayRecords } from "./functions";

const MINUTE = 60_000;
/** The begin of a minute. */
const T = 29_000_000 * MINUTE;

/** A migration whose copy is recorded, and the run. */
async function newReplay(client: DynamoDBClient): Promise<{ migration: Migration; run: string }> {
  const migration = { ...(await newMigration(client)), concurrency: 3 };
  const [task] = await listSegments(migration, { segments: 1 });
  const run = task?.session.run ?? "";
  await migration.store.endCopy(run, T);
  return { migration, run };
}

/** Records that insert items, made one a second from `seconds` on. */
const insertedFrom = (count: number, seconds: number): StreamRecord[] =>
  numbered(count).map((item, index) => ({
    dynamodb: {
      SequenceNumber: String(100 + index),
      NewImage: item as Record<string, never>,
      ApproximateCreationDateTime: seconds + index,
    },
  }));

const at = (now: number) => ({ now: () => now });
const batch = (more: Partial<ReplayedBatch>): ReplayedBatch => ({
  first: "1",
  records: 1,
  changedAt: T,
  ...more,
});

onEachStore(({ client }) => {
  async function record(store: MigrationStore, run: string, ...batches: [ReplayedBatch, number][]) {
    for (const [each, now] of batches) await store.recordReplay(run, each, now);
    return store.replay(run);
  }

  test("batches of a minute are added up, with the longest lag in any order", async () => {
    const { migration, run } = await newReplay(client());
    const { minutes, failing } = await record(
      migration.store,
      run,
      [batch({ records: 3, changedAt: T - 500 }), T + 500],
      [batch({ records: 4, changedAt: T - 4_000 }), T + 1_000],
      [batch({ records: 5, changedAt: T + 1_900 }), T + 2_000],
    );
    expect(failing).toEqual([]);
    expect(minutes).toEqual([
      {
        minute: T / MINUTE,
        batches: 3,
        records: 12,
        failures: 0,
        maxLagMs: 5_000,
        lastAt: T + 2_000,
      },
    ]);
  });

  test("a minute takes the row of the same minute an hour before, and a late batch does not", async () => {
    const { migration, run } = await newReplay(client());
    const { minutes } = await record(
      migration.store,
      run,
      [batch({}), T],
      [batch({}), T + MINUTE],
      [batch({ changedAt: T + 60 * MINUTE }), T + 60 * MINUTE + 7],
      [batch({}), T + 5],
    );
    expect(minutes.map(({ minute, batches, maxLagMs }) => [minute, batches, maxLagMs])).toEqual([
      [T / MINUTE + 1, 1, MINUTE],
      [T / MINUTE + 60, 1, 7],
    ]);
  });

  test("a batch whose changes have no time makes the lag of its minute unknown", async () => {
    const { migration, run } = await newReplay(client());
    const { minutes } = await record(
      migration.store,
      run,
      [batch({}), T],
      [batch({ changedAt: undefined }), T],
      [batch({}), T],
    );
    expect(minutes).toEqual([
      { minute: T / MINUTE, batches: 3, records: 3, failures: 0, lastAt: T },
    ]);
  });

  test("batches that are counted at once are all counted", async () => {
    const { migration, run } = await newReplay(client());
    const { store } = migration;
    await Promise.all(
      [1, 2, 3, 4].map((each) => store.recordReplay(run, batch({ changedAt: T - each }), T)),
    );
    const [minute] = (await store.replay(run)).minutes;
    expect(minute).toMatchObject({ batches: 4, maxLagMs: 4 });
  });

  test("a shard that fails is not hidden by one that works, and ends with its own batch", async () => {
    const { migration, run } = await newReplay(client());
    const { store } = migration;
    const failure = { sequence: "7", changedAt: T - 90, reason: "denied\n  by a policy" };
    await store.recordReplay(run, batch({ first: "7", records: 0, failure }), T);
    await store.recordReplay(run, batch({ first: "50" }), T + 1);
    await store.recordReplay(run, batch({ first: "7", records: 0, failure }), T + 2);
    const { failing, minutes } = await store.replay(run);
    expect(failing).toEqual([
      { ...failure, reason: "denied by a policy", since: T, lastAt: T + 2 },
    ]);
    expect(minutes[0]).toMatchObject({
      batches: 3,
      failures: 2,
      lastFailure: "denied by a policy",
    });
    await store.recordReplay(run, batch({ first: "7" }), T + 3);
    expect((await store.replay(run)).failing).toEqual([]);
  });

  test("the records with which calls ended are kept, each call's until many others have ended", async () => {
    const { migration, run } = await newReplay(client());
    const { store } = migration;
    await store.recordReplay("other", batch({ through: "1" }), T);
    await store.recordReplay(run, batch({ records: 0 }), T);
    expect(await store.replay(run)).not.toHaveProperty("through");
    const ends = Array.from({ length: 100 }, (_, n) => `4917000000000${1_000_000 + n}`);
    for (const through of ends.slice(0, 3)) await store.recordReplay(run, batch({ through }), T);
    expect((await store.replay(run)).through?.sort()).toEqual(ends.slice(0, 3));
    for (const through of ends.slice(3)) await store.recordReplay(run, batch({ through }), T);
    const { through = [] } = await store.replay(run);
    expect(through.length).toBeGreaterThan(30);
    expect(through.length).toBeLessThanOrEqual(64);
    expect(through).toContain(ends.at(-1));
    expect((await store.replay(run, "target")).through).toBeUndefined();
  });

  test("what another run recorded does not count", async () => {
    const { migration, run } = await newReplay(client());
    const { store } = migration;
    const failure = { sequence: "7", reason: "denied" };
    await store.recordReplay("other", batch({ failure, records: 9 }), T);
    await store.recordReplayBegin("other", { first: "8", changedAt: T, newestAt: T }, T);
    expect(await store.replay(run)).toEqual({ minutes: [], failing: [], running: [] });
    await store.recordReplay(run, batch({}), T);
    expect((await store.replay(run)).minutes).toMatchObject([{ batches: 1, records: 1 }]);
  });

  test("a replay that fails shows at once, from the oldest record that is not applied", async () => {
    const db = client();
    const { migration, run } = await newReplay(db);
    let writes = 0;
    interfere(db, async ({ action, go }) => {
      if (action !== "BatchWriteItem" || ++writes <= 4) return go();
      throw Object.assign(new Error("denied"), { name: "AccessDeniedException" });
    });
    const Records = insertedFrom(250, T / 1_000);
    const now = T + 300_000;
    await replayRecords(migration, { Records }, plenty, () => {}, at(now));
    const { minutes, failing } = await migration.store.replay(run);
    expect(minutes).toMatchObject([{ records: 100, failures: 1, maxLagMs: 300_000 }]);
    expect(failing).toMatchObject([{ sequence: "200", changedAt: T + 100_000, since: now }]);
    const appliedAt = async () => (await migration.store.replay(run)).appliedAt;
    expect(await appliedAt()).toBe(T + 99_000);

    writes = Number.NEGATIVE_INFINITY;
    await replayRecords(migration, { Records: Records.slice(100) }, plenty, () => {}, at(now));
    expect((await migration.store.replay(run)).failing).toEqual([]);
    expect(await appliedAt()).toBe(T + 249_000);
    await replayRecords(migration, { Records: insertedFrom(1, 0) }, plenty, () => {}, at(now));
    expect(await appliedAt()).toBe(T + 249_000);
  });

  test("a batch that is refused as a whole shows as failing, with the refusal", async () => {
    const { migration, run } = await newReplay(client());
    await setActive(migration.control, migration.alias, migration.to + 1);
    const Records = insertedFrom(2, T / 1_000);
    const error = await refused(
      replayRecords(migration, { Records }, plenty, () => {}, at(T)),
      "swap.input-invalid",
    );
    const { failing, minutes } = await migration.store.replay(run);
    expect(failing).toMatchObject([{ sequence: "100", changedAt: T, reason: error.message }]);
    expect(minutes).toMatchObject([{ records: 0, failures: 1 }]);
  });

  test("a batch that waits for a paused run is no failure, and no sign that the replay works", async () => {
    const { migration, run } = await newReplay(client());
    const { store } = migration;
    const started = await store.started();
    const note = { by: "alice", at: T };
    await store.changeControl(started as NonNullable<typeof started>, { kind: "pause" }, note);
    const Records = insertedFrom(2, T / 1_000);
    const clock = { ...at(T), sleep: async () => {} };
    const answer = await replayRecords(migration, { Records }, plenty, () => {}, clock);
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: "100" }]);
    expect(await store.replay(run)).toEqual({
      minutes: [],
      failing: [],
      running: [{ sequence: "100", changedAt: T, since: T, lastAt: T }],
      newestAt: T + 1_000,
    });
  });

  test("records that can't be counted are applied all the same, and why is logged", async () => {
    const db = client();
    const { migration, run } = await newReplay(db);
    interfere(db, async ({ action, input, go }) => {
      const begins = /begunAt = /.test(String(input.UpdateExpression));
      if (action !== "UpdateItem" || begins) return go();
      throw Object.assign(new Error("denied"), { name: "AccessDeniedException" });
    });
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    const Records = insertedFrom(3, T / 1_000);
    const answer = await replayRecords(migration, { Records }, plenty, log, at(T));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([expect.stringContaining("record was not written")]);
    expect((await migration.store.replay(run)).minutes).toEqual([]);
  });

  test("a batch whose beginning can't be recorded is not applied: a move would not wait for it", async () => {
    const db = client();
    const { migration } = await newReplay(db);
    const actions: string[] = [];
    interfere(db, async ({ action, input, go }) => {
      actions.push(action);
      if (!/begunAt = /.test(String(input.UpdateExpression))) return go();
      throw Object.assign(new Error("denied"), { name: "AccessDeniedException" });
    });
    const Records = insertedFrom(3, T / 1_000);
    await expect(replayRecords(migration, { Records }, plenty, () => {}, at(T))).rejects.toThrow();
    expect(actions).not.toContain("BatchWriteItem");
  });

  test("a batch is recorded before it is applied, so that a call that is killed shows", async () => {
    const db = client();
    const { migration, run } = await newReplay(db);
    const { store } = migration;
    const Records = insertedFrom(3, T / 1_000);
    const seen: unknown[] = [];
    interfere(db, async ({ action, go }) => {
      if (action === "BatchWriteItem") seen.push(await store.replay(run));
      return go();
    });
    const call = (now: number) => replayRecords(migration, { Records }, plenty, () => {}, at(now));
    await store.recordReplayBegin(run, { first: "100", changedAt: T, newestAt: T }, T + 1);
    await call(T + 4_000);
    expect(seen).toEqual([
      {
        minutes: [],
        failing: [],
        running: [{ sequence: "100", changedAt: T, since: T + 1, lastAt: T + 4_000 }],
        newestAt: T + 2_000,
      },
    ]);
    expect(await store.replay(run)).toMatchObject({ minutes: [{ records: 3 }], running: [] });
  });

  test("a failure of a batch stays one while its next call runs", async () => {
    const { migration, run } = await newReplay(client());
    const { store } = migration;
    const failure = { sequence: "7", changedAt: T - 90, reason: "denied" };
    await store.recordReplay(run, batch({ first: "7", records: 0, failure }), T);
    await store.recordReplayBegin(run, { first: "7", changedAt: T - 80, newestAt: T }, T + 5);
    expect(await store.replay(run)).toMatchObject({
      failing: [{ ...failure, since: T, lastAt: T + 5 }],
      running: [],
    });
  });

  test("the newest change is kept, of batches in any order, and not of expired items", async () => {
    const { migration, run } = await newReplay(client());
    const newest = async (...Records: StreamRecord[]) => {
      await replayRecords(migration, { Records }, plenty, () => {}, at(T + 9_500));
      return (await migration.store.replay(run)).newestAt;
    };
    const [first, second, expired, untimed] = insertedFrom(4, T / 1_000) as [
      StreamRecord,
      StreamRecord,
      StreamRecord,
      StreamRecord,
    ];
    expired.userIdentity = { type: "Service", principalId: "dynamodb.amazonaws.com" };
    expect(await newest(expired)).toBeUndefined();
    expect(await newest(second)).toBe(T + 1_000);
    expect(await newest(first, expired)).toBe(T + 1_000);
    delete untimed.dynamodb?.ApproximateCreationDateTime;
    expect(await newest(untimed)).toBe(T + 9_500);
  });

  test("a replay that has not begun in 24 hours, such as of a mapping enabled by hand, is refused", async () => {
    const { migration, run } = await newReplay(client());
    const { startedAt = 0 } = (await migration.store.started()) ?? {};
    const Records = insertedFrom(1, T / 1_000);
    const day = at(startedAt + 24 * 60 * MINUTE);
    const call = () => replayRecords(migration, { Records }, plenty, () => {}, day);
    await refused(call(), "swap.input-invalid");
    expect((await migration.store.started())?.replayFrom).toBeUndefined();
    await migration.store.beginReplay(run, startedAt + 1);
    expect(await call()).toEqual({ batchItemFailures: [] });
  });

  test("the begin of the replay is recorded when the mapping is enabled, and stays", async () => {
    const { migration, run } = await newReplay(client());
    const { store } = migration;
    await store.saveSegment(
      { run, number: 1 },
      { segment: 0, done: true, read: 0, written: 0, leftOut: 0, parked: 0 },
      T,
    );
    expect(await store.started()).toMatchObject({ concurrency: 3 });
    const sleep = async () => {};
    const failing = catchUp(
      migration,
      () => Promise.reject(new Error("denied")),
      { sleep },
      () => T,
    );
    await expect(failing).rejects.toThrow("denied");
    expect((await store.started())?.replayFrom).toBeUndefined();
    for (const now of [T + 1, T + 2])
      await catchUp(
        migration,
        async () => {},
        { sleep },
        () => now,
      );
    expect(await store.started()).toMatchObject({ replayFrom: T + 1 });
    expect((await store.segments(run))[0]).toMatchObject({ done: true, savedAt: T });
    await refused(store.beginReplay("other", T), "swap.input-invalid");
  });
});
