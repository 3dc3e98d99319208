import { isBarred, MIN_HISTORY, NAMED_VERSION, type PointerRow } from "../pointer";
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
    activeBeforeHistory(row, periods, version),
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
 * A version that may have been active before the first update that the row records. Of a whole history
 * that is any smaller version: a row that was lost and recreated does not record it, nor does one whose
 * second update has overwritten `prev`. A seed of version 1 says nothing of what was active before it: it is
 * also how a lost row comes back, so the update after it counts as the first. Until that one, any version may
 * have been active where the seed named a table. Of a history that may have been cut it is any version, since
 * a rollback may have come before.
 */
function activeBeforeHistory(
  row: PointerRow,
  periods: readonly ActivePeriod[],
  version: number,
): DeactivationTime {
  const [oldest, second] = periods;
  if (oldest === undefined) return undefined;
  if (mayBeCut(periods)) return activationTime(oldest);
  const [entry] = row.history;
  const seeded = entry?.kind === "seed" && entry.version === NAMED_VERSION;
  if (seeded && second === undefined)
    return row.tableNames?.[NAMED_VERSION] === undefined ? undefined : "unknown";
  const first = seeded && second ? second : oldest;
  if (first.foreign) return undefined;
  return version < first.version ? activationTime(first) : undefined;
}

/** Whether earlier updates may have made way for later ones: never as long as there are few. */
export const mayBeCut = (periods: readonly ActivePeriod[]): boolean =>
  periods.length >= MIN_HISTORY;

/** A barred version was active. The entry before each rollback shows which version it left. */
function rolledBackUnrecorded(
  row: PointerRow,
  periods: readonly ActivePeriod[],
  version: number,
): DeactivationTime {
  if (!isBarred(row, version)) return undefined;
  const unexplained = row.history.findLastIndex(({ kind, version: to }, index) => {
    const from = periods[index - 1]?.version ?? to;
    return kind === "rollback" && !(from > to && row.barred.includes(from));
  });
  return unexplained === -1 ? undefined : activationTime(periods[unexplained]);
}
