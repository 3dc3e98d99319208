import {
  assertAlias,
  assertAuditText,
  assertVersion,
  findActive,
  getActive,
  liftBar,
  MAX_ALIAS_LENGTH,
  MAX_AUDIT_TEXT_LENGTH,
  permitDeletion,
  releaseActive,
  reopenVersions,
  resolveTable,
  rollback,
  seedActive,
  setActive,
  tableName,
  versionRule,
} from "../../../src/pointer";
import { refused } from "../../support/refused";
import { noClient } from "./no-client";
import { thrownBy } from "./thrown-by";

const aliasHint =
  "use letters, digits, '_', '-' and '.', short enough for <alias>_v<N> to be a table name";
const notAllowed = "is not allowed in a DynamoDB table name";
const long = "a".repeat(MAX_ALIAS_LENGTH + 1);

const badAliases: [unknown, string, string][] = [
  ["a/b", '"a/b"', `"/" ${notAllowed}`],
  ["a b", '"a b"', `" " ${notAllowed}`],
  ["a\nb", '"a\\nb"', `"\\n" ${notAllowed}`],
  ["orders\n", '"orders\\n"', `"\\n" ${notAllowed}`],
  ["ünï", '"ünï"', `"ü" ${notAllowed}`],
  ["a😀", '"a😀"', `"😀" ${notAllowed}`],
  ["", '""', "it is empty"],
  [long, `"${long}"`, 'it has 253 characters, at most 252 leave room for "_v1"'],
  [null, '""', "it is null, not text"],
  [undefined, '""', "it is undefined, not text"],
  [7, '"7"', "it is number, not text"],
  [true, '"true"', "it is boolean, not text"],
  [Object.create(null), '"{}"', "it is object, not text"],
];

test.each(badAliases)(
  "alias %j is refused in one line, before any request",
  async (alias, shown, rule) => {
    const line = `alias ${shown} is not valid: ${rule}; ${aliasHint}`;
    expect(thrownBy(() => assertAlias(alias), "swap.alias-invalid").line).toBe(line);
    const { ref, asked } = noClient();
    const bad = alias as string;
    for (const operation of [
      () => findActive(ref, bad),
      () => getActive(ref, bad),
      () => resolveTable(ref, bad),
      () => setActive(ref, bad, 4),
      () => seedActive(ref, bad, 4),
      () => rollback(ref, bad, { from: 4, to: 3 }),
      () => liftBar(ref, bad, 4),
      () => permitDeletion(ref, bad, 4, () => {}),
      () => reopenVersions(ref, bad, [4]),
      () => releaseActive(ref, bad, 4),
    ])
      expect((await refused(operation(), "swap.alias-invalid")).line).toBe(line);
    expect(asked).toEqual([]);
  },
);

test.each(["a", "A.b-c_9", "orders_v4", "_", "-", ".", "a".repeat(MAX_ALIAS_LENGTH)])(
  "alias %j is accepted",
  (alias) => expect(() => assertAlias(alias)).not.toThrow(),
);

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const want = "pass a whole number such as 4";
const badVersions: [unknown, string, string][] = [
  [0, "0", "want 1 or greater"],
  [-0, "0", "want 1 or greater"],
  [-1, "-1", "want 1 or greater"],
  [1.5, "1.5", "want a whole number"],
  [2 ** 53, "9007199254740992", "want at most 9007199254740991 (2^53-1)"],
  [1e300, "1e+300", "want at most 9007199254740991 (2^53-1)"],
  ["4", '"4"', "it is text, want a number without quotes"],
  ["", '""', "it is text, want a number without quotes"],
  [Number.NaN, "NaN", "it is not a number"],
  [Number.POSITIVE_INFINITY, "Infinity", "want a whole number"],
  [Number.NEGATIVE_INFINITY, "-Infinity", "want a whole number"],
  [null, "null", "it is null, want a number"],
  [undefined, "(none)", "it is undefined, want a number"],
  [true, "true", "it is boolean, want a number"],
  [4n, "4", "it is bigint, want a number"],
  [{}, "{}", "it is object, want a number"],
  [[4], "[4]", "it is object, want a number"],
  [Object.create(null), "{}", "it is object, want a number"],
  [() => 4, "(a function)", "it is function, want a number"],
  [cyclic, "(an object)", "it is object, want a number"],
  [{ toJSON: () => undefined }, "(an object)", "it is object, want a number"],
];

test.each(badVersions)(
  "version %p is refused in one line, before any request",
  async (version, shown, rule) => {
    const missing = shown === "(none)";
    const line = `${missing ? "no version given" : `version ${shown} is not valid: ${rule}`}; ${want}`;
    expect(versionRule(version)).toBe(rule);
    const error = thrownBy(() => assertVersion(version), "swap.version-out-of-range");
    expect(error.payload).toEqual({ value: shown, rule, source: "input" });
    const { ref, asked } = noClient();
    const bad = version as number;
    for (const operation of [
      () => setActive(ref, "orders", bad),
      () => seedActive(ref, "orders", bad),
      () => rollback(ref, "orders", { from: bad, to: 3 }),
      () => rollback(ref, "orders", { from: 4, to: bad }),
      () => liftBar(ref, "orders", bad),
      () => permitDeletion(ref, "orders", bad, () => {}),
      () => reopenVersions(ref, "orders", [4, bad]),
      () => releaseActive(ref, "orders", bad),
    ])
      expect((await refused(operation(), "swap.version-out-of-range")).line).toBe(line);
    // An expectation left out, as `undefined` too, expects nothing.
    if (version !== undefined)
      await refused(setActive(ref, "orders", 4, { expect: bad }), "swap.version-out-of-range");
    expect(asked).toEqual([]);
  },
);

test.each([1, 42, Number.MAX_SAFE_INTEGER])("version %d is accepted", (version) => {
  expect(versionRule(version)).toBeUndefined();
  expect(() => assertVersion(version)).not.toThrow();
});

test("an alias that leaves no room for a longer version's table is refused with that version", async () => {
  const alias = "a".repeat(MAX_ALIAS_LENGTH);
  expect(tableName(alias, 9)).toHaveLength(255);
  const { ref, asked } = noClient();
  const error = await refused(setActive(ref, alias, 10), "swap.alias-invalid");
  expect(error.payload.rule).toBe(
    `table name "${alias}_v10" has 256 characters, at most 255 are allowed`,
  );
  expect(asked).toEqual([]);
});

const noteFix = "shorten it, or leave it out";
const badNotes: [unknown, string, string][] = [
  ["", '""', "it is empty"],
  [" \n ", '" \\n "', "it is empty"],
  [
    "x".repeat(MAX_AUDIT_TEXT_LENGTH + 1),
    `"${"x".repeat(40)}"`,
    "it has 257 characters, at most 256 are kept",
  ],
  [null, "null", "it is null, not text"],
  [7, "7", "it is number, not text"],
  [{ a: 1 }, '{"a":1}', "it is object, not text"],
  [() => {}, "(a function)", "it is function, not text"],
  [4n, "4", "it is bigint, not text"],
];

test.each(badNotes)(
  "audit text %p is refused in one line, before any request",
  async (text, shown, rule) => {
    expect(thrownBy(() => assertAuditText("reason", text), "swap.input-invalid").line).toBe(
      `reason ${shown} is not valid: ${rule}; ${noteFix}`,
    );
    const { ref, asked } = noClient();
    for (const name of ["reason", "actor"]) {
      const audit = { [name]: text as string };
      for (const operation of [
        () => setActive(ref, "orders", 4, audit),
        () => seedActive(ref, "orders", 4, audit),
        () => rollback(ref, "orders", { from: 4, to: 3, ...audit }),
      ])
        expect((await refused(operation(), "swap.input-invalid")).payload).toEqual({
          name,
          value: shown,
          rule,
          fix: noteFix,
        });
    }
    expect(asked).toEqual([]);
  },
);

test.each([undefined, "x", "ü".repeat(MAX_AUDIT_TEXT_LENGTH), "two\nlines"])(
  "audit text %j is accepted",
  (text) => {
    expect(() => assertAuditText("reason", text)).not.toThrow();
  },
);
