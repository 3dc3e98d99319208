import { SwapError } from "../errors";
import { defined } from "../validation";
import { absentOrSet, type MoveNotes, moveUpdate, newEntry, notIn } from "./advance";
import { type Moved, move, rowBehind } from "./move";
import { assertVersion } from "./names/version";
import { type PointerRow, type RawRow, versionsOf } from "./row";
import type { WritableControlTableRef } from "./store";

export interface SetOptions extends MoveNotes {
  /** Set only while this version is the active one (compare-and-swap). */
  expect?: number;
  /** Lift the version's bar with the same write, where it has one. */
  liftBar?: boolean;
}

/**
 * Makes `version` the active one: one conditional UpdateItem, applied only when the alias has no
 * active version or a smaller one, and never when the version is barred or retired. Setting the
 * active version again is refused like any other that is not greater. A refused set leaves the row
 * as it was, the bar included.
 *
 * @param version whole number from 1 to 2^53-1
 * @returns the move, once it is certain that it was applied
 * @throws SwapError `swap.version-regressed`, `swap.version-barred`, `swap.version-retired`,
 * `swap.expectation-failed`: nothing was written; `swap.outcome-unknown`: it may have been;
 * `swap.alias-invalid`, `swap.version-out-of-range`, `swap.input-invalid`, `swap.malformed-row`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`: nothing was written
 */
export async function setActive(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  options: SetOptions = {},
): Promise<Moved> {
  assertVersion(version);
  const { expect, liftBar = false } = options;
  if (expect !== undefined) assertVersion(expect);
  const entry = newEntry(ref, version, "set", options);
  return move(ref, entry, {
    alias,
    update: moveUpdate(entry, {
      condition: [
        "(attribute_not_exists(#ver) OR #ver < :new)",
        liftBar ? absentOrSet("#barred") : notIn("#barred"),
        notIn("#retired"),
        ...(expect === undefined ? [] : ["#ver = :expected"]),
      ].join(" AND "),
      ...(liftBar && { clause: "DELETE #barred :bar" }),
      values: {
        ...(liftBar && { ":bar": { NS: [String(version)] } }),
        ...(expect !== undefined && { ":expected": { N: String(expect) } }),
      },
    }),
    refusal: (raw) =>
      setRefusal(
        alias,
        version,
        rowBehind(ref.controlTable, alias, raw) ?? setsOf(raw),
        defined({ expect, liftBar }),
      ),
  });
}

/** What a refusal is explained by: a row, or a row that has lost its `ver`. */
export type JudgedRow = Pick<PointerRow, "barred" | "retired"> & Partial<PointerRow>;

/**
 * Why {@link setActive} would be refused on this row, or undefined when it would be accepted. For
 * previews: the row may change before the write, which decides for itself.
 */
export function setRefusal(
  alias: string,
  requested: number,
  row: JudgedRow | undefined,
  { expect, liftBar = false }: Pick<SetOptions, "expect" | "liftBar"> = {},
): SwapError | undefined {
  const active = row?.version;
  if (row && active !== undefined && active >= requested)
    return new SwapError("swap.version-regressed", {
      alias,
      requested,
      active,
      ...defined({ activatedAt: row.activatedAt, by: row.by }),
    });
  if (row?.barred.includes(requested) && !liftBar)
    return new SwapError("swap.version-barred", { alias, requested, ...defined({ active }) });
  if (row?.retired.includes(requested))
    return new SwapError("swap.version-retired", { alias, requested, ...defined({ active }) });
  if (expect !== undefined && active !== expect)
    return new SwapError("swap.expectation-failed", {
      alias,
      requested,
      expected: expect,
      ...defined({ active }),
    });
  return row?.corrupt && new SwapError("swap.malformed-row", row.corrupt);
}

/** The sets of a row that has no `ver`: a set gives it one, and is bound by them all the same. */
function setsOf(raw: RawRow | undefined): JudgedRow | undefined {
  return raw && { barred: versionsOf(raw.barred), retired: versionsOf(raw.retired) };
}
