import { match, SwapError } from "../errors";
import { defined } from "../validation";
import type { WritableControlTableRef } from "./control-table-ref";
import { fenceRefusal, fenceStands } from "./fence-writes";
import { assertAlias } from "./names/alias";
import { NAMED_VERSION } from "./names/table-name";
import { assertVersion } from "./names/version";
import { readRawRow } from "./read";
import {
  formatTableNames,
  isBarred,
  isRetired,
  type PointerRow,
  type PointerVersionSets,
  parseVersionSets,
  type RawRow,
} from "./row";
import { type AuditInfo, newHistoryEntry } from "./update-expression";
import { type PointerUpdate, parseRowIfAny, updatePointer } from "./update-pointer";
import { notMember } from "./version-set";
import { wholeNumber } from "./whole-number";

export interface SetOptions extends AuditInfo {
  /** Set only while this version is the active one (compare-and-swap). */
  expect?: number;
  /** Set only while the fence with this operation stands, and remove it with the same write. */
  fence?: string;
  /** Lift the version's bar with the same write, where it has one. Cost: one consistent read more. */
  liftBar?: boolean;
  /** The table of version 1, recorded by the same write. Then the alias must have no row. */
  firstTable?: string;
}

/**
 * Makes `version` the active one: one conditional UpdateItem, applied only when the alias has no
 * active version or a smaller one, and never when the version is barred or retired. Setting the
 * active version again is refused like any other that is not greater. A refused set leaves the row
 * unchanged, including the bar.
 *
 * @param version whole number from 1 to 2^53-1
 * @returns the update, once it is certain that it was applied
 * @throws SwapError `swap.version-regressed`, `swap.version-barred`, `swap.version-retired`,
 * `swap.expectation-failed`, `swap.fence-removed`: nothing was written; `swap.outcome-unknown`: it may have been;
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
  if (options.liftBar) return setLiftingBar(ref, alias, version, options);
  return set(ref, alias, version, options, undefined);
}

/** Read-and-write attempts before a set that keeps losing to other updates is refused. */
const MAX_ATTEMPTS = 3;

/**
 * A set that lifts its version's bar is conditional on the row's last operation being the one that was
 * read. Otherwise a retry of it, or one that arrives late, could undo a rollback made since; a plain
 * set's retries are stopped by the bar.
 */
async function setLiftingBar(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  options: SetOptions,
): Promise<PointerUpdate> {
  assertAlias(alias);
  for (let attempt = 1; ; attempt++) {
    const raw = await readRawRow(ref, alias);
    const barred = raw !== undefined && isBarred(parseVersionSets(raw), version);
    try {
      const update = await set(ref, alias, version, options, barred ? raw : undefined);
      return { ...update, requests: update.requests + attempt };
    } catch (error) {
      const conflict = error instanceof ConcurrentUpdate || match(error, "swap.version-barred");
      if (!conflict || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Another of our updates came between the read and the write. */
class ConcurrentUpdate extends SwapError<"swap.expectation-failed"> {}

/** @param barredRow the row whose bar on the version is lifted; undefined for a plain set */
function set(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  options: SetOptions,
  barredRow: RawRow | undefined,
): Promise<PointerUpdate> {
  const { expect, fence, firstTable } = options;
  const liftBar = barredRow !== undefined;
  const fenced = fence === undefined ? undefined : fenceStands(fence);
  const last = barredRow?.op;
  const entry = newHistoryEntry(ref, version, "set", options);
  return updatePointer(ref, entry, {
    alias,
    parts: {
      condition: [
        "(attribute_not_exists(#ver) OR #ver < :new)",
        ...(liftBar ? [] : [notMember("barred")]),
        notMember("retired"),
        ...(expect === undefined ? [] : ["#ver = :expected"]),
        ...(firstTable === undefined ? [] : ["attribute_not_exists(pk)"]),
        ...(fenced === undefined ? [] : [fenced.condition]),
      ].join(" AND "),
      ...(liftBar && { lift: version }),
      ...(firstTable !== undefined && {
        attributes: { names: formatTableNames({ [NAMED_VERSION]: firstTable }) },
      }),
      // A fence of another move means nothing any more.
      removed: ["fence"],
      values: {
        ...(expect !== undefined && { ":expected": { N: String(expect) } }),
        ...fenced?.values,
      },
    },
    ...defined({ seen: barredRow }),
    refusal: (raw) => {
      const row: PartialPointerRow | undefined =
        parseRowIfAny(ref.controlTable, alias, raw) ?? (raw && parseVersionSets(raw));
      const refused =
        setRefusal(alias, version, row, defined({ expect, liftBar })) ??
        fenceRefusal(alias, version, fence, raw);
      if (!refused && firstTable !== undefined && raw)
        return new SwapError("swap.expectation-failed", {
          alias,
          requested: version,
          expected: 0,
          ...defined({ active: row?.version }),
        });
      if (refused || !liftBar || raw?.op?.S === last?.S) return refused;
      const seen = wholeNumber(barredRow.ver) ?? 0;
      return new ConcurrentUpdate("swap.expectation-failed", {
        alias,
        requested: version,
        expected: seen,
        ...defined({ active: row?.version }),
      });
    },
  });
}

/** A row that may have lost its `ver`, as {@link setRefusal} takes it: its sets bind a set all the same. */
export type PartialPointerRow = PointerVersionSets & Partial<PointerRow>;

/**
 * Why {@link setActive} would be refused on this row, or undefined when it would be accepted. For
 * previews: the row may change before the write, which decides for itself.
 */
export function setRefusal(
  alias: string,
  requested: number,
  row: PartialPointerRow | undefined,
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
  if (row && isBarred(row, requested) && !liftBar)
    return new SwapError("swap.version-barred", { alias, requested, ...defined({ active }) });
  if (row && isRetired(row, requested))
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
