import { SwapError } from "../errors";
import { defined } from "../validation";
import type { WritableControlTableRef } from "./control-table-ref";
import { fenceRefusal, fenceStands } from "./fence-writes";
import { assertVersion } from "./names/version";
import { isBarred, isRetired, type PointerRow } from "./row";
import { type AuditInfo, newHistoryEntry } from "./update-expression";
import { type PointerUpdate, parseRowIfAny, updatePointer } from "./update-pointer";
import { notMember } from "./version-set";

export interface RollbackOptions extends AuditInfo {
  /** The version to leave; it must still be the active one, and is barred afterwards. */
  from: number;
  /** Roll back only while the fence with this operation stands, and remove it with the same write. */
  fence?: string;
  /** The version to return to, smaller than `from`, and neither barred nor retired itself. */
  to: number;
}

/**
 * Rolls the pointer back from one version to an earlier one: one conditional UpdateItem, applied
 * only while `from` is active. `from` is then barred for our setters until its bar is lifted. Data
 * written to `from` since its cut-over stays in its table.
 *
 * @throws SwapError `swap.expectation-failed` when `from` is not active, `swap.version-barred` when
 * `to` was itself rolled back from, `swap.version-retired` when the deletion of its table was permitted,
 * `swap.fence-removed` when `fence` does not stand, `swap.input-invalid` when `to` is not smaller, and the rest as
 * `setActive`
 */
export async function rollback(
  ref: WritableControlTableRef,
  alias: string,
  options: RollbackOptions,
): Promise<PointerUpdate> {
  const { from, to, fence } = options;
  const fenced = fence === undefined ? undefined : fenceStands(fence);
  assertVersion(from);
  assertVersion(to);
  if (to >= from)
    throw new SwapError("swap.input-invalid", {
      name: "rollback target",
      value: String(to),
      rule: `it must be smaller than the version rolled back from (${from})`,
      fix: `name an earlier version, or set version ${to} if it is meant to go forward`,
    });
  const entry = newHistoryEntry(ref, to, "rollback", options);
  return updatePointer(ref, entry, {
    alias,
    parts: {
      // The operation id: a retry of a rollback that was applied but whose response was lost must not
      // undo a foreign writer's return to `from`.
      condition: `#ver = :from AND ${notMember("barred")} AND ${notMember("retired")} AND NOT #op = :op${fenced === undefined ? "" : ` AND ${fenced.condition}`}`,
      bar: from,
      values: { ":from": { N: String(from) }, ...fenced?.values },
      removed: ["fence"],
    },
    refusal: (raw) =>
      rollbackRefusal(alias, options, parseRowIfAny(ref.controlTable, alias, raw)) ??
      fenceRefusal(alias, to, fence, raw),
  });
}

/** Why {@link rollback} would be refused on this row, or undefined when it would be accepted. */
export function rollbackRefusal(
  alias: string,
  { from, to }: Pick<RollbackOptions, "from" | "to">,
  row: PointerRow | undefined,
): SwapError | undefined {
  if (row?.version !== from)
    return new SwapError("swap.expectation-failed", {
      alias,
      requested: to,
      expected: from,
      ...defined({ active: row?.version }),
    });
  if (isBarred(row, to))
    return new SwapError("swap.version-barred", { alias, requested: to, active: row.version });
  if (isRetired(row, to))
    return new SwapError("swap.version-retired", { alias, requested: to, active: row.version });
  return row.corrupt && new SwapError("swap.malformed-row", row.corrupt);
}
