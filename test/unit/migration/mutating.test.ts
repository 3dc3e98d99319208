import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { canonicalItem, type Item } from "../../../src/items";
import {
  copySegment,
  type Mapping,
  mapItem,
  type ParkedKeys,
  repair,
  replayBatch,
  type Transform,
  verify,
} from "../../../src/migration";
import { TablesInMemory } from "./tables-in-memory";

const ID = [{ name: "pk", type: "S" as const }];
const item = (pk: string, n = 1): Item => ({ pk: { S: pk }, n: { N: String(n) } });

/** Changes the item that it gets, its key too, and returns it. */
const renameInPlace: Transform = (given) => {
  const pk = given.pk as { S: string };
  pk.S = `new#${pk.S}`;
  return given;
};

const mappingBy = (transform: Transform): Mapping => ({
  transform,
  context: { alias: "orders", from: 1, to: 2 },
  sourceSchema: ID,
  targetSchema: ID,
  target: "new",
});
const ignored: ParkedKeys = { count: 0, park: async () => {}, unpark: async () => {} };

function pair(source: Item[], target: Item[] = [], transform = renameInPlace) {
  const tables = new TablesInMemory();
  tables.create("old", ID, source);
  tables.create("new", ID, target);
  const mapping = mappingBy(transform);
  const options = {
    ...tables.activate(1),
    client: tables.client,
    source: "old",
    mapping,
    concurrency: 2,
  };
  return { tables, mapping, options };
}

test("an empty target of a transform that changes the key in place lacks every item", async () => {
  const { options } = pair([item("a"), item("b")]);
  const { differences, complete } = await verify(options);
  expect(complete).toBe(true);
  expect(differences.map(({ kind, sourceKey, targetKey }) => [kind, sourceKey, targetKey])).toEqual(
    expect.arrayContaining([
      ["missing", { pk: { S: "a" } }, { pk: { S: "new#a" } }],
      ["missing", { pk: { S: "b" } }, { pk: { S: "new#b" } }],
    ]),
  );
  expect(differences).toHaveLength(2);
});

test("source keys that a transform in place maps to one target key collide", async () => {
  const toOne: Transform = (given) => {
    (given.pk as { S: string }).S = "one";
    return given;
  };
  const { options } = pair([item("a"), item("b")], [], toOne);
  expect((await verify(options)).differences).toMatchObject([
    { kind: "collision", sourceKey: { pk: { S: "b" } }, targetKey: { pk: { S: "one" } } },
  ]);
});

test("a repair doesn't delete a stale item that a source item maps to, but replaces it", async () => {
  const { tables, options } = pair([item("a", 2)], [item("new#a", 1), item("gone")]);
  const { differences } = await verify(options);
  await repair({ ...options, differences, parked: ignored });
  expect(tables.items("new")).toEqual([item("new#a", 2)]);
  expect((await verify(options)).differences).toEqual([]);
});

test("an extra item that a source item maps to by now is replaced", async () => {
  const { tables, options } = pair([item("a", 2)], [item("new#a", 1)]);
  const differences = [{ kind: "extra" as const, targetKey: { pk: { S: "new#a" } } }];
  const done = await repair({ ...options, differences, parked: ignored });
  expect(done).toMatchObject({ written: 1, deleted: 0 });
  expect(tables.items("new")).toEqual([item("new#a", 2)]);
});

test("cursors are source keys, and parked keys too", async () => {
  const many = Array.from({ length: 30 }, (_, index) => item(`k${100 + index}`));
  const refusing: Transform = (given, context) => {
    const made = renameInPlace(given, context);
    if (given.pk?.S === "new#k129") throw new Error("no");
    return made;
  };
  const { tables, mapping, options } = pair(many, [], refusing);
  tables.pageSize = 30;
  const cursors: (string | undefined)[] = [];
  const parked: Item[] = [];
  await copySegment({
    ...options,
    mapping,
    segment: 0,
    totalSegments: 1,
    parked: {
      count: 0,
      park: async ({ sourceKey }) => void parked.push(sourceKey),
      unpark: async () => {},
    },
    onProgress: ({ cursor }) => void cursors.push(cursor?.pk?.S),
  });
  expect(cursors).toEqual(["k124", undefined]);
  expect(parked).toEqual([{ pk: { S: "k129" } }]);
});

test("an earlier image that is also the last of a change before is deleted by its own key", async () => {
  const { tables, mapping, options } = pair([], [item("new#a")]);
  const image = item("a", 5);
  await replayBatch(
    [{ newImage: image }, { oldImage: image, newImage: image }, { oldImage: image }],
    { ...options, mapping, parked: ignored },
  );
  expect(tables.items("new")).toEqual([]);
  expect(image).toEqual(item("a", 5));
});

/** A value of any type, as DynamoDB returns it. */
const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ S: fc.string() }),
    fc.record({ N: fc.nat().map(String) }),
    fc.record({ B: fc.uint8Array({ minLength: 1 }) }),
    fc.record({ BOOL: fc.boolean() }),
    fc.constant({ NULL: true }),
    fc.record({ SS: fc.array(fc.string(), { minLength: 1 }) }),
    fc.record({ NS: fc.array(fc.nat().map(String), { minLength: 1 }) }),
    fc.record({ BS: fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1 }) }),
    fc.record({ L: fc.array(tie("value"), { maxLength: 3 }) }),
    fc.record({ M: fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }) }),
  ) as fc.Arbitrary<AttributeValue>,
}));

/** Overwrites each part of a value, at every depth. */
function spoil(part: unknown): void {
  if (part instanceof Uint8Array) part.fill(0xff);
  else if (Array.isArray(part)) {
    part.forEach(spoil);
    part.push("spoilt");
  } else if (typeof part === "object" && part !== null) {
    const map = part as Record<string, unknown>;
    for (const name of Object.keys(map)) {
      spoil(map[name]);
      map[name] = "spoilt";
    }
    map.spoilt = true;
  }
}

test("whatever a transform does to what it got and returned, ours stays", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ minLength: 1 }),
      fc.dictionary(fc.string(), value),
      fc.constantFrom("before", "after", "later"),
      async (pk, rest, when) => {
        const given: Item = { ...rest, pk: { S: pk } };
        const before = canonicalItem(given);
        const held: unknown[] = [];
        const mapping = mappingBy((got, context) => {
          held.push(got, context);
          const made = structuredClone(got);
          if (when !== "after") spoil(got);
          if (when === "later") return Promise.resolve(got).then(() => made);
          held.push(made);
          return made;
        });
        const mapped = await mapItem(given, mapping);
        held.forEach(spoil);
        expect(canonicalItem(given)).toBe(before);
        expect(mapped).toMatchObject({ kind: "item", key: { pk: { S: pk } } });
        if (mapped.kind === "item") expect(canonicalItem(mapped.item)).toBe(before);
        expect(mapping.context).toEqual({ alias: "orders", from: 1, to: 2 });
      },
    ),
    { numRuns: 200 },
  );
});

test("one object that a transform fills again for each item is another item each time", async () => {
  const shared: Item = {};
  const { tables, mapping, options } = pair([item("a", 1), item("b", 2), item("c", 3)], [], (got) =>
    Object.assign(shared, got),
  );
  tables.pageSize = 3;
  await copySegment({
    ...options,
    mapping,
    segment: 0,
    totalSegments: 1,
    parked: ignored,
    onProgress() {},
  });
  expect(tables.items("new")).toEqual([item("a", 1), item("b", 2), item("c", 3)]);
});
