import fc from "fast-check";
import { isSwapError } from "../../../src/errors";
import {
  assertAlias,
  findActive,
  getActive,
  MAX_ALIAS_LENGTH,
  MAX_TABLE_NAME_LENGTH,
  tableName,
  type WritableControlTableRef,
} from "../../../src/pointer";
import { refused } from "../../support/refused";

function codeOf(doing: () => unknown): string {
  try {
    doing();
    return "accepted";
  } catch (error) {
    if (!isSwapError(error)) throw error;
    return error.code;
  }
}

test("an alias is accepted exactly if DynamoDB accepts the name of its first table", () => {
  const mixed = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 8 }),
    fc.stringMatching(/^[A-Za-z0-9_.-]{0,255}$/),
    fc.stringMatching(/^[A-Za-z0-9_.-]{1,4}[\n /]?$/),
  );
  fc.assert(
    fc.property(mixed, (alias) => {
      const allowed = [...alias].every((letter) =>
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-".includes(letter),
      );
      const fits = alias !== "" && `${alias}_v1`.length <= MAX_TABLE_NAME_LENGTH;
      const want = allowed && fits ? "accepted" : "swap.alias-invalid";
      expect(codeOf(() => assertAlias(alias))).toBe(want);
      expect(codeOf(() => tableName(alias, 1))).toBe(want);
    }),
    { numRuns: 500 },
  );
});

test("a table name ends at 255 characters, whichever of its two parts makes it longer", () => {
  const lengths = fc.integer({ min: 230, max: MAX_ALIAS_LENGTH });
  fc.assert(
    fc.property(lengths, fc.maxSafeInteger(), (length, version) => {
      const alias = "a".repeat(length);
      const fits = `${alias}_v${version}`.length <= MAX_TABLE_NAME_LENGTH;
      const got = codeOf(() => tableName(alias, version));
      expect(got).toBe(fits ? "accepted" : "swap.alias-invalid");
    }),
  );
});

test.each(["orders\n", "../orders", "orders\u0000", "ｏrders"])(
  "the readers refuse alias %j before a request",
  async (alias) => {
    const send = jest.fn();
    const ref = { client: { send }, controlTable: "swap" } as unknown as WritableControlTableRef;
    for (const read of [findActive, getActive])
      await refused(read(ref, alias), "swap.alias-invalid");
    expect(send).not.toHaveBeenCalled();
  },
);
