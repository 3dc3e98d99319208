import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { canonicalItem, canonicalValue, type Item, sameForm } from "../../../src/items";

const bytes = (...values: number[]) => Uint8Array.from(values);

test.each<[string, AttributeValue, AttributeValue]>([
  ["numbers in other spellings", { N: "1.50" }, { N: "15e-1" }],
  ["38 digits in other spellings", { N: "1".repeat(38) }, { N: `${"1".repeat(38)}.0` }],
  ["sets of text in another order", { SS: ["a", "b"] }, { SS: ["b", "a"] }],
  ["sets of numbers, spelt and ordered otherwise", { NS: ["1", "2.0"] }, { NS: ["2", "1e0"] }],
  ["sets of binaries in another order", { BS: [bytes(1), bytes(2)] }, { BS: [bytes(2), bytes(1)] }],
  [
    "maps in another order",
    { M: { a: { N: "1" }, b: { L: [] } } },
    { M: { b: { L: [] }, a: { N: "1.0" } } },
  ],
  ["a Buffer and its bytes", { B: Buffer.from([0, 255]) }, { B: bytes(0, 255) }],
])("%s are equal", (_what, one, other) => {
  expect(canonicalValue(one)).toBe(canonicalValue(other));
});

test("of the same form are values that are written alike, whatever the order of names", () => {
  const alike = (one: AttributeValue, other: AttributeValue) => sameForm({ a: one }, { a: other });
  expect(alike({ N: "1.50" }, { N: "1.5" })).toBe(false);
  expect(
    alike({ M: { a: { N: "1" }, b: { L: [] } } }, { M: { b: { L: [] }, a: { N: "1" } } }),
  ).toBe(true);
  expect(alike({ B: Buffer.from([0, 255]) }, { B: bytes(0, 255) })).toBe(true);
  expect(alike({ BS: [bytes(1)] }, { BS: [bytes(1), bytes(2)] })).toBe(false);
  expect(alike({ NULL: true }, { NULL: true })).toBe(true);
  for (const inherited of ["__proto__", "constructor"]) {
    const item = JSON.parse(`{ "${inherited}": { "S": "x" } }`);
    expect([sameForm(item, {}), sameForm({}, item), sameForm(item, item)]).toEqual([
      false,
      false,
      true,
    ]);
  }
});

test("values that differ in type, order of a list or last digit differ", () => {
  const values: AttributeValue[] = [
    { S: "1" },
    { N: "1" },
    { N: "11111111111111111111111111111111111111" },
    { N: "11111111111111111111111111111111111112" },
    { S: "" },
    { B: bytes() },
    { B: bytes(49) },
    { BOOL: true },
    { BOOL: false },
    { NULL: true },
    { SS: ["1"] },
    { NS: ["1"] },
    { BS: [bytes(49)] },
    { SS: [] },
    { NS: [] },
    { L: [] },
    { M: {} },
    { L: [{ S: "a" }, { S: "b" }] },
    { L: [{ S: "b" }, { S: "a" }] },
    { L: [{ L: [{ S: "a" }] }, { S: "b" }] },
    { M: { a: { S: "b" } } },
    { M: { a: { M: { a: { S: "b" } } } } },
    { S: "1:a" },
    { SS: ["a", "b"] },
    { SS: ["a1:b"] },
    { $unknown: ["X", 1] },
  ];
  expect(new Set(values.map(canonicalValue)).size).toBe(values.length);
  for (const one of values.slice(0, -1))
    expect(values.filter((other) => sameForm({ a: one }, { a: other }))).toEqual([one]);
});

const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ any: AttributeValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.record({ S: fc.string() }),
    fc.integer().map((n) => ({ N: String(n) })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.uint8Array({ maxLength: 3 }).map((B) => ({ B })),
    fc.uniqueArray(fc.string(), { maxLength: 3 }).map((SS) => ({ SS })),
    fc.array(tie("any"), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(fc.string(), tie("any"), { maxKeys: 3 }).map((M) => ({ M })),
  ),
})).any;

test("an item equals itself with its attributes and sets in another order, and no other", () => {
  const item = fc.dictionary(fc.string(), value, { maxKeys: 4 });
  fc.assert(
    fc.property(item, item, (one, other) => {
      expect(canonicalItem(reversed(one))).toBe(canonicalItem(one));
      expect(canonicalItem(one) === canonicalItem(other)).toBe(plain(one) === plain(other));
      expect(sameForm(one, structuredClone(one))).toBe(true);
      if (sameForm(one, other)) expect(plain(one)).toBe(plain(other));
    }),
  );
});

test.each([5, 24, 25, 200])(
  "a set of %i members and a map of as many are equal in any order",
  (count) => {
    const names = Array.from({ length: count }, (_, index) => `n${(index * 7) % count}é${index}`);
    const mapOf = (keys: string[]): Item =>
      Object.fromEntries(keys.map((name): [string, AttributeValue] => [name, { S: name }]));
    const of = (keys: string[]): Item => ({ set: { SS: keys }, map: { M: mapOf(keys) } });
    const text = canonicalItem(of(names));
    expect(canonicalItem(of(names.toReversed()))).toBe(text);
    expect(canonicalItem(of(names.toSorted()))).toBe(text);
    expect(canonicalItem(of(names.slice(1)))).not.toBe(text);
  },
);

const reversed = (item: Item): Item =>
  Object.fromEntries(
    Object.entries(item)
      .reverse()
      .map(([name, each]) => [name, each.SS ? { SS: [...each.SS].reverse() } : each]),
  );

/** The generated values in one order: a second way to decide equality. */
function plain(of: unknown): string {
  return JSON.stringify(of, (name, each) => {
    if (each instanceof Uint8Array) return [...each];
    if (name === "SS") return [...each].sort();
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    return Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1));
  });
}
