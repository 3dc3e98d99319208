import type { HistoryEntry, PointerRow } from "../pointer";
import { defined } from "../validation";

/** A period during which one version was active. */
export interface ActivePeriod {
  version: number;
  /** Unix milliseconds; absent when the writer recorded no time. */
  activatedAt?: number;
  /**
   * Unix milliseconds, or the first known time after it if the writer recorded none; absent while
   * the version is active, or when no later time is known.
   */
  deactivatedAt?: number;
  active: boolean;
  /** Whether a writer that keeps no history activated it, maybe after versions in between. */
  foreign: boolean;
}

/**
 * The active periods that a row records, oldest first: its history and, if a foreign writer advanced
 * the pointer last, that advance.
 */
export function activePeriods(row: PointerRow): ActivePeriod[] {
  const updates: Pick<HistoryEntry, "version" | "at" | "kind">[] = [...row.history];
  if (row.foreign)
    updates.push({
      version: row.version,
      kind: "foreign",
      ...defined({ at: row.activatedAt }),
    });
  return updates.map((update, index) => {
    const deactivatedAt = updates.slice(index + 1).find(({ at }) => at !== undefined)?.at;
    return {
      version: update.version,
      active: index === updates.length - 1,
      foreign: update.kind === "foreign",
      ...defined({ activatedAt: update.at, deactivatedAt }),
    };
  });
}
