import { randomUUID } from "node:crypto";
import { type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  type ControlChange,
  type ControlNote,
  copy,
  type MigrationStart,
  MigrationStore,
  pausedMs,
  RateLimit,
  RunHeld,
} from "../../../src/migration";
import {
  beginCopy,
  catchUp,
  advanceSegment as copySegment,
  listSegments,
  recordCopy,
  type SegmentTask,
} from "../../../src/migration/lambda/copy-handlers";
import type { Migration } from "../../../src/migration/lambda/open";
import { refused } from "../../support/refused";
import { interfere } from "../readiness/interfere";
import { numbered, onEachStore } from "../readiness/stores";
import {
  inserted,
  newCopied,
  newMigration,
  none,
  plenty,
  replaySource as replay,
} from "./functions";
import { begin, itemsOf } from "./tables";

const HOUR_MS = 3_600_000;
const asked = {
  from: 1,
  transform: "none",
  segments: 2,
  startedAt: 1,
  tables: { source: "1", target: "2" },
};
const alice: ControlNote = { by: "alice@bastion", at: 1_000, reason: "peak hours" };
const bob: ControlNote = { by: "bob@laptop", at: 2_000 };

async function newStore(client: DynamoDBClient): Promise<[MigrationStore, MigrationStart]> {
  const store = new MigrationStore({ client }, `asked-${randomUUID()}`, 2);
  await store.createTable();
  return [store, await store.start(asked)];
}

/** Asks something of the run that is recorded. */
async function ask(store: MigrationStore, change: ControlChange, note = alice): Promise<void> {
  await store.changeControl((await store.started()) as MigrationStart, change, note);
}

async function firstTask(migration: Migration): Promise<SegmentTask> {
  return (await listSegments(migration, { segments: 1 }))[0] as SegmentTask;
}

const isTarget = ({ target }: { target: string }, input: Record<string, unknown>): boolean =>
  Object.hasOwn((input.RequestItems as object | undefined) ?? {}, target);

onEachStore(({ client }) => {
  test("each property has its author, and keeps the others", async () => {
    const [store, start] = await newStore(client());
    expect(await store.control(start.run)).toEqual({});
    await ask(store, { kind: "pause" });
    await ask(store, { kind: "throttle", perSecond: 500 }, bob);
    expect(await store.control(start.run)).toEqual({
      paused: alice,
      rate: { ...bob, perSecond: 500 },
    });
    await ask(store, { kind: "resume" }, bob);
    await ask(store, { kind: "cancel" });
    expect(await store.control(start.run)).toEqual({
      rate: { ...bob, perSecond: 500 },
      cancelled: alice,
      pauses: { totalMs: 1_000, last: { from: 1_000, until: 2_000 } },
    });
  });

  test("the time of all pauses is kept, that of a slow clock counts as none", async () => {
    const [store, start] = await newStore(client());
    const change = (kind: "pause" | "resume", at: number) => ask(store, { kind }, { ...bob, at });
    await change("pause", 10_000);
    await change("resume", 14_000);
    await change("resume", 15_000);
    await change("pause", 20_000);
    const paused = await store.control(start.run);
    expect(paused.pauses).toEqual({ totalMs: 4_000, last: { from: 10_000, until: 14_000 } });
    expect([9_000, 12_000, 14_000, 20_000, 27_000].map((at) => pausedMs(paused, at))).toEqual([
      0, 2_000, 4_000, 4_000, 11_000,
    ]);
    expect(pausedMs({ ...paused, cancelled: { ...bob, at: 23_000 } }, 27_000)).toBe(7_000);
    await change("resume", 19_000);
    const { pauses } = await store.control(start.run);
    expect(pauses).toEqual({ totalMs: 4_000, last: { from: 20_000, until: 20_000 } });
    expect(await store.control("another run")).toEqual({});
  });

  test("how long it was paused is unknown before the last of several pauses", () => {
    const last = { from: 30_000, until: 40_000 };
    const pauses = { totalMs: 14_000, last };
    const times = [29_999, 30_000, 35_000, 40_000];
    expect(times.map((at) => pausedMs({ pauses }, at))).toEqual([undefined, 4_000, 9_000, 14_000]);
    expect(pausedMs({ pauses: { totalMs: 10_000, last } }, 20_000)).toBe(0);
  });

  test("a limit that is taken back is gone, and one may be set again", async () => {
    const [store, start] = await newStore(client());
    await ask(store, { kind: "throttle", perSecond: 5 });
    await ask(store, { kind: "throttle" }, bob);
    expect(await store.control(start.run)).toEqual({});
    await ask(store, { kind: "throttle", perSecond: 7 }, bob);
    expect(await store.control(start.run)).toEqual({ rate: { ...bob, perSecond: 7 } });
  });

  test.each<ControlChange[]>([
    [{ kind: "pause" }],
    [{ kind: "throttle", perSecond: 5 }],
    [{ kind: "cancel" }],
  ])("what is asked already keeps its author: %j", async (change) => {
    const [store, start] = await newStore(client());
    expect(await store.changeControl(start, change, alice)).toMatchObject({ changed: true });
    const control = await store.control(start.run);
    expect(await store.changeControl(start, change, bob)).toEqual({
      before: control,
      after: control,
      changed: false,
    });
    expect(await store.control(start.run)).toEqual(control);
  });

  test("a change that another operator makes of the same property meanwhile is kept", async () => {
    const db = client();
    const [store, start] = await newStore(db);
    const other = new MigrationStore(
      { client: client() },
      store.table.replace("_migration", ""),
      2,
    );
    let late = true;
    interfere(db, async ({ action, go }) => {
      if (action === "PutItem" && late) {
        late = false;
        await ask(other, { kind: "throttle", perSecond: 9 }, bob);
      }
      return go();
    });
    const { payload } = await refused(
      store.changeControl(start, { kind: "throttle", perSecond: 5 }, alice),
      "swap.input-invalid",
    );
    expect(payload).toMatchObject({ rule: expect.stringContaining(bob.by) });
    expect(await store.control(start.run)).toEqual({ rate: { ...bob, perSecond: 9 } });
  });

  test("a change of another property meanwhile is kept with this one", async () => {
    const db = client();
    const [store, start] = await newStore(db);
    const other = new MigrationStore(
      { client: client() },
      store.table.replace("_migration", ""),
      2,
    );
    let late = true;
    interfere(db, async ({ action, go }) => {
      if (action === "PutItem" && late) {
        late = false;
        await ask(other, { kind: "pause" }, bob);
      }
      return go();
    });
    await ask(store, { kind: "throttle", perSecond: 5 });
    expect(await store.control(start.run)).toEqual({
      paused: bob,
      rate: { ...alice, perSecond: 5 },
    });
  });

  test("a change whose answer was lost is made once", async () => {
    const db = client();
    const [store, start] = await newStore(db);
    let lost = false;
    interfere(db, async ({ action, go }) => {
      const answer = await go();
      if (action !== "PutItem" || lost) return answer;
      lost = true;
      throw Object.assign(new Error("busy"), {
        name: "ThrottlingException",
        $metadata: { httpStatusCode: 400 },
      });
    });
    expect(await store.changeControl(start, { kind: "pause" }, alice)).toMatchObject({
      before: {},
      after: { paused: alice },
      changed: true,
    });
  });

  test("a change of a run in whose place another one has begun is refused, and does not count", async () => {
    const [store, start] = await newStore(client());
    await store.changeControl(start, { kind: "throttle", perSecond: 1 }, alice);
    await store.reset();
    const next = await store.start(asked);
    expect(await store.control(next.run)).toEqual({});
    await refused(store.changeControl(start, { kind: "cancel" }, bob), "swap.input-invalid");
    expect(await store.control(next.run)).toEqual({});
    await store.changeControl(next, { kind: "pause" }, bob);
    for (const kind of ["cancel", "throttle", "resume"] as const) {
      const late = store.changeControl(start, { kind }, alice);
      const { payload } = await refused(late, "swap.input-invalid");
      expect(payload).toMatchObject({
        value: next.run,
        rule: expect.not.stringContaining("--restart"),
        fix: expect.stringContaining("swap status"),
      });
    }
    expect(await store.control(next.run)).toEqual({ paused: bob });
  });

  test.each([
    ["is paused", 0],
    ["is paused while the record is removed", 1],
  ])("a run that %s is not begun again, and stays recorded", async (_what, removes) => {
    const db = client();
    const [store, start] = await newStore(db);
    const session = await store.openSession(start.run);
    await ask(store, { kind: "throttle", perSecond: 5 });
    const other = new MigrationStore({ client: client() }, store.table.slice(0, -10), 2);
    if (removes === 0) await ask(other, { kind: "pause" });
    let puts = 0;
    interfere(db, async ({ action, go }) => {
      if (action === "PutItem" && ++puts === removes) await ask(other, { kind: "pause" });
      return go();
    });
    await expect(store.reset()).rejects.toMatchObject({ held: "paused", note: alice });
    expect(await store.started()).toEqual(start);
    await store.assertSession(session);
    expect(await store.control(start.run)).toMatchObject({ paused: alice, rate: { perSecond: 5 } });
    await ask(store, { kind: "cancel" });
    await store.reset();
    expect(await store.started()).toBeUndefined();
  });

  test("a slow removal leaves what is asked of the run that has begun meanwhile", async () => {
    const db = client();
    const [store] = await newStore(db);
    const other = new MigrationStore({ client: client() }, store.table.slice(0, -10), 2);
    interfere(db, async ({ action, go }) => {
      if (action === "Query") {
        await other.start(asked);
        await ask(other, { kind: "pause" });
      }
      return go();
    });
    await store.reset();
    const next = (await other.started()) as MigrationStart;
    expect(await other.control(next.run)).toEqual({ paused: alice });
  });

  test.each<ControlChange[]>([[{ kind: "pause" }], [{ kind: "throttle", perSecond: 5 }]])(
    "a cancelled run is not changed again: %j",
    async (change) => {
      const [store, start] = await newStore(client());
      await ask(store, { kind: "cancel" });
      const { payload } = await refused(
        store.changeControl(start, change, bob),
        "swap.input-invalid",
      );
      expect(payload).toMatchObject({ rule: expect.stringContaining(alice.by) });
    },
  );

  test("a replay that was paused for 23 hours is not resumed: changes may be lost", async () => {
    const [store, start] = await newStore(client());
    const lambda: MigrationStart = { ...start, engine: "lambda" };
    await ask(store, { kind: "pause" });
    const after = (ms: number) => ({ by: "bob", at: alice.at + ms });
    const resume = { kind: "resume" } as const;
    const late = store.changeControl(lambda, resume, after(23 * HOUR_MS));
    await refused(late, "swap.input-invalid");
    expect(await store.control(start.run)).toEqual({ paused: alice });
    await store.changeControl(lambda, resume, after(23 * HOUR_MS - 1));
    await ask(store, { kind: "pause" });
    // One process has no stream that could lose changes.
    await store.changeControl(start, resume, after(24 * HOUR_MS));
  });

  test("a replay is not resumed by a clock that is wrong", async () => {
    const [store, start] = await newStore(client());
    const lambda: MigrationStart = { ...start, engine: "lambda" };
    const resume = (at: number) =>
      store.changeControl(lambda, { kind: "resume" }, { by: "bob", at: at });
    await ask(store, { kind: "pause" }, { ...alice, at: alice.at + 60_001 });
    await refused(resume(alice.at), "swap.input-invalid");
    expect((await store.control(start.run)).paused).toBeDefined();
    await resume(alice.at + 1);
    expect(await store.control(start.run)).toEqual({});
  });

  test.each(["source", "target"] as const)(
    "a replay is not resumed 23 hours after a change of the %s that waits",
    async (stream) => {
      const [store, start] = await newStore(client());
      const lambda: MigrationStart = { ...start, engine: "lambda" };
      const changedAt = alice.at;
      const pausedAt = changedAt + 20 * HOUR_MS;
      await store.recordReplay(start.run, { first: "1", records: 1, changedAt }, pausedAt, stream);
      const begun = { first: "2", changedAt, newestAt: undefined };
      await store.recordReplayBegin(start.run, begun, pausedAt + 1, stream);
      await ask(store, { kind: "pause" }, { ...alice, at: pausedAt });
      const resume = (at: number) =>
        store.changeControl(lambda, { kind: "resume" }, { by: "bob", at });
      await refused(resume(changedAt + 23 * HOUR_MS), "swap.input-invalid");
      await resume(changedAt + 23 * HOUR_MS - 1);
      expect((await store.control(start.run)).paused).toBeUndefined();
    },
  );

  test("a quiet replay is resumed, whenever it applied its last batch", async () => {
    const [store, start] = await newStore(client());
    const lambda: MigrationStart = { ...start, engine: "lambda", replayFrom: alice.at };
    await store.recordReplay(start.run, { first: "1", records: 1, changedAt: 0 }, alice.at);
    const pausedAt = alice.at + 24 * HOUR_MS;
    await ask(store, { kind: "pause" }, { ...alice, at: pausedAt });
    await store.changeControl(lambda, { kind: "resume" }, { ...bob, at: pausedAt + 60_000 });
    expect((await store.control(start.run)).paused).toBeUndefined();
  });

  test.each([
    ["run", { paused: { BOOL: true } }],
    ["paused", { run: { S: "r" }, paused: { S: "yes" } }],
    ["cancelled", { run: { S: "r" }, cancelled: { N: "1" } }],
    ["rate", { run: { S: "r" }, rate: { N: "0" } }],
    ["rate", { run: { S: "r" }, rate: { S: "5" } }],
  ])(
    "a row whose %s can't be understood is an error, rather than no request",
    async (name, row) => {
      const db = client();
      const [store, { run }] = await newStore(db);
      const alias = store.table.replace("_migration", "");
      const Item = { pk: { S: `${alias}#2` }, sk: { S: "control" }, ...row };
      if ("run" in Item) Item.run = { S: run };
      await db.send(new PutItemCommand({ TableName: store.table, Item }));
      const { payload } = await refused(store.control(run), "swap.service-error");
      expect(payload).toMatchObject({ reason: expect.stringContaining(`"${name}"`) });
    },
  );

  test("a table that is not there is an error, rather than no request", async () => {
    const store = new MigrationStore({ client: client() }, `asked-${randomUUID()}`, 2);
    await expect(store.control("r")).rejects.toThrow(store.table);
  });

  describe("a copy in one process", () => {
    test("refuses to start while it is paused, before it takes over from another one", async () => {
      const pair = await begin(client(), numbered(3));
      const session = await pair.store.openSession(pair.start.run);
      await ask(pair.store, { kind: "pause" });
      const { payload } = await refused(copy(pair), "swap.input-invalid");
      expect(payload).toMatchObject({
        rule: expect.stringContaining(`${alice.by} at `),
        fix: `run swap migrate resume ${pair.mapping.context.alias} 2`,
      });
      await pair.store.assertSession(session);
      expect(await itemsOf(pair.client, pair.target)).toEqual([]);
    });

    test("stops when it is paused, saves its position, and goes on when it is resumed", async () => {
      const db = client();
      const pair = await begin(db, numbered(100));
      const clock = { time: 0, now: () => clock.time, sleep: async () => {} };
      let batches = 0;
      interfere(db, async ({ action, input, go }) => {
        if (action === "BatchWriteItem" && isTarget(pair, input) && ++batches === 2) {
          await ask(pair.store, { kind: "pause" });
          clock.time += 2_000;
        }
        return go();
      });
      const stopped = await copy({ ...pair, clock }).catch((error: unknown) => error);
      expect(stopped).toBeInstanceOf(RunHeld);
      expect(await itemsOf(db, pair.target)).toHaveLength(50);
      expect(await pair.store.segments(pair.start.run)).toMatchObject([{ read: 50, done: false }]);
      await ask(pair.store, { kind: "resume" }, bob);
      expect(await copy(pair)).toMatchObject({ read: 100, written: 100 });
      expect(batches).toBe(4);
    });

    test("a pause during a batch that is sent again ends it there; the batch is repeated later", async () => {
      const db = client();
      const pair = await begin(db, numbered(20));
      const clock = { time: 0, now: () => clock.time, sleep: async () => {} };
      interfere(db, async ({ action, input, go }) => {
        if (action !== "BatchWriteItem" || !isTarget(pair, input) || clock.time > 0) return go();
        await ask(pair.store, { kind: "pause" });
        clock.time += 2_000;
        return { UnprocessedItems: input.RequestItems };
      });
      await expect(copy({ ...pair, clock })).rejects.toBeInstanceOf(RunHeld);
      expect(await itemsOf(db, pair.target)).toEqual([]);
      await ask(pair.store, { kind: "resume" });
      expect(await copy(pair)).toMatchObject({ read: 20, written: 20 });
    });

    test("a pause is seen by a copy that leaves everything out, too", async () => {
      const db = client();
      const pair = await begin(db, numbered(10), { transform: () => undefined });
      const clock = { time: 0, now: () => clock.time, sleep: async () => {} };
      const stopped = copy({
        ...pair,
        clock,
        pageSize: 5,
        onProgress: ({ read }) => {
          if (read === 5) clock.time += 2_000;
        },
      });
      interfere(db, async ({ action, go }) => {
        if (action === "Scan") await ask(pair.store, { kind: "pause" });
        return go();
      });
      await expect(stopped).rejects.toBeInstanceOf(RunHeld);
      expect(await pair.store.segments(pair.start.run)).toMatchObject([{ read: 5 }]);
    });

    test("a limit that changes while it works counts for all segments together", async () => {
      const db = client();
      const pair = await begin(db, numbered(200), { segments: 2 });
      await ask(pair.store, { kind: "throttle", perSecond: 25 });
      const clock = {
        time: 0,
        now: () => clock.time,
        // Two sleepers wake in the order of their times.
        sleep: async (ms: number) => {
          const wake = clock.time + ms;
          await new Promise((resolve) => setTimeout(resolve, 2));
          clock.time = Math.max(clock.time, wake);
        },
      };
      const times: number[] = [];
      await copy({
        ...pair,
        clock,
        limit: new RateLimit(undefined, clock),
        async onProgress({ read }) {
          times.push(clock.time);
          if (read >= 100 && times.length < 6)
            await ask(pair.store, { kind: "throttle", perSecond: 100_000 });
        },
      });
      expect(await itemsOf(db, pair.target)).toHaveLength(200);
      // 100 items at 25 a second take 3 s at least, the first batch being free; the rest does not take 4 s more.
      expect(clock.time).toBeGreaterThanOrEqual(3_000);
      expect(clock.time).toBeLessThan(7_000);
    });

    test("a cancelled copy writes nothing again, and --restart begins a new run", async () => {
      const pair = await begin(client(), numbered(3));
      await ask(pair.store, { kind: "cancel" });
      const error = await copy(pair).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ held: "cancelled", code: "swap.input-invalid" });
      expect(await itemsOf(pair.client, pair.target)).toEqual([]);
      await pair.store.reset();
      const start = await pair.store.start({ ...pair.start });
      expect(await copy({ ...pair, start })).toMatchObject({ read: 3 });
    });

    test("while the control row can't be read nothing is written", async () => {
      const db = client();
      const pair = await begin(db, numbered(60));
      const clock = {
        time: 0,
        now: () => clock.time,
        sleep: async (ms: number) => {
          clock.time += ms;
        },
      };
      let blind = 0;
      let written = 0;
      const writtenBlind: number[] = [];
      interfere(db, async ({ action, input, go }) => {
        if (action === "BatchWriteItem" && isTarget(pair, input)) {
          written += 1;
          if (blind > 0) writtenBlind.push(written);
          if (written === 1) {
            blind = 3;
            clock.time += 2_000;
          }
        }
        const sk = (input.Key as { sk?: { S: string } } | undefined)?.sk?.S;
        if (action !== "GetItem" || sk !== "control" || blind === 0) return go();
        blind -= 1;
        throw Object.assign(new Error("broken"), {
          name: "LimitExceededException",
          $metadata: { httpStatusCode: 400 },
        });
      });
      expect(await copy({ ...pair, clock })).toMatchObject({ read: 60 });
      expect(writtenBlind).toEqual([]);
      // The pauses of the guard between its tries.
      expect(clock.time).toBe(2_000 + 100 + 200 + 400);
    });
  });

  describe("a function that copies", () => {
    test("answers that the run is paused, with its position saved, and goes on when called again", async () => {
      const db = client();
      const migration = await newMigration(db, 60);
      const task = await firstTask(migration);
      await ask(migration.store, { kind: "pause" });
      const paused = await copySegment(migration, task, plenty);
      expect(paused).toEqual({ ...task, paused: true });
      expect(await itemsOf(db, migration.target)).toEqual([]);
      await ask(migration.store, { kind: "resume" });
      const goesOn = await copySegment(migration, paused, none);
      expect(goesOn).toEqual(task);
      expect(await itemsOf(db, migration.target)).toHaveLength(25);
      await ask(migration.store, { kind: "pause" });
      expect(await copySegment(migration, goesOn, plenty)).toEqual({ ...task, paused: true });
      await ask(migration.store, { kind: "resume" });
      expect(await copySegment(migration, paused, plenty)).toEqual({ ...task, done: true });
      expect(await itemsOf(db, migration.target)).toHaveLength(60);
    });

    test("waits for its part of the rate, and sees there that the run is paused", async () => {
      const db = client();
      const migration = { ...(await newMigration(db, 60)), concurrency: 4 };
      const task = await firstTask(migration);
      await ask(migration.store, { kind: "throttle", perSecond: 1 });
      // The second batch waits for 25 s: it looks every 2 s.
      let puts = 0;
      interfere(db, async ({ action, input, go }) => {
        if (action === "BatchWriteItem" && isTarget(migration, input) && ++puts === 1)
          await ask(migration.store, { kind: "pause" });
        return go();
      });
      expect(await copySegment(migration, task, plenty)).toEqual({ ...task, paused: true });
      expect(puts).toBe(1);
      expect(await migration.store.segments(task.session.run)).toMatchObject([{ read: 25 }]);
    });

    test.each([
      [4, 8, 25],
      [64, 8, 12.5],
      [undefined, 4, 25],
    ])(
      "of %s at a time takes its part of the rate with %i segments",
      async (concurrency, segments, part) => {
        const lowerTo = jest.spyOn(RateLimit.prototype, "lowerTo");
        const migration = { ...(await newMigration(client())), concurrency };
        const [task] = await listSegments(migration, { segments });
        await ask(migration.store, { kind: "throttle", perSecond: 100 });
        await copySegment(migration, task as SegmentTask, plenty);
        expect(lowerTo.mock.calls).toEqual([[part]]);
        lowerTo.mockRestore();
      },
    );

    test("ends when its time is nearly over while it waits for the rate", async () => {
      const db = client();
      const migration = await newMigration(db, 60);
      const task = await firstTask(migration);
      await ask(migration.store, { kind: "throttle", perSecond: 1 });
      let left = 900_000;
      interfere(db, async ({ action, input, go }) => {
        if (action === "BatchWriteItem" && isTarget(migration, input))
          setTimeout(() => {
            left = 0;
          }, 100);
        return go();
      });
      const answer = await copySegment(migration, task, { getRemainingTimeInMillis: () => left });
      expect(answer).toEqual(task);
      expect(await migration.store.segments(task.session.run)).toMatchObject([{ read: 25 }]);
    });

    test("fails when the run is cancelled, and so does every later step", async () => {
      const db = client();
      const migration = await newMigration(db, 3);
      const task = await firstTask(migration);
      await ask(migration.store, { kind: "cancel" });
      await refused(copySegment(migration, task, plenty), "swap.input-invalid");
      await refused(recordCopy(migration, 1), "swap.input-invalid");
      await refused(firstTask(migration), "swap.input-invalid");
      expect(await itemsOf(db, migration.target)).toEqual([]);
    });

    test("fails when the run is cancelled and its program calls it again, once the replay has begun", async () => {
      const migration = await newMigration(client(), 3);
      await copySegment(migration, await firstTask(migration), plenty);
      await catchUp(migration, async () => {}, { sleep: async () => {} });
      await ask(migration.store, { kind: "cancel" });
      const started: string[] = [];
      const begun = beginCopy(migration, 1, async (run) => void started.push(run));
      await refused(begun, "swap.input-invalid");
      expect(started).toEqual([]);
    });

    test("a cancelled copy that was done does not begin its replay", async () => {
      const migration = await newMigration(client(), 3);
      await copySegment(migration, await firstTask(migration), plenty);
      await ask(migration.store, { kind: "cancel" });
      const enabled: string[] = [];
      const begun = catchUp(migration, async () => void enabled.push("mapping"), {
        sleep: async () => {},
      });
      await refused(begun, "swap.input-invalid");
      expect(enabled).toEqual([]);
    });

    test("a paused copy still fails after 23 hours", async () => {
      const migration = await newMigration(client(), 3);
      const task = await firstTask(migration);
      await ask(migration.store, { kind: "pause" });
      const late = () => Date.now() + 23 * HOUR_MS;
      await refused(copySegment(migration, task, plenty, late), "swap.input-invalid");
    });
  });

  describe("a replay", () => {
    const simulated = () => {
      const waits: number[] = [];
      return {
        waits,
        sleep: async (ms: number) => {
          waits.push(ms);
        },
      };
    };

    test.each<ControlChange[]>([[{ kind: "pause" }], [{ kind: "cancel" }]])(
      "waits less than 25 s, then has the whole batch repeated: %j",
      async (change) => {
        const db = client();
        const migration = await newCopied(db);
        await ask(migration.store, change);
        const clock = simulated();
        const lines: string[] = [];
        const log = (line: string) => lines.push(line);
        const answer = await replay(migration, { Records: inserted(3) }, plenty, log, clock);
        expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "0" }] });
        const waited = clock.waits.reduce((sum, ms) => sum + ms, 0);
        expect(waited).toBeGreaterThan(20_000);
        expect(waited).toBeLessThan(25_000);
        expect(lines).toEqual([expect.stringContaining(alice.by)]);
        expect(await itemsOf(db, migration.target)).toEqual([]);
      },
    );

    test("goes on once the run is resumed", async () => {
      const db = client();
      const migration = await newCopied(db);
      await ask(migration.store, { kind: "pause" });
      const sleep = () => ask(migration.store, { kind: "resume" });
      const log = () => {};
      const answer = await replay(migration, { Records: inserted(3) }, plenty, log, { sleep });
      expect(answer).toEqual({ batchItemFailures: [] });
      expect(await itemsOf(db, migration.target)).toHaveLength(3);
    });

    test("writes nothing while the control row can't be read", async () => {
      const db = client();
      const migration = await newCopied(db);
      interfere(db, async ({ action, input, go }) => {
        const sk = (input.Key as { sk?: { S: string } } | undefined)?.sk?.S;
        if (action !== "GetItem" || sk !== "control") return go();
        throw Object.assign(new Error("denied"), { name: "AccessDeniedException" });
      });
      const answer = replay(migration, { Records: inserted(3) }, plenty);
      await refused(answer, "swap.access-denied");
      expect(await itemsOf(db, migration.target)).toEqual([]);
    });
  });
});
