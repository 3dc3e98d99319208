import { copySegment, type ParkedKey, type Transform } from "../../../src/migration";
import { oldToNew, TablesInMemory } from "./tables-in-memory";

const schema = [{ name: "pk", type: "S" as const }];
const keyed = (index: number) => ({ pk: { S: `k${100_000 + index}` } });

function copyOf(items: number, known: number, transform: Transform) {
  const tables = new TablesInMemory();
  tables.pageSize = 1_000;
  tables.create(
    "old",
    schema,
    Array.from({ length: items }, (_, index) => keyed(index)),
  );
  tables.create("new", schema);
  const parked: ParkedKey[] = [];
  let atOnce = 0;
  let most = 0;
  const cursors: (string | undefined)[] = [];
  const unparked: (string | undefined)[] = [];
  const run = () =>
    copySegment({
      client: tables.client,
      source: "old",
      mapping: oldToNew(schema, transform),
      segment: 0,
      totalSegments: 1,
      parked: {
        get count() {
          return known + parked.length;
        },
        park: async (entry) => {
          most = Math.max(most, ++atOnce);
          await new Promise(setImmediate);
          parked.push(entry);
          atOnce--;
        },
        unpark: async ({ pk }) => void unparked.push(pk?.S),
      },
      onProgress: ({ cursor }) => void cursors.push(cursor?.pk?.S),
    });
  return { tables, parked, unparked, cursors, run, most: () => most };
}

const failsAlways: Transform = () => {
  throw new Error("no\ntotal");
};

test("parked items are recorded 25 at a time, and their position is saved", async () => {
  const { parked, cursors, run, most } = copyOf(60, 0, failsAlways);
  await run();
  expect(parked).toHaveLength(60);
  expect(most()).toBe(25);
  expect(cursors).toEqual(["k100024", "k100049", undefined]);
});

test("a copy stops above 10,000 parked items, with the reason of the last", async () => {
  const { parked, run, cursors } = copyOf(300, 9_900, failsAlways);
  await expect(run()).rejects.toMatchObject({
    code: "swap.input-invalid",
    payload: {
      name: "number of parked items",
      value: "10,025",
      rule: expect.stringMatching(/10,000.*the transform threw: no total/),
      // The functions of migrateFrom stop so too, and have no --restart.
      fix: expect.stringMatching(/--restart; with migrateFrom, /),
    },
  });
  expect(parked).toHaveLength(125);
  expect(cursors).toEqual(["k100024", "k100049", "k100074", "k100099"]);
});

test("10,000 parked items don't stop a copy", async () => {
  const { tables, run } = copyOf(2, 9_999, (given) => {
    if (given.pk?.S === "k100000") throw new Error("no");
    return given;
  });
  await run();
  expect(tables.items("new")).toEqual([keyed(1)]);
});

test("many that were parked before don't stop a copy that parks nothing", async () => {
  const { tables, run } = copyOf(2, 50_000, (given) => given);
  await run();
  expect(tables.items("new")).toEqual([keyed(0), keyed(1)]);
});

test("keys that are written or left out are parked no longer", async () => {
  const { unparked, run } = copyOf(3, 3, (given) => {
    if (given.pk?.S === "k100002") throw new Error("no");
    return given.pk?.S === "k100001" ? undefined : given;
  });
  await run();
  expect(unparked.sort()).toEqual(["k100000", "k100001"]);
});
