import type { HistoryEntry, PointerRow } from "../pointer";
import { defined } from "../validation";

/** A period of the pointer at one version. */
export interface ActivePeriod {
  version: number;
  /** Unix milliseconds of arrival; absent when its writer left none. */
  activatedAt?: number;
  /**
   * Unix milliseconds of departure, or the first time known after it where its writer left none;
   * absent while it is active, or when no later time is known.
   */
  deactivatedAt?: number;
  active: boolean;
  /** Whether a writer that keeps no history came to it, maybe over versions in between. */
  foreign: boolean;
}

/**
 * Where the pointer has been, oldest first, as far as the row tells: its history and, where a
 * foreign writer advanced it last, that advance.
 */
export function activePeriods(row: PointerRow): ActivePeriod[] {
  const moves: Pick<HistoryEntry, "version" | "at" | "kind">[] = [...row.history];
  if (row.foreign)
    moves.push({
      version: row.version,
      kind: "foreign",
      ...defined({ at: row.activatedAt }),
    });
  return moves.map((move, index) => {
    const until = moves.slice(index + 1).find(({ at }) => at !== undefined)?.at;
    return {
      version: move.version,
      active: index === moves.length - 1,
      foreign: move.kind === "foreign",
      ...defined({ activatedAt: move.at, deactivatedAt: until }),
    };
  });
}
