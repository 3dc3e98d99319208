import fc from "fast-check";
import type { Item } from "../../../src/items";
import {
  type ParkedKey,
  type ParkedKeys,
  repair,
  replayBatch,
  type Transform,
  verify,
} from "../../../src/migration";
import { oldToNew, TablesInMemory } from "./tables-in-memory";

const schema = [{ name: "pk", type: "S" as const }];
const owned = (pk: string, owner: string, n = 0): Item => ({
  pk: { S: pk },
  owner: { S: owner },
  n: { N: String(n) },
});
const made = (owner: string, n = 0): Item => ({ pk: { S: owner }, n: { N: String(n) } });
const byOwner: Transform = ({ owner, n }) => owner && n && { pk: owner, n };

function pair(source: Item[], target: Item[], transform = byOwner) {
  const tables = new TablesInMemory();
  tables.create("old", schema, source);
  tables.create("new", schema, target);
  const options = {
    ...tables.activate(1),
    client: tables.client,
    source: "old",
    mapping: oldToNew(schema, transform),
    concurrency: 2,
  };
  return { tables, options };
}

const owner = fc.nat(12).map((id) => `o${id}`);

test("a verification finds each collision, wherever its keys are and whatever the target has", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(owner, fc.nat(1)), { maxLength: 40 }),
      fc.dictionary(owner, fc.nat(1), { maxKeys: 14 }),
      fc.record({
        pageSize: fc.integer({ min: 1, max: 9 }),
        concurrency: fc.integer({ min: 1, max: 5 }),
        maxCollected: fc.integer({ min: 1, max: 60 }),
      }),
      async (sources, targets, { pageSize, ...how }) => {
        const { tables, options } = pair(
          sources.map(([name, n], index) => owned(`s${index}`, name, n)),
          Object.entries(targets).map(([name, n]) => made(name, n)),
        );
        tables.pageSize = pageSize;
        const { differences, complete } = await verify({ ...options, ...how });
        const groups = new Map<string, number>();
        for (const [name] of sources) groups.set(name, (groups.get(name) ?? 0) + 1);
        const wanted = [...groups].flatMap(([name, size]) => Array(size - 1).fill(name));
        const found = differences.filter(({ kind }) => kind === "collision");
        expect(found.map(({ targetKey }) => targetKey?.pk?.S).sort()).toEqual(wanted.sort());
        expect(new Set(found.map(({ sourceKey }) => sourceKey?.pk?.S)).size).toBe(found.length);
        expect(complete).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test("a collision that ends before it is read again is compared as any other", async () => {
  const { tables, options } = pair([owned("a", "o"), owned("b", "o")], [made("o", 1)]);
  tables.answer = ({ name, input }) => {
    if (name === "BatchGetItem" && input.RequestItems?.old) tables.put("old", owned("b", "p"));
  };
  const { differences } = await verify(options);
  expect(differences.map(({ kind, sourceKey }) => [kind, sourceKey?.pk?.S]).sort()).toEqual([
    ["different", "a"],
    ["missing", "b"],
  ]);
});

test("a verification stops at its bound of differences and says so", async () => {
  const many = Array.from({ length: 60 }, (_, index) => owned(`s${index}`, `o${index}`));
  const { options } = pair(many, []);
  const { differences, complete } = await verify({
    ...options,
    maxDifferences: 5,
    maxCollected: 1,
  });
  expect(complete).toBe(false);
  expect(differences.length).toBeGreaterThanOrEqual(5);
  expect(differences.length).toBeLessThan(60);
});

function recorder(count = 0): ParkedKeys & { entries: ParkedKey[]; most: number } {
  let atOnce = 0;
  const parked = {
    entries: [] as ParkedKey[],
    most: 0,
    get count() {
      return count + parked.entries.length;
    },
    async park(entry: ParkedKey) {
      parked.most = Math.max(parked.most, ++atOnce);
      await new Promise(setImmediate);
      parked.entries.push(entry);
      atOnce -= 1;
    },
    async unpark() {},
  };
  return parked;
}

const fails: Transform = () => {
  throw new Error("no");
};

test("a repair leaves collisions, parks 25 at a time and stops above 10,000", async () => {
  const many = Array.from({ length: 60 }, (_, index) => owned(`s${index}`, `o${index}`));
  const { options } = pair(many, [], fails);
  const key = (name: string) => ({ pk: { S: name } });
  const failed = many.map(({ pk }) => ({ kind: "failed" as const, sourceKey: { pk } as Item }));
  const collision = { kind: "collision" as const, sourceKey: key("a"), targetKey: key("o") };
  const few = recorder();
  const done = await repair({ ...options, differences: [collision, ...failed], parked: few });
  expect(done.left).toHaveLength(61);
  expect([few.entries.length, few.most]).toEqual([60, 25]);
  const full = recorder(9_990);
  const stopped = repair({ ...options, differences: failed, parked: full });
  await expect(stopped).rejects.toMatchObject({
    code: "swap.input-invalid",
    payload: { name: "number of parked items", value: "10,015" },
  });
  expect(full.entries).toHaveLength(25);
});

test("an item that keeps changing is left with its reason", async () => {
  const { tables, options } = pair([owned("a", "o", 1)], []);
  let n = 1;
  tables.answer = ({ name, input }) => {
    if (name === "BatchGetItem" && input.RequestItems?.old) tables.put("old", owned("a", "o", ++n));
  };
  const differences = [{ kind: "missing" as const, sourceKey: { pk: { S: "a" } } }];
  const done = await repair({ ...options, differences, parked: recorder() });
  expect(done).toMatchObject({
    written: 0,
    left: [{ reason: expect.stringContaining("changing") }],
  });
});

test("a replayed batch parks keys that collide with the other key, and stops above 10,000", async () => {
  const { tables, options } = pair([], []);
  const records = ["a", "b"].map((pk) => ({ newImage: owned(pk, "o") }));
  const few = recorder();
  const result = await replayBatch(records, { ...options, parked: few });
  expect(result).toMatchObject({ keys: 2, put: 1, parked: 1 });
  expect(few.entries).toMatchObject([
    { kind: "collision", sourceKey: { pk: { S: "b" } }, other: { pk: { S: "a" } } },
  ]);
  expect(tables.items("new")).toEqual([made("o")]);
  const full = replayBatch(records, { ...options, parked: recorder(10_000) });
  await expect(full).rejects.toMatchObject({ payload: { value: "10,001" } });
});

test("a change record without a full image is refused", async () => {
  const { options } = pair([], []);
  const replayed = replayBatch([{}], { ...options, parked: recorder() });
  await expect(replayed).rejects.toThrow("NEW_AND_OLD_IMAGES");
});

// A batch that fails is repeated until it succeeds, and nothing after it in its shard is applied.
test.each<[string, string, boolean]>([
  ["a value that no key can have", "Size of hashkey has exceeded the maximum size limit", true],
  ["a table with another key", "The provided key element does not match the schema", false],
])("a deletion refused for %s: %s", async (_what, message, done) => {
  const { tables, options } = pair([], []);
  tables.answer = ({ name }) => {
    if (name === "BatchWriteItem")
      throw Object.assign(new Error(message), {
        name: "ValidationException",
        $metadata: { httpStatusCode: 400 },
      });
  };
  const replayed = replayBatch([{ oldImage: owned("a", "o") }], { ...options, parked: recorder() });
  if (done) expect(await replayed).toMatchObject({ keys: 1, parked: 0 });
  else await expect(replayed).rejects.toThrow(message);
});

test("a later change of an item whose key the target can't hold is applied", async () => {
  const { tables, options } = pair([], []);
  tables.answer = ({ name, input }) => {
    const writes = name === "BatchWriteItem" ? (input.RequestItems?.new ?? []) : [];
    const keys = writes.map(({ PutRequest, DeleteRequest }) =>
      String((PutRequest?.Item ?? DeleteRequest?.Key)?.pk?.S),
    );
    if (keys.some((key) => key.length > 2_048))
      throw Object.assign(new Error("One or more parameter values were invalid"), {
        name: "ValidationException",
        $metadata: { httpStatusCode: 400 },
      });
  };
  const bad = owned("a", "o".repeat(2_049));
  const parked = recorder();
  await replayBatch([{ newImage: bad }], { ...options, parked });
  expect(parked.entries).toMatchObject([
    { kind: "transform", reason: expect.stringContaining("2049 bytes") },
  ]);
  const later = [{ oldImage: bad, newImage: owned("a", "o") }];
  expect(await replayBatch(later, { ...options, parked })).toMatchObject({ put: 1, parked: 0 });
  expect(tables.items("new")).toEqual([made("o")]);
});
