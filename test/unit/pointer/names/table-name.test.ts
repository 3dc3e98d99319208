import fc from "fast-check";
import {
  assertAlias,
  MAX_ALIAS_LENGTH,
  MAX_TABLE_NAME_LENGTH,
  tableName,
  versionOfTable,
} from "../../../../src/pointer";
import { thrownBy } from "../../../support/refused";

const letters = [..."abcxyzABCXYZ0123456789_.-v"];
const aliases = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength });
const versions = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 1, max: 120 }));

test("the table of a version names it: there and back for any alias and safe integer", () => {
  fc.assert(
    fc.property(aliases(200), versions, (alias, version) => {
      const table = tableName(alias, version);
      expect(table).toBe(`${alias}_v${version}`);
      expect(table).toMatch(/^[A-Za-z0-9_.-]{3,255}$/);
      expect(versionOfTable(alias, table)).toBe(version);
    }),
  );
});

test("no two versions, and no other alias's version, share a table with it", () => {
  fc.assert(
    fc.property(aliases(12), versions, aliases(12), versions, (a, m, b, n) => {
      if (tableName(a, m) === tableName(b, n)) expect([a, m]).toEqual([b, n]);
      const other = versionOfTable(a, tableName(b, n));
      if (other !== undefined) expect([a, other]).toEqual([b, n]);
    }),
  );
});

test("a table that counts as a version of an alias has exactly that version's name", () => {
  const tails = fc.oneof(
    fc.string(),
    fc.stringMatching(/^_v-?[0-9]{1,20}$/),
    fc.constantFrom("_v", "_v01", "_v+1", "_v1e3", "_v0x1", "_v1.0", "_v 1", "_v-0", "_v1_v1"),
  );
  fc.assert(
    fc.property(aliases(12), tails, (alias, tail) => {
      const version = versionOfTable(alias, alias + tail);
      if (version !== undefined) expect(alias + tail).toBe(tableName(alias, version));
    }),
  );
});

test.each([
  ["orders", "orders_v4", 4],
  ["orders", "orders_v0", 0],
  ["orders", "orders_v-3", -3],
  ["orders_v4", "orders_v4_v5", 5],
  ["orders", "orders_v4_v5", undefined],
  ["orders", "orders_v04", undefined],
  ["orders", "orders_v", undefined],
  ["orders", "orders", undefined],
  ["orders", "orders_v4.0", undefined],
  ["orders", "orders_v1e3", undefined],
  ["orders", "orders_v-0", undefined],
  ["orders", "orders_vNaN", undefined],
  ["orders", "orders_vInfinity", undefined],
  ["orders", "orders_v9007199254740991", Number.MAX_SAFE_INTEGER],
  ["orders", "orders_v9007199254740992", undefined],
  ["orders", "ORDERS_v4", undefined],
  ["order", "orders_v4", undefined],
])("of alias %s, table %s is version %p", (alias, table, version) => {
  expect(versionOfTable(alias, table)).toBe(version);
});

test("an alias is refused exactly if its tables can't be named after it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 8 }), (alias) => {
      if (/^[A-Za-z0-9_.-]+$/.test(alias) && !alias.includes("\n"))
        expect(() => assertAlias(alias)).not.toThrow();
      else thrownBy(() => tableName(alias, 1), "swap.alias-invalid");
    }),
  );
});

test("a name is at most 255 characters, whichever of the two makes it longer", () => {
  fc.assert(
    fc.property(fc.integer({ min: 230, max: MAX_ALIAS_LENGTH }), versions, (length, version) => {
      const alias = "a".repeat(length);
      if (`${alias}_v${version}`.length <= MAX_TABLE_NAME_LENGTH)
        expect(tableName(alias, version).length).toBeLessThanOrEqual(255);
      else thrownBy(() => tableName(alias, version), "swap.alias-invalid");
    }),
  );
});
