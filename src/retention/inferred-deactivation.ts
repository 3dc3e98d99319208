import type { PointerRow } from "../pointer";
import type { ActivePeriod } from "./active-periods";

/** Unix milliseconds; "unknown" where the row does not say; undefined where nothing was left. */
export type Deactivation = number | "unknown" | undefined;

/** Of several times of leaving the last one, an unknown one before all others. */
export function latest(times: readonly Deactivation[]): Deactivation {
  if (times.includes("unknown")) return "unknown";
  const known = times.filter((each) => typeof each === "number");
  return known.length === 0 ? undefined : Math.max(...known);
}

/** When the pointer came to a period, or the first time known after it. */
export function activationTime(period: ActivePeriod | undefined): Deactivation {
  return period?.activatedAt ?? period?.deactivatedAt ?? "unknown";
}

/**
 * The latest time at which a version may have been left without a period of its own in the row. A
 * foreign writer records nothing; our next move does it for it, with the move itself (`prev`) and by
 * a request of its own. When that request fails and the move after it is made without a word of its
 * outcome, the record is lost.
 *
 * @param periods the row's timeline
 */
export function inferredDeactivation(
  row: PointerRow,
  periods: readonly ActivePeriod[],
  version: number,
): Deactivation {
  return latest([
    passed(periods, version),
    beforeFirst(periods, version),
    rolledBack(row, periods, version),
  ]);
}

/** A foreign writer advances as often as it likes before one of ours records where it was found. */
function passed(periods: readonly ActivePeriod[], version: number): Deactivation {
  const passing = periods.findLast(({ foreign, version: reached }, index) => {
    const left = periods[index - 1]?.version ?? Number.NEGATIVE_INFINITY;
    return foreign && left < version && version < reached;
  });
  return passing && activationTime(passing);
}

/**
 * What was live before our first move: of a row that was lost and made again nothing tells it, nor
 * where our second move has written over what the first came upon.
 */
function beforeFirst([first]: readonly ActivePeriod[], version: number): Deactivation {
  if (first === undefined || first.foreign) return undefined;
  return version < first.version ? activationTime(first) : undefined;
}

/** A barred version was live. Which of the rollbacks left it shows by the entry before. */
function rolledBack(
  row: PointerRow,
  periods: readonly ActivePeriod[],
  version: number,
): Deactivation {
  if (!row.barred.includes(version)) return undefined;
  const unexplained = row.history.findLastIndex(({ kind, version: to }, index) => {
    const from = periods[index - 1]?.version ?? to;
    return kind === "rollback" && !(from > to && row.barred.includes(from));
  });
  return unexplained === -1 ? undefined : activationTime(periods[unexplained]);
}
