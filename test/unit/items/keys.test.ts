import type { TableDescription } from "@aws-sdk/client-dynamodb";
import {
  type Item,
  type KeySchema,
  keyFault,
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

test.each<[string, Item, string | undefined]>([
  ["38 digits", item("a", "9".repeat(38)), undefined],
  ["39 digits", item("a", "1".repeat(39)), "39 digits"],
  ["38 digits and zeros", item("a", `0${"1".repeat(38)}000.0`), undefined],
  ["zero", item("a", "0.00"), undefined],
  ["the smallest number", item("a", "-1e-130"), undefined],
  ["a smaller number", item("a", "9.9e-131"), "out of range"],
  ["the greatest number", item("a", `${"9".repeat(38)}e88`), undefined],
  ["a greater number", item("a", "1e126"), "out of range"],
  ["no number", item("a", "NaN"), "no number"],
  ["a spaced number", item("a", "1 2"), "no number"],
  ["2,048 bytes", item("é".repeat(1_024), "1"), undefined],
  ["2,049 bytes", item(`${"é".repeat(1_024)}a`, "1"), "2049 bytes"],
])("whether DynamoDB holds a key of %s", (_what, key, fault) => {
  const found = keyFault(key, schema);
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(fault);
});

test("a sort key is shorter than a partition key", () => {
  const pair: KeySchema = [
    { name: "pk", type: "B" },
    { name: "sk", type: "B" },
  ];
  const bytes = (length: number) => ({ B: new Uint8Array(length) });
  expect(keyFault({ pk: bytes(2_048), sk: bytes(1_024) }, pair)).toBeUndefined();
  expect(keyFault({ pk: bytes(2_048), sk: bytes(1_025) }, pair)).toContain('"sk" has 1025 bytes');
});
