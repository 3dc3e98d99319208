import type { TableDescription } from "@aws-sdk/client-dynamodb";
import {
  type Item,
  type KeySchema,
  keyIdentity,
  keyList,
  keyOf,
  keySchemaFrom,
  keyText,
} from "../../../src/items";

const schema: KeySchema = [
  { name: "pk", type: "S" },
  { name: "sk", type: "N" },
];
const item = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { N: sk } });

test("a key is equal to itself in another spelling, and to no other", () => {
  expect(keyIdentity(item("a", "1.0"), schema)).toBe(keyIdentity(item("a", "1"), schema));
  const others = [item("a", "1"), item("a", "10"), item("a1", "0"), item('a","1', "1")];
  expect(new Set(others.map((each) => keyIdentity(each, schema))).size).toBe(others.length);
});

test("an item without a key has a distinct identity", () => {
  expect(keyIdentity({}, schema)).toBe('["",""]');
  expect(keyIdentity({}, schema)).not.toBe(keyIdentity(item("a", "1"), schema));
});

test("a key holds only the key attributes, of their types and not empty", () => {
  expect(keyOf({ ...item("a", "1"), other: { S: "x" } }, schema)).toEqual(item("a", "1"));
  expect(keyOf({ pk: { S: "a" } }, schema)).toBeUndefined();
  expect(keyOf({ pk: { S: "a" }, sk: { S: "1" } }, schema)).toBeUndefined();
  expect(keyOf(item("", "1"), schema)).toBeUndefined();
  const binary: KeySchema = [{ name: "b", type: "B" }];
  expect(keyOf({ b: { B: new Uint8Array() } }, binary)).toBeUndefined();
});

test("a key is shown on one line, long values cut by whole characters", () => {
  expect(keyText(item('say "hi"\n', "1.50"), schema)).toBe('{"pk":"say \\"hi\\"\\n","sk":1.50}');
  expect(keyText(item("😀".repeat(61), "1"), schema)).toBe(`{"pk":"${"😀".repeat(60)}…","sk":1}`);
});

test("three keys are listed, further ones counted", () => {
  expect(keyList(["a", "b", "c"])).toBe("a, b, c");
  expect(keyList(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
});

test("a key value of 60 characters is shown whole, and one that is not there as nothing", () => {
  const [pk] = schema;
  const text = (value: Item) => keyText(value, [pk as KeySchema[number]]);
  expect(text({ pk: { S: "x".repeat(60) } })).toBe(`{"pk":"${"x".repeat(60)}"}`);
  expect(text({ pk: { S: "x".repeat(61) } })).toBe(`{"pk":"${"x".repeat(60)}…"}`);
  expect(text({})).toBe('{"pk":""}');
});

const key = (AttributeName: string) => ({ AttributeName, KeyType: "HASH" as const });
const pkDefined = [{ AttributeName: "pk", AttributeType: "S" as const }];

test.each<[string, TableDescription | undefined]>([
  ["nothing", undefined],
  ["no key", {}],
  ["an empty key", { KeySchema: [], AttributeDefinitions: pkDefined }],
  ["a key without types", { KeySchema: [key("pk")] }],
  [
    "a key with one type of two",
    { KeySchema: [key("pk"), key("sk")], AttributeDefinitions: pkDefined },
  ],
])("a description with %s has no key", (_what, description) => {
  expect(() => keySchemaFrom("orders_v5", description)).toThrow(/DescribeTable .*"orders_v5"/);
});
