import { SwapError } from "../errors";
import { defined } from "../validation";
import { type MoveNotes, moveUpdate, newEntry } from "./advance";
import { type Moved, move, rowBehind } from "./move";
import { assertVersion } from "./names/version";
import type { PointerRow } from "./row";
import type { WritableControlTableRef } from "./store";

export interface SetOptions extends MoveNotes {
  /** Set only while this version is the active one (compare-and-swap). */
  expect?: number;
}

/**
 * Makes `version` the active one: one conditional UpdateItem, applied only when the alias has no
 * active version or a smaller one, and never when the version is barred. Setting the active version
 * again is refused like any other that is not greater.
 *
 * @param version whole number from 1 to 2^53-1
 * @returns the move, once it is certain that it was applied
 * @throws SwapError `swap.version-regressed`, `swap.version-barred`, `swap.expectation-failed`:
 * nothing was written; `swap.outcome-unknown`: it may have been; `swap.alias-invalid`,
 * `swap.version-out-of-range`, `swap.input-invalid`, `swap.malformed-row`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`: nothing was written
 */
export async function setActive(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  options: SetOptions = {},
): Promise<Moved> {
  assertVersion(version);
  const { expect } = options;
  if (expect !== undefined) assertVersion(expect);
  const entry = newEntry(ref, version, "set", options);
  return move(ref, entry, {
    alias,
    update: moveUpdate(entry, {
      condition:
        "(attribute_not_exists(#ver) OR #ver < :new) AND NOT contains(#barred, :new)" +
        (expect === undefined ? "" : " AND #ver = :expected"),
      ...(expect !== undefined && { values: { ":expected": { N: String(expect) } } }),
    }),
    refusal: (raw) => setRefusal(alias, version, rowBehind(ref.controlTable, alias, raw), expect),
  });
}

/**
 * Why {@link setActive} would be refused on this row, or undefined when it would be accepted. For
 * previews: the row may change before the write, which decides for itself.
 */
export function setRefusal(
  alias: string,
  requested: number,
  row: PointerRow | undefined,
  expect?: number,
): SwapError | undefined {
  if (row && row.version >= requested)
    return new SwapError("swap.version-regressed", {
      alias,
      requested,
      active: row.version,
      ...defined({ activatedAt: row.activatedAt, by: row.by }),
    });
  if (row?.barred.includes(requested))
    return new SwapError("swap.version-barred", { alias, requested, active: row.version });
  if (expect !== undefined && row?.version !== expect)
    return new SwapError("swap.expectation-failed", {
      alias,
      requested,
      expected: expect,
      ...defined({ active: row?.version }),
    });
  return undefined;
}
