import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { type Item, keyOf } from "../../../src/items";
import {
  type ItemDifference,
  MigrationStore,
  type Transform,
  verify,
} from "../../../src/migration";
import { verificationFault } from "../../../src/migration/agreement";
import { recordCopy } from "../../../src/migration/lambda/copy-handlers";
import type { StreamRecord } from "../../../src/migration/lambda/events";
import type { Migration } from "../../../src/migration/lambda/open";
import {
  advanceVerification,
  MAX_VERIFY_WAITS,
  planVerification,
  recordingRefusal,
  startRequested,
  type VerifyRequest,
  type VerifyTask,
} from "../../../src/migration/lambda/verify-handlers";
import { MigrationRows } from "../../../src/migration/migration-rows";
import { VERIFY_BOUNDS, type VerifyBounds } from "../../../src/migration/verify-part";
import { interfere, type Passing } from "../readiness/interfere";
import { fill, onEachStore } from "../readiness/stores";
import { newMigration, none, plenty } from "./functions";
import { CUSTOMER, newPair } from "./tables";

const SEGMENTS = 3;
/** Pauses end at once, and each look at the clock is a second later, so that positions are saved often. */
const quick = () => {
  let time = 0;
  return { now: () => (time += 1_000), sleep: async () => {} };
};
const note = { by: "op@host", at: 1 };

/** The parts that a plan wants done. */
async function tasksOf(migration: Migration, request: VerifyRequest): Promise<VerifyTask[]> {
  return (await planVerification(migration, request)).tasks ?? [];
}

/** Runs a verification as the state machine does; returns the phases that it had. */
async function run(
  migration: Migration,
  request: VerifyRequest,
  context = plenty,
  bounds?: VerifyBounds,
): Promise<string[]> {
  const phases: string[] = [];
  for (let asked = request; ; ) {
    const step = await planVerification(migration, asked, Date.now, bounds);
    if (step.done || step.wait) return phases;
    phases.push(step.tasks?.[0]?.phase ?? "");
    for (const task of step.tasks ?? [])
      for (let next = task; !next.done; )
        next = await advanceVerification(migration, next, context, quick(), bounds);
    asked = step.verify;
  }
}

const items = (count: number): Item[] =>
  Array.from({ length: count }, (_, n) => ({
    pk: { S: `k${n}` },
    owner: { S: `c${n % 7}` },
    n: { N: String(n) },
  }));

/** Items of another key; three of them can't be made, five are left out, and k60 takes the key of k10. */
const reshape: Transform = ({ pk, owner = { S: "" }, n }) => {
  const order = Number(n?.N);
  if (order % 50 === 3) throw new Error("3 has no place");
  if (order % 30 === 4) return undefined;
  if (order === 60) return { customer: { S: "c3" }, order: { N: "10" }, of: pk ?? { S: "" } };
  return { customer: owner, order: { N: String(order) }, of: pk ?? { S: "" } };
};

onEachStore(({ client }) => {
  async function begun(
    count: number,
    transform?: Transform,
    segments = SEGMENTS,
  ): Promise<Migration> {
    const made = await newMigration(client());
    const pair = await newPair(client(), transform ? { transform, targetSchema: CUSTOMER } : {});
    const { alias, from, to } = made;
    const migration: Migration = {
      ...made,
      source: pair.source,
      target: pair.target,
      mapping: { ...pair.mapping, context: { alias, from, to } },
    };
    await fill(client(), pair.source, items(count));
    await recordCopy(migration, segments);
    return migration;
  }

  /** Fills the target with what the source maps to. */
  async function copied(migration: Migration, count: number): Promise<Item[]> {
    const { transform = (item: Item) => item, context } = migration.mapping;
    const made: Item[] = [];
    for (const item of items(count)) {
      try {
        const result = await transform(item, context);
        if (result) made.push(result);
      } catch {
        // It is missing in the target, as the copy leaves it out.
      }
    }
    const { targetSchema, target } = migration.mapping;
    const byKey = new Map(made.map((item) => [JSON.stringify(keyOf(item, targetSchema)), item]));
    await fill(client(), target, [...byKey.values()]);
    return made;
  }

  /** What one process finds. */
  async function foundByOne(migration: Migration) {
    const { source, mapping } = migration;
    return verify({ client: client(), source, mapping, concurrency: 2 });
  }

  /** Differences as text; which one of two colliding keys is named first is open. */
  const asText = (found: readonly ItemDifference[]) =>
    found
      .map((each) => (each.kind === "collision" ? { targetKey: each.targetKey } : each))
      .map((each) => JSON.stringify(each))
      .sort();

  test("tables that agree are read once, and the record says so", async () => {
    const migration = await begun(250);
    await copied(migration, 250);
    expect(await run(migration, { run: "first" })).toEqual(["compare", "confirm"]);
    expect(await migration.store.verification()).toMatchObject({
      run: "first",
      done: true,
      complete: true,
      sourceItems: 250,
      targetItems: 250,
      tables: migration.tables,
      counts: { missing: 0, different: 0, extra: 0, collision: 0, failed: 0 },
    });
    const rows = new MigrationRows({ client: client() }, migration.alias, migration.to);
    expect(await rows.query("verifying/")).toEqual([]);
    expect(await run(migration, { run: "first" })).toEqual([]);
  });

  test.each([
    ["with plenty of time", plenty],
    ["called again after each hundred items", none],
  ])("each difference is found, as one process finds it: %s", async (_how, context) => {
    const migration = await begun(240, reshape);
    const made = await copied(migration, 240);
    const { target, targetSchema } = migration.mapping;
    const key = (item: Item) => keyOf(item, targetSchema) as Item;
    const [gone, stale] = made.slice(100) as [Item, Item];
    await client().send(new DeleteItemCommand({ TableName: target, Key: key(gone) }));
    await fill(client(), target, [
      { ...stale, of: { S: "another" } },
      { customer: { S: "nobody" }, order: { N: "1" } },
    ]);

    const phases = await run(migration, { run: "wrong" }, context);
    expect(phases).toEqual(["compare", "target", "source", "confirm"]);
    const one = await foundByOne(migration);
    const record = await migration.store.verification();
    expect(record).toMatchObject({
      done: true,
      complete: true,
      sourceItems: 240,
      leftOut: one.leftOut,
      targetItems: one.targetItems,
      counts: { missing: 1, different: 1, extra: 1, collision: 1, failed: 5 },
    });
    expect(asText(await migration.store.differences())).toEqual(asText(one.differences));
  });

  test("what comes to agree while it waits for the lag does not count", async () => {
    const migration = await begun(40);
    const made = await copied(migration, 40);
    const { target } = migration;
    await client().send(
      new DeleteItemCommand({ TableName: target, Key: { pk: (made[7] as Item).pk as never } }),
    );
    const late = { now: () => 0, sleep: () => fill(client(), target, [made[7] as Item]) };
    for (let request: VerifyRequest = { run: "lag" }; ; ) {
      const step = await planVerification(migration, request);
      if (step.done) break;
      for (const task of step.tasks ?? [])
        expect(await advanceVerification(migration, task, plenty, late)).toMatchObject({
          done: true,
        });
      request = step.verify;
    }
    expect(await migration.store.verification()).toMatchObject({
      done: true,
      counts: { missing: 0 },
    });
  });

  test.each([false, true])(
    "a function that dies at one request is called again (applied: %s)",
    async (applied) => {
      const migration = await begun(30, reshape);
      await copied(migration, 30);
      await client().send(
        new PutItemCommand({
          TableName: migration.target,
          Item: { customer: { S: "nobody" }, order: { N: "1" } },
        }),
      );
      const wanted = asText((await foundByOne(migration)).differences);
      let deaths = 0;
      for (let at = applied ? 0 : 3, died = true; died; at += 7) {
        died = false;
        let requests = 0;
        const dying = client();
        interfere(dying, async ({ go }) => {
          requests += 1;
          if (requests - 1 !== at) return go();
          died = true;
          deaths += 1;
          if (applied) await go();
          throw new Error("killed");
        });
        const store = new MigrationStore({ client: dying }, migration.alias, migration.to);
        const mortal = { ...migration, client: dying, store };
        const request = { run: `dies-at-${at}` };
        await run(mortal, request).catch(() => run(migration, { ...request, begun: true }));
        // The plan may have died before it had begun.
        if ((await migration.store.verification())?.run !== request.run)
          await run(migration, request);
        expect(await migration.store.verification()).toMatchObject({ ...request, done: true });
        expect(asText(await migration.store.differences())).toEqual(wanted);
      }
      expect(deaths).toBeGreaterThan(5);
    },
  );

  /** Runs a verification until only its result is to be recorded. */
  async function untilRecorded(migration: Migration, request: VerifyRequest): Promise<void> {
    for (let phase = ""; phase !== "confirm"; )
      for (const task of await tasksOf(migration, request)) {
        await advanceVerification(migration, task, plenty, quick());
        phase = task.phase;
      }
  }

  /** A function in which something else happens before its first request of a kind. */
  function slowed(
    migration: Migration,
    isMoment: (request: Pick<Passing, "action" | "input">) => boolean,
    meanwhile: () => Promise<unknown>,
  ): Migration {
    const slow = client();
    let happened = false;
    interfere(slow, async ({ action, input, go }) => {
      if (!happened && isMoment({ action, input })) {
        happened = true;
        await meanwhile();
      }
      return go();
    });
    const store = new MigrationStore({ client: slow }, migration.alias, migration.to);
    return { ...migration, client: slow, store };
  }

  describe("a plan that has still to record differences", () => {
    const readsDifferences = ({ action, input }: Pick<Passing, "action" | "input">) =>
      action === "Query" && JSON.stringify(input).includes("/difference/");

    async function withDifference(): Promise<Migration> {
      const migration = await begun(20);
      await copied(migration, 20);
      await fill(client(), migration.target, [{ pk: { S: "nobody" } }]);
      await untilRecorded(migration, { run: "first" });
      return migration;
    }

    test("records nothing once another verification has begun", async () => {
      const migration = await withDifference();
      const slow = slowed(migration, readsDifferences, () =>
        planVerification(migration, { run: "second" }),
      );
      await planVerification(slow, { run: "first", begun: true }).catch(() => undefined);
      expect(await migration.store.verification()).toMatchObject({ run: "second", done: false });
      expect(await run(migration, { run: "second", begun: true })).toContain("confirm");
      expect(await migration.store.verification()).toMatchObject({
        run: "second",
        done: true,
        counts: { extra: 1 },
      });
      expect(await migration.store.differences()).toHaveLength(1);
    });

    test("leaves the record of another call of it", async () => {
      const migration = await withDifference();
      const request = { run: "first", begun: true } as const;
      const slow = slowed(migration, readsDifferences, () => planVerification(migration, request));
      await planVerification(slow, request).catch(() => undefined);
      const record = { run: "first", done: true, counts: { extra: 1 } };
      expect(await migration.store.verification()).toMatchObject(record);
      expect(await planVerification(migration, request)).toMatchObject({ done: true });
      expect(await migration.store.verification()).toMatchObject(record);
      expect(await migration.store.differences()).toHaveLength(1);
    });
  });

  test("two verifications that begin at a time: one of them waits and asks again", async () => {
    const migration = await begun(20);
    const slow = slowed(
      migration,
      ({ action, input }) => action === "PutItem" && JSON.stringify(input).includes("verify/0000"),
      () => planVerification(migration, { run: "second" }),
    );
    const step = await planVerification(slow, { run: "first" });
    expect(step).toMatchObject({ done: false, wait: true, verify: { run: "first" } });
    expect(await migration.store.verification()).toMatchObject({ run: "second", done: false });
    expect(await tasksOf(migration, step.verify)).toHaveLength(SEGMENTS);
  });

  test("a second call of a part takes nothing from what the first one has found", async () => {
    const extras = Array.from({ length: 40 }, (_, n) => ({ pk: { S: `nobody${n}` } }));
    const migration = await begun(200, undefined, 1);
    await copied(migration, 200);
    await fill(client(), migration.target, extras);
    const [compare] = (await tasksOf(migration, { run: "twice" })) as [VerifyTask];
    await advanceVerification(migration, compare, plenty, quick());
    const request = { run: "twice", begun: true } as const;
    const [task] = (await tasksOf(migration, request)) as [VerifyTask];
    expect(task.phase).toBe("target");
    // It has read where the part is, and reads a hundred items after the other call has ended it.
    const late = slowed(
      migration,
      ({ action }) => action === "Scan",
      async () =>
        expect(await advanceVerification(migration, task, plenty)).toMatchObject({ done: true }),
    );
    expect(await advanceVerification(late, task, none)).toMatchObject({ done: false });
    await run(migration, request);
    expect(await migration.store.verification()).toMatchObject({
      done: true,
      complete: true,
      counts: { extra: 40 },
    });
  });

  test("it waits while the run is paused, and ends when it is cancelled or another one begins", async () => {
    const migration = await begun(20);
    const { store } = migration;
    const started = await recordCopy(migration, SEGMENTS);
    const [task] = (await tasksOf(migration, { run: "first" })) as [VerifyTask];
    await store.changeControl(started, { kind: "pause" }, note);
    expect(await advanceVerification(migration, task, plenty)).toEqual({ ...task, paused: true });
    expect(await planVerification(migration, { run: "first", begun: true })).toMatchObject({
      done: false,
      wait: true,
    });
    await store.changeControl(started, { kind: "resume" }, note);

    await tasksOf(migration, { run: "second" });
    expect(await advanceVerification(migration, task, plenty)).toEqual({ ...task, done: true });
    expect(await planVerification(migration, { run: "first", begun: true })).toMatchObject({
      done: true,
    });
    expect(await store.verification()).toMatchObject({ run: "second", done: false });

    await store.changeControl(started, { kind: "cancel" }, note);
    const second = { run: "second", begun: true } as const;
    expect(await planVerification(migration, second)).toMatchObject({ done: true });
    expect(await store.verification()).toMatchObject({ failure: "the migration was cancelled" });
  });

  test("the one that follows the copy waits for the replay, and for nobody who was faster", async () => {
    const migration = await begun(20);
    const { store, alias } = migration;
    const { run: copy } = await recordCopy(migration, SEGMENTS);
    const request = { run: "auto", auto: true } as const;
    const at = (ms: number) => planVerification(migration, request, () => ms);
    const minute = 60_000;
    expect(await at(0)).toMatchObject({ wait: true });
    await store.beginReplay(copy, 10 * minute);
    expect(await at(14 * minute)).toMatchObject({ wait: true });
    // A batch of changes made long before: more may follow in the minutes after it.
    const old = { first: "1", records: 5, changedAt: 1 * minute };
    await store.recordReplay(copy, old, 15 * minute);
    expect(await at(16 * minute)).toMatchObject({ wait: true });
    expect(await at(17 * minute)).toMatchObject({ tasks: expect.anything() });

    const other = await begun(0);
    const theirs = await recordCopy(other, SEGMENTS);
    await other.store.beginReplay(theirs.run, 10 * minute);
    const batch = { first: "1", records: 5, changedAt: 20 * minute };
    await other.store.recordReplay(theirs.run, batch, 20 * minute + 5_000);
    await run(other, { run: "faster" });
    expect(await planVerification(other, request)).toMatchObject({ done: true });
    expect(await other.store.verification()).toMatchObject({ run: "faster" });
    expect(alias).not.toBe(other.alias);
  });

  test("the one that follows the copy waits for another one that has no result, and replaces it", async () => {
    const migration = await begun(20);
    const { store, tables, from } = migration;
    const { run: copy } = await recordCopy(migration, SEGMENTS);
    const minute = 60_000;
    await store.beginReplay(copy, 10 * minute);
    const request = { run: "auto", auto: true } as const;
    const at = (minutes: number) => planVerification(migration, request, () => minutes * minute);
    const theirs = { from, transform: "none", startedAt: 11 * minute, tables };
    await store.startVerification({ ...theirs, run: "interrupted" });
    expect(await at(60)).toMatchObject({ done: false, wait: true });
    expect(await at(11 + 360)).toMatchObject({ tasks: expect.anything() });
    expect(await store.verification()).toMatchObject({ run: "auto" });

    await store.startVerification({ ...theirs, run: "failed" });
    await store.failVerification("failed", "no table");
    expect(await at(60)).toMatchObject({ tasks: expect.anything() });

    const other = await store.startVerification({ ...theirs, transform: "another" });
    const found = { differences: [], sourceItems: 20, leftOut: 0, targetItems: 20, complete: true };
    await store.finishVerification(other, found, 12 * minute);
    expect(await at(60)).toMatchObject({ tasks: expect.anything() });
  });

  test.each([{}, { auto: true as const }])(
    "one that waits too long is recorded as given up, and spares one that runs or counts: %j",
    async (auto) => {
      const migration = await begun(20);
      const { store, tables, from } = migration;
      const { run: copy } = await recordCopy(migration, SEGMENTS);
      await store.changeControl(await recordCopy(migration, SEGMENTS), { kind: "pause" }, note);
      let step = await planVerification(migration, { run: "long", ...auto });
      expect(step).toMatchObject({ wait: true, verify: { waits: 1 } });
      step = await planVerification(migration, { ...step.verify, waits: MAX_VERIFY_WAITS - 1 });
      expect(step).toMatchObject({ wait: true, verify: { waits: MAX_VERIFY_WAITS } });
      expect(await store.verification()).toBeUndefined();
      expect(await planVerification(migration, step.verify)).toMatchObject({ done: true });
      const verification = await store.verification();
      expect(verification).toMatchObject({ run: "long", done: false });
      const started = await recordCopy(migration, SEGMENTS);
      expect(verificationFault({ started, verification }, Date.now())).toContain(
        "pause by op@host",
      );

      // Another one that runs, or counts, stays.
      await store.beginReplay(copy, 1);
      const begin = { run: "theirs", from, transform: "none", startedAt: 2, tables };
      const theirs = await store.startVerification(begin);
      expect(await planVerification(migration, step.verify)).toMatchObject({ done: true });
      expect(await store.verification()).toEqual(theirs);
      const counts = { sourceItems: 20, leftOut: 0, targetItems: 20, complete: true };
      await store.finishVerification(theirs, { differences: [], ...counts }, 3);
      expect(await planVerification(migration, step.verify)).toMatchObject({ done: true });
      expect(await store.verification()).toMatchObject({ run: "theirs", done: true });

      // One that was given up, or says nothing about this copy, does not.
      await store.startVerification({ ...begin, run: "failed" });
      await store.failVerification("failed", "no table");
      await planVerification(migration, step.verify);
      expect(await store.verification()).toMatchObject({ run: "long", done: false });
      const other = await store.startVerification({ ...begin, run: "other", transform: "other" });
      await store.finishVerification(other, { differences: [], ...counts }, 3);
      await planVerification(migration, step.verify);
      expect(await store.verification()).toMatchObject({ run: "long", done: false });
    },
  );

  test("the pause covers the lag of what goes back", async () => {
    const migration = await begun(20);
    const { store, target } = migration;
    await copied(migration, 20);
    const { run: copy } = await recordCopy(migration, SEGMENTS);
    await fill(client(), target, [{ pk: { S: "nobody" } }]);
    const now = Date.now();
    await store.beginReplay(copy, now - 60_000);
    const quiet = { first: "1", records: 1, changedAt: now - 1_000 };
    await store.recordReplay(copy, quiet, now);
    await store.recordReplay(copy, { ...quiet, changedAt: now - 90_000 }, now, "target");
    await store.declareInverse(copy, "same");
    const slept: number[] = [];
    const clock = { now: () => 0, sleep: async (ms: number) => void slept.push(ms) };
    for (let request: VerifyRequest = { run: "back" }; ; ) {
      const step = await planVerification(migration, request);
      if (step.done) break;
      for (const task of step.tasks ?? [])
        await advanceVerification(migration, task, plenty, clock);
      request = step.verify;
    }
    expect(slept).toEqual([95_000]);
  });

  /** Small enough for several groups, rows, slices and saves. */
  const small = {
    ...VERIFY_BOUNDS,
    unsavedKeys: 2,
    rowLength: 40,
    groupKeys: 20,
    candidates: 2,
    sliceMs: 3_000,
  };

  /** Fifteen items of the target that no source item maps to, and five that are missing. */
  async function spoilt(): Promise<Migration> {
    const migration = await begun(60);
    await copied(migration, 60);
    const { target } = migration;
    await fill(
      client(),
      target,
      Array.from({ length: 15 }, (_, n) => ({ pk: { S: `nobody${n}` } })),
    );
    for (let n = 0; n < 5; n++)
      await client().send(
        new DeleteItemCommand({ TableName: target, Key: { pk: { S: `k${n}` } } }),
      );
    return migration;
  }

  test("differences of several groups are found in several calls and rows", async () => {
    const migration = await spoilt();
    const tight = { ...small, groupKeys: 8 };
    const rows = new MigrationRows({ client: client() }, migration.alias, migration.to);
    const request = { run: "groups" };
    let groups = 0;
    let calls = 0;
    for (let asked: VerifyRequest = request; ; ) {
      const step = await planVerification(migration, asked, Date.now, tight);
      if (step.done) break;
      const tasks = step.tasks ?? [];
      for (const task of tasks)
        for (let next = task; !next.done; calls += task.phase === "confirm" ? 1 : 0)
          next = await advanceVerification(migration, next, plenty, quick(), tight);
      if (tasks[0]?.phase === "confirm") groups = tasks.length - 1;
      if (tasks[0]?.phase === "source")
        for (const row of await rows.query("verifying/groups/found/"))
          expect(row.keys?.L?.length).toBeLessThanOrEqual(2);
      asked = step.verify;
    }
    expect(groups).toBeGreaterThanOrEqual(3);
    expect(calls).toBeGreaterThan(groups + 1);
    const record = await migration.store.verification();
    expect(record).toMatchObject({ done: true, complete: true, counts: { missing: 5, extra: 15 } });
    const one = await foundByOne(migration);
    expect(asText(await migration.store.differences())).toEqual(asText(one.differences));
  });

  test.each([
    ["more differences than are recorded", { ...small, differences: 7 }, 7],
    ["more than are recorded, in one group", { ...VERIFY_BOUNDS, differences: 7 }, 7],
    ["a bucket of too many keys", { ...small, bucketKeys: 0 }, 0],
  ])("it is not complete with %s", async (_why, bounds, count) => {
    const migration = await spoilt();
    await run(migration, { run: "bounded" }, plenty, bounds);
    expect(await migration.store.verification()).toMatchObject({ done: true, complete: false });
    expect(await migration.store.differences()).toHaveLength(count);
  });

  test("while it confirms, it keeps to the rate and ends at a pause", async () => {
    const migration = await spoilt();
    const { store } = migration;
    const started = await recordCopy(migration, SEGMENTS);
    for (let asked: VerifyRequest = { run: "slow" }, phase = ""; phase !== "confirm"; ) {
      const step = await planVerification(migration, asked);
      phase = step.tasks?.[0]?.phase ?? "";
      if (phase !== "confirm")
        for (const task of step.tasks ?? [])
          await advanceVerification(migration, task, plenty, quick());
      asked = step.verify;
    }
    const task: VerifyTask = { verifying: "slow", phase: "confirm", part: 1, done: false };
    const wide = { ...small, sliceMs: 120_000 };
    let reads = 0;
    const pausing = slowed(
      migration,
      ({ action, input }) =>
        action === "BatchGetItem" &&
        JSON.stringify(input).includes(migration.source) &&
        reads++ > 0,
      () => store.changeControl(started, { kind: "pause" }, note),
    );
    expect(await advanceVerification(pausing, task, plenty, quick(), wide)).toEqual({
      ...task,
      paused: true,
    });
    await store.changeControl(started, { kind: "resume" }, note);
    await store.changeControl(started, { kind: "throttle", perSecond: 3 }, note);
    let time = 0;
    const slept: number[] = [];
    const clock = {
      now: () => time,
      sleep: async (ms: number) => {
        slept.push(ms);
        time += ms;
      },
    };
    expect(await advanceVerification(migration, task, plenty, clock, wide)).toMatchObject({
      done: true,
    });
    // Of 3 a second a worker of three has one: two candidates take 2 s, twenty of them twice.
    expect(slept.filter((ms) => ms === 2_000)).toHaveLength(18);
  });

  test("a refusal is recorded, and stays when the execution is given up", async () => {
    const migration = await begun(20);
    const { store } = migration;
    const [task] = (await tasksOf(migration, { run: "refused" })) as [VerifyTask];
    const changed = { ...migration, transformHash: "another" };
    const advance = () => advanceVerification(changed, task, plenty);
    await expect(recordingRefusal(() => store, "refused", advance)).rejects.toMatchObject({
      code: "swap.input-invalid",
    });
    await store.giveUpVerification("refused", "a child failed");
    expect((await store.verification())?.failure).toContain("it was started with transform none");

    await tasksOf(migration, { run: "killed" });
    await expect(
      recordingRefusal(
        () => store,
        "killed",
        () => Promise.reject(new Error("it may pass")),
      ),
    ).rejects.toThrow("it may pass");
    expect((await store.verification())?.failure).toBeUndefined();
    await store.giveUpVerification("killed", "a child failed");
    expect((await store.verification())?.failure).toBe("a child failed");
  });

  test("the last of several requests is started, and no other row starts one", async () => {
    const migration = await begun(0);
    const { store, alias, to } = migration;
    const started: string[] = [];
    const seen = (pk: string, sk: string): StreamRecord => ({
      dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } },
    });
    const take = (...Records: StreamRecord[]) =>
      startRequested(migration, { Records }, async (each) => void started.push(each));
    const ours = seen(`${alias}#${to}`, "verify-request");
    await take(ours);
    await store.requestVerification(note);
    const last = await store.requestVerification(note);
    await take(seen(`${alias}#9`, "verify-request"), seen(`${alias}#${to}`, "segment/0001"));
    expect(started).toEqual([]);
    await take(ours, ours);
    expect(started).toEqual([last]);
  });
});
