import { match, SwapError } from "../errors";
import type { WritableControlTableRef } from "./control-table-ref";
import { assertVersion } from "./names/version";
import { parseRow } from "./row";
import { type AuditInfo, newHistoryEntry } from "./update-expression";
import { type PointerUpdate, updatePointer } from "./update-pointer";

/**
 * Gives an alias its first version with `at` = 0, only if it has no row: a live pointer, ahead or
 * behind, is left unchanged. A malformed row is an error, not a live pointer.
 *
 * @returns the update, or undefined when the alias already had a row
 * @throws SwapError as `setActive`, without its refusals
 */
export async function seedActive(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  audit: AuditInfo = {},
): Promise<PointerUpdate | undefined> {
  assertVersion(version);
  const entry = newHistoryEntry(ref, version, "seed", audit);
  try {
    return await updatePointer(ref, entry, {
      alias,
      parts: { condition: "attribute_not_exists(pk)" },
      refusal: (raw) =>
        raw &&
        new SwapError("swap.expectation-failed", {
          alias,
          requested: version,
          expected: 0,
          active: parseRow(ref.controlTable, alias, raw).version,
        }),
    });
  } catch (error) {
    if (match(error, "swap.expectation-failed")) return undefined;
    throw error;
  }
}
