import type { PointerRow } from "../pointer";
import type { ActivePeriod } from "./active-periods";

/** Unix milliseconds; "unknown" when the row has no time for it; undefined when it never happened. */
export type DeactivationTime = number | "unknown" | undefined;

/** The latest of several times; "unknown" if any of them is. */
export function latestTime(times: readonly DeactivationTime[]): DeactivationTime {
  if (times.includes("unknown")) return "unknown";
  const known = times.filter((each) => typeof each === "number");
  return known.length === 0 ? undefined : Math.max(...known);
}

/** When a version became active, or the first known time after that. */
export function activationTime(period: ActivePeriod | undefined): DeactivationTime {
  return period?.activatedAt ?? period?.deactivatedAt ?? "unknown";
}

/**
 * The latest time at which a version may have been deactivated without an active period in the row.
 * A foreign writer records no history; our next update records it, in the update itself (`prev`) and
 * by a separate request. When that request fails and the following update does not notice, the record
 * is lost.
 *
 * @param periods the row's active periods
 */
export function inferredDeactivation(
  row: PointerRow,
  periods: readonly ActivePeriod[],
  version: number,
): DeactivationTime {
  return latestTime([
    passedByForeignWriter(periods, version),
    activeBeforeHistory(periods, version),
    rolledBackUnrecorded(row, periods, version),
  ]);
}

/** Foreign writers may advance several times before an update of ours records the last version. */
function passedByForeignWriter(
  periods: readonly ActivePeriod[],
  version: number,
): DeactivationTime {
  const advance = periods.findLast(({ foreign, version: to }, index) => {
    const from = periods[index - 1]?.version ?? Number.NEGATIVE_INFINITY;
    return foreign && from < version && version < to;
  });
  return advance && activationTime(advance);
}

/**
 * A version that may have been active before our first update: a row that was lost and recreated does
 * not record it, nor does one whose second update has overwritten `prev`.
 */
function activeBeforeHistory([first]: readonly ActivePeriod[], version: number): DeactivationTime {
  if (first === undefined || first.foreign) return undefined;
  return version < first.version ? activationTime(first) : undefined;
}

/** A barred version was active. The entry before each rollback shows which version it left. */
function rolledBackUnrecorded(
  row: PointerRow,
  periods: readonly ActivePeriod[],
  version: number,
): DeactivationTime {
  if (!row.barred.includes(version)) return undefined;
  const unexplained = row.history.findLastIndex(({ kind, version: to }, index) => {
    const from = periods[index - 1]?.version ?? to;
    return kind === "rollback" && !(from > to && row.barred.includes(from));
  });
  return unexplained === -1 ? undefined : activationTime(periods[unexplained]);
}
