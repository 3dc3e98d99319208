import { declaredVersions, type Versions } from "../../../src/component/versions";
import { isSwapError } from "../../../src/errors";

const recovering = { pointInTimeRecovery: { enabled: true } };

const declared = (versions: unknown, table = {}) =>
  declaredVersions("orders", versions as Versions, table);

function lineOf(versions: unknown, table = {}): string {
  try {
    declared(versions, table);
  } catch (error) {
    if (isSwapError(error)) return error.line;
    throw error;
  }
  return "(nothing was refused)";
}

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

test.each([
  [[], /^no versions given; declare at least one for alias "orders"/],
  [[3, 3], /versions 3 is not valid: it is declared twice; declare each version once/],
  [{ "03": {} }, /version "03" is not valid/],
  [
    { 6: { restoreFrom: 6 } },
    /versions\.6\.restoreFrom 6 is not valid: version 6 can only be restored from a smaller one; name the version/,
  ],
  [{ 6: { restoreFrom: 7 } }, /can only be restored from a smaller one/],
  [{ 6: { restoreFrom: "4" } }, /version "4" is not valid: it is text, want a number/],
  [{ 6: { restoreFrom: { version: 0 } } }, /version 0 is not valid/],
  [
    { 6: { restoreFrom: { version: 4, at: "yesterday" } } },
    /versions\.6\.restoreFrom\.at "yesterday" is not valid: want a moment with date, time and zone; use a form such as/,
  ],
  [{ 6: { restoreFrom: { version: 4, at: "2026-01-14" } } }, /want a moment/],
  [{ 6: { restoreFrom: { version: 4, at: "2026-13-14T08:00:00Z" } } }, /want a moment/],
  [
    { 4: {}, 6: { restoreFrom: 4 } },
    /versions\.6\.restoreFrom 4 is not valid: the table of version 4 has no point-in-time recovery; set pointInTimeRecovery: \{ enabled: true \} on version 4/,
  ],
  [
    { 4: { pointInTimeRecovery: { enabled: false } }, 6: { restoreFrom: 4 } },
    /has no point-in-time recovery/,
  ],
])("refuses %j", (versions, line) => {
  expect(lineOf(versions)).toMatch(line);
});
