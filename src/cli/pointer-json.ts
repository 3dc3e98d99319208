import { type HistoryEntry, isBarred, isRetired, type PointerRow } from "../pointer";
import { tableOf } from "../pointer/names";
import { formatTime } from "./format";

/** A pointer's `--json` form, the same in every command. */
export interface PointerJson {
  alias: string;
  version: number;
  /** When the version became active, ISO 8601; null for a seed or if the row has no time. */
  since: string | null;
  /** How it became active. */
  kind: "set" | "rollback" | "seed" | "foreign";
  by: string | null;
  why: string | null;
  previous: number | null;
  /** Whether the active version was rolled back, or its table's deletion permitted, earlier. */
  barred: boolean;
  retired: boolean;
}

/** The JSON shape of a row. */
export function pointerJson(row: PointerRow): PointerJson {
  return {
    alias: row.alias,
    version: row.version,
    since: formatTime(row.activatedAt) ?? null,
    kind: row.foreign ? "foreign" : (row.history.at(-1)?.kind ?? "set"),
    by: row.by ?? null,
    why: row.why ?? null,
    previous: row.previous ?? null,
    barred: isBarred(row, row.version),
    retired: isRetired(row, row.version),
  };
}

/** The table of a version; null when its name would be too long for DynamoDB. */
export function tableOrNull(
  alias: string,
  version: number,
  row: PointerRow | undefined,
): string | null {
  try {
    return tableOf(alias, version, row);
  } catch {
    return null;
  }
}

/** A move of a pointer as `--json` shows it. */
export interface HistoryMoveJson {
  version: number;
  at: string | null;
  kind: HistoryEntry["kind"];
  by: string | null;
  why: string | null;
  operation: string | null;
}

/** The history, newest first, including another writer's advance that has no entry in the row. */
export function newestFirst({
  version,
  activatedAt,
  foreign,
  history,
}: PointerRow): HistoryEntry[] {
  const moves = history.toReversed();
  if (!foreign) return moves;
  return [
    { version, kind: "foreign", ...(activatedAt !== undefined && { at: activatedAt }) },
    ...moves,
  ];
}

export function historyMoveJson({
  version,
  at,
  kind,
  by,
  why,
  operation,
}: HistoryEntry): HistoryMoveJson {
  return {
    version,
    at: formatTime(at) ?? null,
    kind,
    by: by ?? null,
    why: why ?? null,
    operation: operation ?? null,
  };
}
