import type { PointerRow } from "../pointer";
import type { Stay } from "./timeline";

/** Unix milliseconds; "unknown" where the row does not say; undefined where nothing was left. */
export type Left = number | "unknown" | undefined;

/** Of several times of leaving the last one, an unknown one before all others. */
export function latest(times: readonly Left[]): Left {
  if (times.includes("unknown")) return "unknown";
  const known = times.filter((each) => typeof each === "number");
  return known.length === 0 ? undefined : Math.max(...known);
}

/** When the pointer came to a stay, or the first time known after it. */
export function arrival(stay: Stay | undefined): Left {
  return stay?.from ?? stay?.until ?? "unknown";
}

/**
 * The latest time at which a version may have been left without a stay of its own in the row. A
 * foreign writer records nothing; our next move does it for it, with the move itself (`prev`) and by
 * a request of its own. When that request fails and the move after it is made without a word of its
 * outcome, the record is lost.
 *
 * @param stays the row's timeline
 */
export function hiddenLeave(row: PointerRow, stays: readonly Stay[], version: number): Left {
  return latest([
    passed(stays, version),
    beforeFirst(stays, version),
    rolledBack(row, stays, version),
  ]);
}

/** A foreign writer advances as often as it likes before one of ours records where it was found. */
function passed(stays: readonly Stay[], version: number): Left {
  const passing = stays.findLast(({ foreign, version: reached }, index) => {
    const left = stays[index - 1]?.version ?? Number.NEGATIVE_INFINITY;
    return foreign && left < version && version < reached;
  });
  return passing && arrival(passing);
}

/**
 * What was live before our first move: of a row that was lost and made again nothing tells it, nor
 * where our second move has written over what the first came upon.
 */
function beforeFirst([first]: readonly Stay[], version: number): Left {
  if (first === undefined || first.foreign) return undefined;
  return version < first.version ? arrival(first) : undefined;
}

/** A barred version was live. Which of the rollbacks left it shows by the entry before. */
function rolledBack(row: PointerRow, stays: readonly Stay[], version: number): Left {
  if (!row.barred.includes(version)) return undefined;
  const unexplained = row.history.findLastIndex(({ kind, version: to }, index) => {
    const from = stays[index - 1]?.version ?? to;
    return kind === "rollback" && !(from > to && row.barred.includes(from));
  });
  return unexplained === -1 ? undefined : arrival(stays[unexplained]);
}
