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
import { refused, thrownBy } from "../../support/refused";
import { ALIASES, AUDIT_TEXTS, VERSIONS } from "../../support/refused-inputs";
import { noClient } from "./no-client";

test.each(ALIASES)(
  "alias %j is refused before any request, with one error",
  async (alias, _name, shown) => {
    const { payload } = thrownBy(() => assertAlias(alias), "swap.alias-invalid");
    expect(JSON.stringify(payload.alias)).toBe(shown);
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
      expect((await refused(operation(), "swap.alias-invalid")).payload).toEqual(payload);
    expect(asked).toEqual([]);
  },
);

test.each(["a", "A.b-c_9", "orders_v4", "_", "-", ".", "a".repeat(MAX_ALIAS_LENGTH)])(
  "alias %j is accepted",
  (alias) => expect(() => assertAlias(alias)).not.toThrow(),
);

test.each(VERSIONS)(
  "version %p is refused before any request, with one error",
  async (version, _name, shown) => {
    const { payload } = thrownBy(() => assertVersion(version), "swap.version-out-of-range");
    expect(payload).toEqual({ value: shown, rule: versionRule(version), source: "input" });
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
      expect((await refused(operation(), "swap.version-out-of-range")).payload).toEqual(payload);
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
  expect(error.payload.alias).toBe(alias);
  expect(error.payload.rule).toContain(`"${alias}_v10"`);
  expect(asked).toEqual([]);
});

test.each(AUDIT_TEXTS)(
  "audit text %p is refused before any request, with one error",
  async (text, name, value) => {
    const { payload } = thrownBy(() => assertAuditText(name, text), "swap.input-invalid");
    expect(payload).toMatchObject({ name, value });
    const { ref, asked } = noClient();
    for (const name of ["reason", "actor"]) {
      const audit = { [name]: text as string };
      for (const operation of [
        () => setActive(ref, "orders", 4, audit),
        () => seedActive(ref, "orders", 4, audit),
        () => rollback(ref, "orders", { from: 4, to: 3, ...audit }),
      ])
        expect((await refused(operation(), "swap.input-invalid")).payload).toEqual({
          ...payload,
          name,
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
