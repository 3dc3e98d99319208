import { match, SwapError } from "../errors";
import { defined } from "../validation";
import { assertAlias } from "./names/alias";
import { assertVersion } from "./names/version";
import { type AuditInfo, newEntry, notIn, pointerUpdate } from "./pointer-update";
import { readRawRow } from "./read";
import { type PointerRow, type RawRow, versionsOf } from "./row";
import type { WritableControlTableRef } from "./store";
import { type PointerUpdate, refusingRow, updatePointer } from "./update-pointer";
import { wholeNumber } from "./whole-number";

export interface SetOptions extends AuditInfo {
  /** Set only while this version is the active one (compare-and-swap). */
  expect?: number;
  /** Lift the version's bar with the same write, where it has one. Cost: one consistent read more. */
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
): Promise<PointerUpdate> {
  assertVersion(version);
  const { expect } = options;
  if (expect !== undefined) assertVersion(expect);
  if (options.liftBar) return setLifting(ref, alias, version, options);
  return set(ref, alias, version, options, undefined);
}

/** Rounds of read and write before other moves are left to win. */
const ROUNDS = 3;

/**
 * A set that lifts its version's bar holds only while the row's last move of ours is the one that was
 * read. A second try of it, or one that lands late, would else undo a rollback that was made since:
 * it is the bar that stops the tries of a plain set.
 */
async function setLifting(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  options: SetOptions,
): Promise<PointerUpdate> {
  assertAlias(alias);
  for (let round = 1; ; round++) {
    const raw = await readRawRow(ref, alias);
    const barred = versionsOf(raw?.barred).includes(version);
    try {
      const moved = await set(ref, alias, version, options, barred ? raw : undefined);
      return { ...moved, requests: moved.requests + round };
    } catch (error) {
      const overtaken = error instanceof MovedSince || match(error, "swap.version-barred");
      if (!overtaken || round === ROUNDS) throw error;
    }
  }
}

/** A move of ours came between the read and the write. */
class MovedSince extends SwapError<"swap.expectation-failed"> {}

/** @param lifting the row whose bar on the version is lifted; undefined for a plain set */
function set(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  options: SetOptions,
  lifting: RawRow | undefined,
): Promise<PointerUpdate> {
  const { expect } = options;
  const liftBar = lifting !== undefined;
  const last = lifting?.op;
  const entry = newEntry(ref, version, "set", options);
  return updatePointer(ref, entry, {
    alias,
    update: pointerUpdate(entry, {
      condition: [
        "(attribute_not_exists(#ver) OR #ver < :new)",
        ...(liftBar ? [last ? "#op = :last" : "attribute_not_exists(#op)"] : [notIn("#barred")]),
        notIn("#retired"),
        ...(expect === undefined ? [] : ["#ver = :expected"]),
      ].join(" AND "),
      ...(liftBar && { clause: "DELETE #barred :bar" }),
      values: {
        ...(liftBar && { ":bar": { NS: [String(version)] } }),
        ...(last && { ":last": last }),
        ...(expect !== undefined && { ":expected": { N: String(expect) } }),
      },
    }),
    refusal: (raw) => {
      const row = refusingRow(ref.controlTable, alias, raw) ?? setsOf(raw);
      const refused = setRefusal(alias, version, row, defined({ expect, liftBar }));
      if (refused || !liftBar || raw?.op?.S === last?.S) return refused;
      const seen = wholeNumber(lifting.ver) ?? 0;
      return new MovedSince("swap.expectation-failed", {
        alias,
        requested: version,
        expected: seen,
        ...defined({ active: row?.version }),
      });
    },
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
