import { type MigrationStart, MigrationStore } from "../../../src/migration";
import {
  assertCopied,
  catchUp,
  advanceSegment as copy,
  listSegments as start,
} from "../../../src/migration/lambda/copy-handlers";
import { changeOf } from "../../../src/migration/lambda/events";
import type { Migration } from "../../../src/migration/lambda/open";
import { proveWayBack } from "../../../src/migration/lambda/prove-way-back";
import {
  advanceVerification,
  planVerification,
  type VerifyRequest,
} from "../../../src/migration/lambda/verify-handlers";
import { setActive } from "../../../src/pointer";
import { refused } from "../../support/refused";
import { interfere } from "../readiness/interfere";

import { onEachStore } from "../readiness/stores";
import {
  inserted,
  newCopied,
  newMigration,
  none,
  plenty,
  replaySource as replay,
} from "./functions";
import { itemsOf, texts } from "./tables";

onEachStore(({ client }) => {
  test("a segment stops when the time is nearly over, and goes on from there", async () => {
    const migration = await newMigration(client(), 60);
    const [task] = await start(migration, { segments: 1 });
    const read: (number | undefined)[] = [];
    let next = task as NonNullable<typeof task>;
    while (!next.done) {
      next = await copy(migration, next, none);
      read.push((await migration.store.segments(next.session.run))[0]?.read);
    }
    expect(read).toEqual([25, 50, 60]);
    expect(await itemsOf(migration.client, migration.target)).toHaveLength(60);
    expect(await copy(migration, next, none)).toEqual(next);
  });

  test("a copy starts once: the second start goes on with the first, in a new session", async () => {
    const migration = await newMigration(client());
    const first = await start(migration, { segments: 2 });
    const second = await start(migration, { segments: 5 });
    expect(second.map(({ segment }) => segment)).toEqual([0, 1]);
    expect(second[0]?.session.run).toBe(first[0]?.session.run);
    await refused(copy(migration, first[0] as (typeof first)[0], plenty), "swap.input-invalid");
    await copy(migration, second[0] as (typeof second)[0], plenty);
  });

  // MiniStack has no redrive: it makes calls again whose answers were lost, also long afterwards.
  test("each call of an execution may be made again, with the same input", async () => {
    const migration = await newMigration(client(), 60);
    const { store, source, mapping, alias } = migration;
    const inverse = { ...mapping, target: source, context: { alias, from: 2, to: 1 } };
    const backwards: Migration = { ...migration, inverse, inverseHash: "same" };
    let clock = Date.now();
    const now = () => (clock += 1_000);
    const again = async <T>(call: () => Promise<T>): Promise<T> => {
      await call();
      return call();
    };
    let enabled = 0;
    const enable = async () => {
      enabled += 1;
    };
    const tasks = await again(() => start(backwards, { segments: 3 }));
    const segments = [...tasks];
    for (const [index, task] of tasks.entries())
      for (let next = task; !next.done; next = await again(() => copy(backwards, next, none)))
        segments[index] = next;
    const { run } = (await store.started()) as MigrationStart;
    const copied = await store.segments(run);
    expect(copied.reduce((sum, { read }) => sum + read, 0)).toBe(60);
    // A redriven map makes calls again of segments that are done, too.
    for (const task of [...tasks, ...segments])
      expect(await copy(backwards, task, none)).toMatchObject({ done: true });
    expect(await store.segments(run)).toEqual(copied);

    const sleep = async () => {};
    await catchUp(backwards, enable, { sleep }, now);
    const begun = await store.started();
    await catchUp(backwards, enable, { sleep }, now);
    expect(await store.started()).toEqual(begun);
    expect(await again(() => proveWayBack(backwards, enable, now))).toBe(true);
    expect(enabled).toBe(4);

    const asked = { run: "asked" };
    for (let request: VerifyRequest = asked; ; ) {
      const step = await again(() => planVerification(backwards, request, now));
      if (step.done) break;
      for (const task of step.tasks ?? [])
        for (let next = task; !next.done; )
          next = await again(() => advanceVerification(backwards, next, none));
      request = step.verify;
    }
    const verification = await store.verification();
    expect(verification).toMatchObject({ ...asked, done: true, sourceItems: 60, targetItems: 60 });
    // Of an execution that was redriven when its verification was done.
    expect(await planVerification(backwards, asked, now)).toMatchObject({ done: true });
    expect(await store.verification()).toEqual(verification);
    expect(texts(await itemsOf(migration.client, migration.target))).toEqual(
      texts(await itemsOf(migration.client, source)),
    );
  });

  test.each<[string, Partial<Migration>]>([
    ["transform", { transformHash: "other" }],
    ["source version", { from: 0 }],
    ["source table", { tables: { source: "s2", target: "t" } }],
    ["target table", { tables: { source: "s", target: "t2" } }],
  ])("a recorded copy of another %s is refused", async (_what, other) => {
    const migration = await newMigration(client());
    const [task] = await start(migration, { segments: 1 });
    await refused(start({ ...migration, ...other }, { segments: 1 }), "swap.input-invalid");
    await refused(
      copy({ ...migration, ...other }, task as NonNullable<typeof task>, plenty),
      "swap.input-invalid",
    );
    await refused(
      replay({ ...migration, ...other }, { Records: inserted(1) }, plenty),
      "swap.input-invalid",
    );
    expect(await itemsOf(migration.client, migration.target)).toEqual([]);
  });

  test("a transform that fails for each item is refused before the copy is recorded", async () => {
    const migration = await newMigration(client(), 30);
    const transform = () => ({ pk: "plain" }) as never;
    const wrong = { ...migration, mapping: { ...migration.mapping, transform } };
    const { payload } = await refused(start(wrong, { segments: 1 }), "swap.input-invalid");
    expect(payload).toMatchObject({ name: "migrateFrom.transform of version 2", value: "none" });
    expect(await migration.store.started()).toBeUndefined();
    expect(await migration.store.parked()).toEqual([]);
    // The corrected one is another transform, and begins a copy.
    await start(migration, { segments: 1 });
    expect(await start(wrong, { segments: 1 })).toHaveLength(1);
  });

  test("nothing is replayed without a recorded copy", async () => {
    const migration = await newMigration(client());
    await expect(replay(migration, { Records: inserted(1) }, plenty)).rejects.toThrow("recorded");
  });

  test("a copy that one process makes is not gone on with", async () => {
    const migration = await newMigration(client());
    const { tables, from, transformHash: transform } = migration;
    await migration.store.start({ tables, from, transform, segments: 1, startedAt: 1 });
    const { payload } = await refused(start(migration, { segments: 1 }), "swap.input-invalid");
    expect(payload).toMatchObject({ rule: expect.stringContaining("swap migrate copy") });
  });

  test("a worker of the copy that still runs writes nothing once the replay begins", async () => {
    const migration = await newMigration(client(), 60);
    const [task] = await start(migration, { segments: 1 });
    const segment = task as NonNullable<typeof task>;
    await copy(migration, segment, plenty);
    await refused(replay(migration, { Records: inserted(1) }, plenty), "swap.input-invalid");
    const waits: number[] = [];
    const order: string[] = [];
    const sleep = async (ms: number) => {
      waits.push(ms);
      await refused(copy(migration, segment, plenty), "swap.input-invalid");
      await refused(replay(migration, { Records: inserted(1) }, plenty), "swap.input-invalid");
      order.push("stopped");
    };
    const enable = async () => {
      await replay(migration, { Records: inserted(1) }, plenty);
      order.push("enabled");
    };
    await catchUp(migration, enable, { sleep });
    expect(order).toEqual(["stopped", "enabled"]);
    // A check of the guard, and the tries of a write that it permitted.
    expect(waits[0]).toBeGreaterThanOrEqual(32_000);
    await assertCopied(migration);
  });

  test.each([false, true])(
    "a call that the state machine repeated ends when the other one has done the segment; paused: %s",
    async (paused) => {
      const db = client();
      const migration = await newMigration(db, 60);
      const [task] = await start(migration, { segments: 1 });
      const segment = task as NonNullable<typeof task>;
      const other = { ...migration, client: client() };
      let writes = 0;
      interfere(db, async ({ action, input, go }) => {
        const tables = Object.keys((input.RequestItems as object | undefined) ?? {});
        if (action === "BatchWriteItem" && tables[0] === migration.target && ++writes === 1) {
          await copy(
            { ...other, store: new MigrationStore(other, other.alias, 2) },
            segment,
            plenty,
          );
          if (paused) {
            const started = (await migration.store.started()) as MigrationStart;
            await migration.store.changeControl(started, { kind: "pause" }, { by: "a", at: 1 });
          }
        }
        return go();
      });
      expect(await copy(migration, segment, none)).toEqual({ ...segment, done: true });
      expect(writes).toBe(1);
      expect(await migration.store.segments(segment.session.run)).toMatchObject([
        { done: true, read: 60 },
      ]);
    },
  );

  test("23 hours after the start nothing is copied, and the replay does not begin", async () => {
    const migration = await newMigration(client(), 1);
    const [task] = await start(migration, { segments: 1 });
    const later = (minutes: number) => () => Date.now() + minutes * 60_000;
    const segment = task as NonNullable<typeof task>;
    await refused(copy(migration, segment, plenty, later(23 * 60)), "swap.input-invalid");
    expect(await itemsOf(migration.client, migration.target)).toEqual([]);
    await copy(migration, segment, plenty, later(23 * 60 - 1));
    await assertCopied(migration, later(23 * 60 - 1));
    await refused(assertCopied(migration, later(23 * 60)), "swap.input-invalid");
    const late = catchUp(migration, async () => {}, { sleep: async () => {} }, later(23 * 60));
    await refused(late, "swap.input-invalid");
  });

  test("once the target is active, nothing starts, copies or is replayed to it", async () => {
    const migration = await newMigration(client(), 1);
    const [task] = await start(migration, { segments: 1 });
    await migration.store.endCopy(task?.session.run ?? "", 1);
    await setActive(migration.control, migration.alias, migration.to);
    await refused(start(migration, { segments: 1 }), "swap.input-invalid");
    await refused(copy(migration, task as NonNullable<typeof task>, plenty), "swap.input-invalid");
    await replay(migration, { Records: inserted(1) }, plenty);
    expect(await itemsOf(migration.client, migration.target)).toEqual([]);
  });

  test("a batch of which a part fails is repeated from the first record of that part", async () => {
    const db = client();
    const migration = await newCopied(db);
    let writes = 0;
    interfere(db, async ({ action, go }) => {
      if (action !== "BatchWriteItem" || ++writes <= 4) return go();
      throw Object.assign(new Error("denied"), { name: "AccessDeniedException" });
    });
    const lines: string[] = [];
    const answer = await replay(migration, { Records: inserted(250) }, plenty, (line) =>
      lines.push(line),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "100" }] });
    expect(lines).toHaveLength(1);
    expect(await itemsOf(db, migration.target)).toHaveLength(100);
  });

  test("a batch stops when the time is nearly over, after at least one part", async () => {
    const migration = await newCopied(client());
    const answer = await replay(migration, { Records: inserted(150) }, none);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "100" }] });
  });
});

test("a stream record's bytes are read from base64, at any depth", () => {
  const bytes = (...values: number[]) => new Uint8Array(values);
  const { oldImage, newImage } = changeOf({
    dynamodb: {
      NewImage: {
        pk: { S: "a" },
        raw: { B: "AQI=" },
        many: { BS: ["AQ==", "Ag=="] },
        deep: { L: [{ M: { raw: { B: "Aw==" } } }, { NULL: true }] },
      },
    },
  });
  expect(oldImage).toBeUndefined();
  expect(JSON.stringify(newImage)).toBe(
    JSON.stringify({
      pk: { S: "a" },
      raw: { B: Buffer.from(bytes(1, 2)) },
      many: { BS: [Buffer.from(bytes(1)), Buffer.from(bytes(2))] },
      deep: { L: [{ M: { raw: { B: Buffer.from(bytes(3)) } } }, { NULL: true }] },
    }),
  );
});
