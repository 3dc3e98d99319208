import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { type ItemDifference, MigrationStore } from "../../../src/migration";
import { deny, interfere } from "../readiness/interfere";
import { onEachStore } from "../readiness/stores";

const asked = {
  from: 1,
  transform: "none",
  segments: 2,
  startedAt: 1,
  tables: { source: "1", target: "2" },
};
const done = { segment: 0, done: true, read: 1, written: 1, leftOut: 0, parked: 0 };
/** When positions are saved. */
const SAVED = 7_000;
const halfway = { ...done, done: false, cursor: { pk: { S: "a" } } };

async function newStore(client: DynamoDBClient): Promise<MigrationStore> {
  const store = new MigrationStore({ client }, `record-${randomUUID()}`, 2);
  await store.createTable();
  return store;
}

const superseded = { code: "swap.input-invalid", payload: { name: "recorded copy" } };

onEachStore(({ client }) => {
  test("a run that is started once more goes on with its positions", async () => {
    const store = await newStore(client());
    const first = await store.start(asked);
    await store.saveSegment(await store.openSession(first.run), done, SAVED);
    const { run, tables } = await store.start({ ...asked, startedAt: 2 });
    expect({ run, tables }).toEqual({ run: first.run, tables: asked.tables });
    expect(await store.segments(run)).toEqual([{ ...done, cursor: undefined, savedAt: SAVED }]);
  });

  test("positions that a copy saves after a restart do not count for the new run", async () => {
    const store = await newStore(client());
    const first = await store.start(asked);
    const before = await store.openSession(first.run);
    await store.reset();
    const second = await store.start(asked);
    await store.saveSegment(before, done, SAVED);
    expect(await store.segments(second.run)).toEqual([]);
  });

  test("a late position of a session before is refused, and replaces nothing", async () => {
    const store = await newStore(client());
    const { run } = await store.start(asked);
    const first = await store.openSession(run);
    await store.saveSegment(first, halfway, SAVED);
    const second = await store.openSession(run);
    await store.saveSegment(second, done, SAVED);
    await expect(store.saveSegment(first, halfway, SAVED)).rejects.toMatchObject(superseded);
    expect(await store.segments(run)).toEqual([{ ...done, cursor: undefined, savedAt: SAVED }]);
    await expect(store.assertSession(first)).rejects.toMatchObject(superseded);
    await store.assertSession(second);
  });

  test("a segment that a run has done stays done, in any order of the calls of one session", async () => {
    const store = await newStore(client());
    const session = await store.openSession((await store.start(asked)).run);
    await store.saveSegment(session, halfway, SAVED);
    await store.saveSegment(session, done, SAVED);
    expect(await store.saveSegment(session, halfway, SAVED)).toBe(false);
    expect(await store.saveSegment(session, done, SAVED)).toBe(true);
    expect(await store.segments(session.run)).toEqual([
      { ...done, cursor: undefined, savedAt: SAVED },
    ]);
  });

  test("a session that begins while the end of the copy is recorded does not erase it", async () => {
    const db = client();
    const store = await newStore(db);
    const { run } = await store.start({ ...asked, engine: "lambda" });
    const other = new MigrationStore({ client: client() }, store.table.slice(0, -10), 2);
    let late = true;
    interfere(db, async ({ action, go }) => {
      if (action === "PutItem" && late) {
        late = false;
        await other.endCopy(run, 5);
      }
      return go();
    });
    await store.openSession(run);
    await store.endCopy(run, 6);
    expect(await store.started()).toMatchObject({ run, caughtUp: 5 });
    await expect(store.endCopy("other", 7)).rejects.toMatchObject(superseded);
  });

  test("a record of a program's functions is not reset, and one of a process is", async () => {
    const store = await newStore(client());
    const { run } = await store.start({ ...asked, engine: "lambda" });
    await expect(store.reset()).rejects.toMatchObject({
      ...superseded,
      message: expect.stringContaining("migrateFrom"),
    });
    expect(await store.started()).toMatchObject({ run, engine: "lambda" });
  });

  test("a late position of a run before is refused once the new run has saved one", async () => {
    const store = await newStore(client());
    const first = await store.openSession((await store.start(asked)).run);
    await store.reset();
    await expect(store.assertSession(first)).rejects.toMatchObject(superseded);
    await expect(store.openSession(first.run)).rejects.toMatchObject(superseded);
    const { run } = await store.start(asked);
    await store.saveSegment(await store.openSession(run), halfway, SAVED);
    await expect(store.saveSegment(first, done, SAVED)).rejects.toMatchObject(superseded);
    expect(await store.segments(run)).toEqual([{ ...halfway, savedAt: SAVED }]);
  });

  test("a record without sessions, of an earlier release, goes on", async () => {
    const db = client();
    const store = await newStore(db);
    const key = (sk: string) => ({ pk: { S: `${store.table.slice(0, -10)}#2` }, sk: { S: sk } });
    const run = { S: "old" };
    const counts = { read: { N: "1" }, written: { N: "1" }, leftOut: { N: "0" } };
    for (const Item of [
      { ...key("summary"), run, from: { N: "1" }, transform: { S: "none" }, segments: { N: "2" } },
      { ...key("segment/0000"), run, done: { BOOL: false }, ...counts, parked: { N: "0" } },
    ])
      await db.send(new PutItemCommand({ TableName: store.table, Item }));
    const start = await store.start(asked);
    expect(start).toMatchObject({ run: "old", segments: 2 });
    expect(await store.segments("old")).toHaveLength(1);
    await store.saveSegment(await store.openSession("old"), done, SAVED);
    expect(await store.segments("old")).toEqual([{ ...done, cursor: undefined, savedAt: SAVED }]);
    expect(await store.started()).toMatchObject({ run: "old", segments: 2 });
  });

  describe("the differences of a verification", () => {
    const key = (pk: string) => ({ pk: { S: pk } });
    const differences: ItemDifference[] = [
      { kind: "missing", sourceKey: key("a"), targetKey: key("b") },
      { kind: "extra", targetKey: { pk: { B: Uint8Array.of(0, 255) } } },
      {
        kind: "collision",
        sourceKey: key("c"),
        targetKey: key("b"),
        reason: "it has the key of a",
      },
    ];
    const { from, transform, startedAt, tables } = asked;
    const verification = {
      sourceItems: 3,
      leftOut: 0,
      targetItems: 2,
      differences,
      complete: true,
      readUnits: 1,
    };

    async function verified(store: MigrationStore) {
      const begun = await store.startVerification({ from, transform, startedAt, tables });
      await store.finishVerification(begun, verification, 2);
    }

    test("are read back as they were found, and replaced by those of the next one", async () => {
      const store = await newStore(client());
      await verified(store);
      expect(await store.differences()).toEqual(differences);
      await verified(store);
      expect(await store.differences()).toEqual(differences);
    });

    test("are not recorded once another verification has begun", async () => {
      const store = await newStore(client());
      const asked = { from, transform, startedAt, tables };
      const late = await store.startVerification(asked);
      await verified(store);
      const found = { ...verification, differences: [] };
      expect(await store.finishVerification(late, found, 3)).toBeUndefined();
      expect(await store.verification()).toMatchObject({ finishedAt: 2, counts: { missing: 1 } });
      expect(await store.differences()).toEqual(differences);
    });

    test("are recorded once, also by a request that was sent twice", async () => {
      const db = client();
      const store = await newStore(db);
      const begun = await store.startVerification({ from, transform, startedAt, tables });
      interfere(db, async ({ action, go }) => {
        if (action === "PutItem") await go();
        return go();
      });
      expect(await store.finishVerification(begun, verification, 2)).toMatchObject({ done: true });
      expect(await store.finishVerification(begun, { ...verification, leftOut: 9 }, 3)).toBe(
        undefined,
      );
      expect(await store.verification()).toMatchObject({ finishedAt: 2, leftOut: 0 });
    });

    test("are refused without a verification, and when a part of them is gone", async () => {
      const db = client();
      const store = await newStore(db);
      const incomplete = { code: "swap.service-error" };
      await expect(store.differences()).rejects.toMatchObject(incomplete);
      await verified(store);
      const { Items = [] } = await db.send(new ScanCommand({ TableName: store.table }));
      const part = Items.find(({ sk }) => sk?.S?.match(/^verify\/.+\/0001$/));
      const Key = { pk: part?.pk as AttributeValue, sk: part?.sk as AttributeValue };
      await db.send(new DeleteItemCommand({ TableName: store.table, Key }));
      await expect(store.differences()).rejects.toMatchObject(incomplete);
    });
  });

  test("a summary that other processes keep changing is given up, not overwritten", async () => {
    const db = client();
    const store = await newStore(db);
    let puts = 0;
    interfere(db, async ({ action, go }) => {
      if (action !== "PutItem") return go();
      puts += 1;
      throw Object.assign(new Error("changed"), { name: "ConditionalCheckFailedException" });
    });
    await expect(store.start(asked)).rejects.toMatchObject({ code: "swap.service-error" });
    expect(puts).toBeGreaterThan(2);
    expect(await store.started()).toBeUndefined();
  });

  test("two processes make the table at once; another failure is thrown", async () => {
    const db = client();
    const alias = `record-${randomUUID()}`;
    const store = () => new MigrationStore({ client: db }, alias, 2);
    const made = await Promise.all([store().createTable(), store().createTable()]);
    expect(made).toContainEqual({ created: true });
    expect(await store().createTable()).toEqual({ created: false });
    deny(db, "CreateTable");
    const other = new MigrationStore({ client: db }, `record-${randomUUID()}`, 2);
    await expect(other.createTable()).rejects.toMatchObject({ code: "swap.access-denied" });
  });

  test("a table that does not become ACTIVE is a failure", async () => {
    const db = client();
    const store = new MigrationStore({ client: db }, `record-${randomUUID()}`, 2);
    let time = 0;
    const clock = {
      now: () => time,
      sleep: async (ms: number) => {
        time += ms;
      },
    };
    interfere(db, async ({ action, go }) => {
      const answer = await go();
      return action === "DescribeTable" ? { Table: { TableStatus: "CREATING" } } : answer;
    });
    await expect(store.createTable(clock)).rejects.toMatchObject({ code: "swap.service-error" });
  });

  test("of two processes that begin a session at once, one number is greater", async () => {
    const store = await newStore(client());
    const { run } = await store.start(asked);
    const sessions = await Promise.all([1, 2, 3].map(() => store.openSession(run)));
    expect(sessions.map(({ number }) => number).sort()).toEqual([1, 2, 3]);
  });

  test.each([0, 1])(
    "positions left by a reset that fails after %i writes don't count",
    async (writes) => {
      const db = client();
      const store = await newStore(db);
      const first = await store.start(asked);
      await store.saveSegment(await store.openSession(first.run), done, SAVED);
      let left = writes;
      let failing = true;
      interfere(db, async ({ action, go }) => {
        const write = action === "PutItem" || action === "BatchWriteItem";
        if (failing && write && left-- === 0) throw new Error("killed");
        return go();
      });
      await expect(store.reset()).rejects.toThrow();
      failing = false;
      const again = await store.start(asked);
      const kept = await store.segments(again.run);
      expect([again.run === first.run, kept.length]).toEqual(writes === 0 ? [true, 1] : [false, 0]);
    },
  );
});
