import { declaredVersions, firstTableOf, type Versions } from "../../../src/component/versions";
import { thrownBy } from "../../support/refused";
import { VERSION_LISTS } from "../../support/refused-inputs";

const recovering = { pointInTimeRecovery: { enabled: true } };

const declared = (versions: unknown, table = {}) =>
  declaredVersions("orders", versions as Versions, table);

test("a number and a moment become the aws provider's arguments", () => {
  const versions = {
    6: { restoreFrom: { version: 4, at: "2026-01-14T08:00:00Z" } },
    5: { restoreFrom: 4, tableClass: "STANDARD" },
    4: recovering,
  };
  expect(declared(versions)).toEqual([
    { version: 4, table: "orders_v4", overrides: recovering },
    {
      version: 5,
      table: "orders_v5",
      overrides: { tableClass: "STANDARD" },
      restore: {
        source: 4,
        args: { restoreSourceName: "orders_v4", restoreToLatestTime: true },
      },
    },
    {
      version: 6,
      table: "orders_v6",
      overrides: {},
      restore: {
        source: 4,
        args: { restoreSourceName: "orders_v4", restoreDateTime: "2026-01-14T08:00:00Z" },
      },
    },
  ]);
});

test("a source that is declared elsewhere, or recovers by the shared arguments, is fine", () => {
  expect(declared({ 6: { restoreFrom: 4 } })).toHaveLength(1);
  expect(declared({ 4: {}, 6: { restoreFrom: 4 } }, recovering)).toHaveLength(2);
});

test("adopt is no argument of the table", () => {
  expect(declared({ 3: { adopt: true }, 4: { adopt: false } })).toEqual([
    { version: 3, table: "orders_v3", overrides: {}, adopt: true },
    { version: 4, table: "orders_v4", overrides: {} },
  ]);
});

test("a name is the table of version 1, and the source of a restore", () => {
  const versions = {
    1: { ...recovering, name: "customers", adopt: true },
    2: { restoreFrom: 1 },
  };
  const all = declared(versions);
  expect(all.map(({ table, overrides }) => ({ table, overrides }))).toEqual([
    { table: "customers", overrides: recovering },
    { table: "orders_v2", overrides: {} },
  ]);
  expect(all[1]?.restore?.args).toMatchObject({ restoreSourceName: "customers" });
  expect(firstTableOf("orders", all)).toBe("customers");
  expect(firstTableOf("orders", declared([1, 2]))).toBeUndefined();
});

test("a name without adopt would be a new table's, and is refused", () => {
  const { payload } = thrownBy(() => declared({ 1: { name: "customers" } }), "swap.input-invalid");
  expect(payload).toMatchObject({ name: "versions.1.name", value: '"customers"' });
});

test.each(VERSION_LISTS)("refuses %j", (versions, name, value) => {
  const code = name === "version" ? "swap.version-out-of-range" : "swap.input-invalid";
  const { payload } = thrownBy(() => declared(versions), code);
  expect(payload).toMatchObject(name === "version" ? { value } : { name, value });
});
