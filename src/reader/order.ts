import type { PointerRow } from "../pointer";
import type { Refusal } from "./events";

/** One answer of the control table, placed among the others of its source. */
export interface Reading {
  /** When the read started, on a counter that also counts answers. */
  began: number;
  /** When it was answered, on the same counter. */
  answered: number;
  /** Absent when the alias has no row. */
  row?: PointerRow;
}

/**
 * Whether a reader that holds one answer follows another.
 *
 * Reads are strongly consistent, so a read that started after the held answer arrived shows a later
 * row. Reads that overlapped may have changed places: then the history tells, since a row that
 * records the other's operation is the later one; where it can't (writers without history), the
 * greater version is the later one unless it is barred.
 *
 * A later row with a smaller version is followed only when it says rollback.
 */
export function judge(held: Reading, next: Reading): "follow" | Refusal {
  const overlapped = next.began < held.answered;
  if (held.row === undefined) return "follow";
  if (next.row === undefined) {
    if (overlapped) return "older";
    return held.row.version === 1 ? "follow" : "vanished";
  }
  if (overlapped && isEarlier(next.row, held.row)) return "older";
  if (next.row.version >= held.row.version || saysRollback(next.row, held.row)) return "follow";
  return "backwards";
}

/** Of two rows whose reads overlapped, whether `row` was stored before `other`. */
function isEarlier(row: PointerRow, other: PointerRow): boolean {
  if (sameMove(row, other)) return false;
  if (records(row, other.operation)) return false;
  if (records(other, row.operation)) return true;
  if (row.version > other.version) return other.barred.includes(row.version);
  return row.version < other.version && !saysRollback(row, other);
}

function sameMove(a: PointerRow, b: PointerRow): boolean {
  return a.version === b.version && a.operation === b.operation && a.activatedAt === b.activatedAt;
}

function records(row: PointerRow, operation: string | undefined): boolean {
  return operation !== undefined && row.history.some((entry) => entry.operation === operation);
}

/**
 * Whether `row` says that the version of `left` was rolled back from: it is barred, or a rollback
 * is recorded after it. Where the history no longer reaches back to `left`, its newest entry
 * decides, if it describes the row.
 */
export function saysRollback(row: PointerRow, left: PointerRow): boolean {
  if (row.barred.includes(left.version)) return true;
  const at = row.history.findLastIndex(
    (entry) => entry.version === left.version && entry.operation === left.operation,
  );
  if (at >= 0) return row.history.slice(at + 1).some((entry) => entry.kind === "rollback");
  return !row.foreign && row.history.at(-1)?.kind === "rollback";
}
