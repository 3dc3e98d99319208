import { keepsKeys, type Mapping, mapItem, type Transform } from "../../../src/migration";

const mapping = (transform?: unknown): Mapping => ({
  transform: transform as Transform | undefined,
  context: { alias: "orders", from: 1, to: 2 },
  sourceSchema: [{ name: "pk", type: "S" }],
  targetSchema: [
    { name: "pk", type: "S" },
    { name: "sk", type: "N" },
  ],
  target: "orders_v2",
});
const item = { pk: { S: "a" }, sk: { N: "1" } };

test("a transform gets the migration, and may be asynchronous", async () => {
  const seen: unknown[] = [];
  const mapped = await mapItem(
    item,
    mapping(async (given: object, context: unknown) => {
      seen.push(context);
      return { ...given, more: { S: "b" } };
    }),
  );
  expect(seen).toEqual([{ alias: "orders", from: 1, to: 2 }]);
  expect(mapped).toEqual({
    kind: "item",
    item: { ...item, more: { S: "b" } },
    key: item,
    id: expect.any(String),
  });
});

test.each([undefined, null, Promise.resolve(undefined)])(
  "%p leaves the item out",
  async (result) => {
    expect(
      await mapItem(
        item,
        mapping(() => result),
      ),
    ).toEqual({ kind: "left-out" });
  },
);

test.each<[string, unknown, string]>([
  ["plain values", { pk: "a" }, 'attribute "pk" in another form'],
  ["a nested plain value", { ...item, m: { M: { a: 1 } } }, 'attribute "m" in another form'],
  ["the name of an inherited method", { ...item, m: { toString: 1 } }, 'attribute "m" in another'],
  ["a list as a map", { ...item, m: { M: [{ S: "a" }] } }, 'attribute "m" in another form'],
  ["binary as a map", { ...item, m: { M: new Uint8Array(0) } }, 'attribute "m" in another form'],
  ["a list", [item], "a list, want an item or undefined"],
  ["text", "hunter2", "string, want an item or undefined"],
  ["no key", { pk: { S: "a" } }, 'lacks the key of "orders_v2", "pk" (S) and "sk" (N)'],
  ["a key of another type", { pk: { S: "a" }, sk: { S: "1" } }, 'lacks the key of "orders_v2"'],
  ["an empty key", { pk: { S: "" }, sk: { N: "1" } }, 'lacks the key of "orders_v2"'],
])("%s are a failure with a reason that shows no value", async (_what, result, reason) => {
  const mapped = await mapItem(
    item,
    mapping(() => result),
  );
  expect(mapped).toEqual({ kind: "failed", reason: expect.stringContaining(reason) });
  expect(JSON.stringify(mapped)).not.toContain("hunter2");
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no\n  total");
    },
  ],
  [
    "rejects",
    async () => {
      throw new Error("no\n  total");
    },
  ],
])("one that %s is a failure with its message on one line", async (_what, transform) => {
  expect(await mapItem(item, mapping(transform))).toEqual({
    kind: "failed",
    reason: "the transform threw: no total",
  });
});

test("an item that is copied unchanged has to hold the target's key", () => {
  expect(mapItem(item, mapping())).toMatchObject({ kind: "item", item });
  expect(mapItem({ pk: { S: "a" } }, mapping())).toMatchObject({ kind: "failed" });
});

test("keys are kept only without a transform and with the same key", () => {
  const same = { ...mapping(), targetSchema: mapping().sourceSchema };
  expect(keepsKeys(same)).toBe(true);
  expect(keepsKeys(mapping())).toBe(false);
  expect(keepsKeys({ ...same, transform: (given) => given })).toBe(false);
});
