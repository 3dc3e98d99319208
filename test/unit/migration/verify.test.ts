import type { Item } from "../../../src/items";
import { type Transform, type VerifyOptions, verify } from "../../../src/migration";
import { oldToNew, TablesInMemory } from "./tables-in-memory";

const schema = [{ name: "pk", type: "S" as const }];
const item = (pk: string, n = 1): Item => ({ pk: { S: pk }, n: { N: String(n) } });
const many = (count: number) => Array.from({ length: count }, (_, index) => item(`k${index}`));

function pair(source: Item[], target: Item[], transform?: Transform) {
  const tables = new TablesInMemory();
  tables.pageSize = 1_000;
  tables.create("old", schema, source);
  tables.create("new", schema, target);
  const options: VerifyOptions = {
    client: tables.client,
    source: "old",
    mapping: oldToNew(schema, transform),
    concurrency: 2,
  };
  /** The keys of each BatchGetItem on the source. */
  const reads = () =>
    tables.requests.flatMap(({ name, input }) => {
      const keys = name === "BatchGetItem" ? input.RequestItems?.old?.Keys : undefined;
      return keys ? [keys.map(({ pk }) => pk?.S)] : [];
    });
  const scans = (table: string) =>
    tables.requests.filter(({ name, input }) => name === "Scan" && input.TableName === table);
  return { tables, options, reads, scans };
}

const toOne: Transform = () => item("one");

test("all reads are strongly consistent", async () => {
  const { tables, options } = pair([item("a"), item("b", 2)], [item("a"), item("b")]);
  await verify(options);
  const consistent = tables.requests.map(({ name, input }) =>
    name === "Scan"
      ? input.ConsistentRead
      : Object.values(input.RequestItems ?? {}).every(
          (each) => (each as { ConsistentRead?: boolean }).ConsistentRead,
        ),
  );
  expect(consistent.length).toBeGreaterThan(6);
  expect(new Set(consistent)).toEqual(new Set([true]));
});

test("of the source keys that share one target key, 100 are held, and the result is incomplete", async () => {
  const { options, reads } = pair(many(5_000), [item("one")], toOne);
  const { differences, complete } = await verify(options);
  expect(complete).toBe(false);
  expect(differences).toHaveLength(99);
  expect(new Set(differences.map(({ kind }) => kind))).toEqual(new Set(["collision"]));
  expect(reads().map(({ length }) => length)).toEqual([100]);
});

test("100 source keys that share one target key are all found", async () => {
  const { options } = pair(many(100), [item("one")], toOne);
  const { differences, complete } = await verify(options);
  expect(complete).toBe(true);
  expect(differences).toHaveLength(99);
});

test("a collision is read again after the lag, with all its source keys", async () => {
  const { tables, options, reads } = pair(
    [...many(3), item("x"), item("late")],
    many(3),
    (given) => (given.pk?.S === "x" ? item("k0") : given),
  );
  const pauses: number[] = [];
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => {
      pauses.push(ms);
      tables.put("new", item("late"));
    },
  };
  const { differences } = await verify({ ...options, settleMs: 10_000, clock });
  expect(pauses).toEqual([10_000]);
  expect(differences).toMatchObject([{ kind: "collision" }]);
  expect(reads().flat().sort()).toEqual(["k0", "k0", "late", "late", "x", "x"]);
});

test("a candidate that agrees at once is not read again after the lag", async () => {
  const { tables, options, reads } = pair([item("a", 2), item("b", 2)], [item("a"), item("b")]);
  tables.answer = ({ name, input }) => {
    // Replay catches up with a between the scans and the reads.
    if (name === "BatchGetItem" && input.RequestItems?.old) tables.put("new", item("a", 2));
  };
  const clock = { now: () => 0, sleep: async () => {} };
  const { differences } = await verify({ ...options, settleMs: 1, clock });
  expect(differences).toMatchObject([{ kind: "different", sourceKey: { pk: { S: "b" } } }]);
  expect(reads()[0]).toHaveLength(2);
  expect(reads()[1]).toEqual(["b"]);
});

test("a source key that a scan finds twice, and no read finds, leaves the result incomplete", async () => {
  const { tables, options, scans } = pair([item("a"), item("b")], []);
  tables.answer = ({ name, input }) =>
    name === "BatchGetItem" && input.RequestItems?.old
      ? { Responses: { old: [item("b")] } }
      : undefined;
  const { differences, complete } = await verify({ ...options, concurrency: 1, maxCollected: 1 });
  expect(differences).toMatchObject([{ kind: "missing", sourceKey: { pk: { S: "b" } } }]);
  expect(complete).toBe(false);
  // One comparison, one search for each of two groups, and one more for the key that was not found.
  expect(scans("old")).toHaveLength(4);
});

test("a source item that is deleted meanwhile is looked for once more, and does not count", async () => {
  const { tables, options, scans } = pair([item("a"), item("b")], []);
  tables.answer = ({ name, input }) => {
    if (name === "BatchGetItem" && input.RequestItems?.old) tables.delete("old", item("a"));
  };
  const { differences, complete } = await verify({ ...options, concurrency: 1 });
  expect(scans("old")).toHaveLength(3);
  expect(differences).toMatchObject([{ kind: "missing", sourceKey: { pk: { S: "b" } } }]);
  expect(complete).toBe(true);
});

test("items that are only in the target are no reason to look once more", async () => {
  const { options, scans } = pair([], [item("a")]);
  const { differences, complete } = await verify({ ...options, concurrency: 1 });
  expect(differences).toEqual([{ kind: "extra", targetKey: { pk: { S: "a" } } }]);
  expect(complete).toBe(true);
  expect(scans("old")).toHaveLength(2);
});

test("of more failing items than differences are looked for, that many are found, and the result is incomplete", async () => {
  const fail: Transform = () => {
    throw "no such field";
  };
  const { options } = pair(many(20), [], fail);
  const { differences, complete, sourceItems } = await verify({ ...options, maxDifferences: 5 });
  expect(sourceItems).toBe(20);
  expect(complete).toBe(false);
  expect(differences).toHaveLength(5);
  expect(new Set(differences.map(({ kind, reason }) => `${kind}: ${reason}`))).toEqual(
    new Set(["failed: the transform threw: no such field"]),
  );
});
