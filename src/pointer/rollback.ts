import { SwapError } from "../errors";
import { defined } from "../validation";
import { assertVersion } from "./names/version";
import { type AuditInfo, newEntry, notIn, pointerUpdate } from "./pointer-update";
import type { PointerRow } from "./row";
import type { WritableControlTableRef } from "./store";
import { type PointerUpdate, refusingRow, updatePointer } from "./update-pointer";

export interface RollbackOptions extends AuditInfo {
  /** The version to leave; it must still be the active one, and is barred afterwards. */
  from: number;
  /** The version to return to, smaller than `from`, and neither barred nor retired itself. */
  to: number;
}

/**
 * Takes the pointer back from one version to an earlier one: one conditional UpdateItem, applied
 * only while `from` is active. `from` is then barred for our setters until its bar is lifted by
 * name. What `from` was written since its cut-over stays behind in its table.
 *
 * @throws SwapError `swap.expectation-failed` when `from` is not active, `swap.version-barred` when
 * `to` was itself rolled back from, `swap.version-retired` when the deletion of its table was permitted,
 * `swap.input-invalid` when `to` is not smaller, and the rest as
 * `setActive`
 */
export async function rollback(
  ref: WritableControlTableRef,
  alias: string,
  options: RollbackOptions,
): Promise<PointerUpdate> {
  const { from, to } = options;
  assertVersion(from);
  assertVersion(to);
  if (to >= from)
    throw new SwapError("swap.input-invalid", {
      name: "rollback target",
      value: String(to),
      rule: `it must be smaller than the version rolled back from (${from})`,
      fix: `name an earlier version, or set version ${to} if it is meant to go forward`,
    });
  const entry = newEntry(ref, to, "rollback", options);
  return updatePointer(ref, entry, {
    alias,
    update: pointerUpdate(entry, {
      // By its operation id a second try of a rollback that was applied, though its answer was lost,
      // does not undo a foreign writer's return to `from`.
      condition: `#ver = :from AND ${notIn("#barred")} AND ${notIn("#retired")} AND NOT #op = :op`,
      clause: "ADD #barred :bar",
      values: { ":from": { N: String(from) }, ":bar": { NS: [String(from)] } },
    }),
    refusal: (raw) => rollbackRefusal(alias, options, refusingRow(ref.controlTable, alias, raw)),
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
  if (row.barred.includes(to))
    return new SwapError("swap.version-barred", { alias, requested: to, active: row.version });
  if (row.retired.includes(to))
    return new SwapError("swap.version-retired", { alias, requested: to, active: row.version });
  return row.corrupt && new SwapError("swap.malformed-row", row.corrupt);
}
