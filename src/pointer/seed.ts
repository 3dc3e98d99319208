import { match, SwapError } from "../errors";
import { assertVersion } from "./names/version";
import { type AuditInfo, newEntry, pointerUpdate } from "./pointer-update";
import { parseRow } from "./row";
import type { WritableControlTableRef } from "./store";
import { type PointerUpdate, updatePointer } from "./update-pointer";

/**
 * Gives an alias its first version with `at` = 0, only where it has no row: a live pointer, ahead
 * or behind, is left as it is. A malformed row is told, not taken for a live pointer.
 *
 * @returns the move, or undefined when the alias had a row already
 * @throws SwapError as `setActive`, without its refusals
 */
export async function seedActive(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  notes: AuditInfo = {},
): Promise<PointerUpdate | undefined> {
  assertVersion(version);
  const entry = newEntry(ref, version, "seed", notes);
  try {
    return await updatePointer(ref, entry, {
      alias,
      update: pointerUpdate(entry, { condition: "attribute_not_exists(pk)" }),
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
