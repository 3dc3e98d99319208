import type { PointerRow } from "../pointer";

/** A stay of the pointer at one version. */
export interface Stay {
  version: number;
  /** Unix milliseconds of arrival; absent when its writer left none. */
  from?: number;
  /** Unix milliseconds of departure; absent while it is active, or when it is not known. */
  until?: number;
  active: boolean;
}

/**
 * Where the pointer has been, oldest first, as far as the row tells: its history and, where a
 * foreign writer advanced it last, that advance.
 */
export function timeline(row: PointerRow): Stay[] {
  const moves: { version: number; at?: number }[] = [...row.history];
  if (row.foreign)
    moves.push({
      version: row.version,
      ...(row.activatedAt !== undefined && { at: row.activatedAt }),
    });
  return moves.map((move, index) => {
    const next = moves[index + 1];
    return {
      version: move.version,
      active: next === undefined,
      ...(move.at !== undefined && { from: move.at }),
      ...(next?.at !== undefined && { until: next.at }),
    };
  });
}
