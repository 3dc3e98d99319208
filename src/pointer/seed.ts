import { match, SwapError } from "../errors";
import { type MoveNotes, moveUpdate, newEntry } from "./advance";
import { type Moved, move } from "./move";
import { assertVersion } from "./names/version";
import { parseRow } from "./row";
import type { WritableControlTableRef } from "./store";

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
  notes: MoveNotes = {},
): Promise<Moved | undefined> {
  assertVersion(version);
  const entry = newEntry(ref, version, "seed", notes);
  try {
    return await move(ref, entry, {
      alias,
      update: moveUpdate(entry, { condition: "attribute_not_exists(pk)" }),
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
