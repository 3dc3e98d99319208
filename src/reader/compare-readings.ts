import type { PointerRow } from "../pointer";
import type { Refusal } from "./events";

/** One response of the control table, with its position among the reads of its source. */
export interface Reading {
  /** When the read started, on a counter of starts and responses. */
  began: number;
  /** When the response arrived, on the same counter. */
  answered: number;
  /** Absent when the alias has no row. */
  row?: PointerRow;
}

/**
 * Decides whether a reader follows a new response.
 *
 * Reads are strongly consistent, so a read that started after the current response arrived shows a later
 * row. Overlapping reads may arrive out of order: the history then decides and, if it can't, the greater
 * version counts as later unless it is barred. If a newer response is wrongly discarded, the next read,
 * which does not overlap, corrects it.
 *
 * A later row with a smaller version is followed only if it records a rollback. A later row without the name
 * of a table that the current one has is a row made again: its version would be another table.
 */
export function compareReadings(current: Reading, next: Reading): "follow" | Refusal {
  const overlapped = next.began < current.answered;
  if (current.row === undefined) return "follow";
  if (next.row === undefined) {
    if (overlapped) return "older";
    // Without a row the alias resolves to version 1 under its conventional name.
    return current.row.version === 1 && !current.row.tableNames?.[1] ? "follow" : "vanished";
  }
  if (overlapped && isEarlier(next.row, current.row)) return "older";
  const named = current.row.tableNames?.[next.row.version];
  if (named !== undefined && next.row.tableNames?.[next.row.version] !== named) return "vanished";
  if (next.row.version >= current.row.version || recordsRollback(next.row, current.row))
    return "follow";
  return "backwards";
}

/**
 * Whether `row` was stored before `other`, for rows of overlapping reads. Our writes append to the history,
 * so the row that records the other's newest operation is the later one. Between rows with the same newest
 * operation lie only foreign advances, which go up, and the record of a table's name.
 */
function isEarlier(row: PointerRow, other: PointerRow): boolean {
  const newest = newestOperation(row);
  const otherNewest = newestOperation(other);
  if (newest === otherNewest)
    return (
      row.version < other.version ||
      // The name of a table is added once, by no move.
      (row.version === other.version && !row.tableNames && other.tableNames !== undefined)
    );
  if (otherNewest === undefined || records(row, otherNewest)) return false;
  if (newest === undefined || records(other, newest)) return true;
  return row.version > other.version
    ? other.barred.includes(row.version)
    : row.version < other.version && !recordsRollback(row, other);
}

/**
 * Whether `row` is proven to have been stored after `previous`, and names a greater version: it records the newest
 * operation of `previous`, while an earlier row that does so has the same newest operation, and only foreign
 * advances after it, which go up. True of any response, however old.
 */
export function isAdvance(row: PointerRow | undefined, previous: PointerRow | undefined): boolean {
  if (row === undefined || previous === undefined) return false;
  const known = newestOperation(previous);
  return known !== undefined && row.version > previous.version && records(row, known);
}

function newestOperation(row: PointerRow): string | undefined {
  return row.history.findLast((entry) => entry.operation !== undefined)?.operation;
}

function records(row: PointerRow, operation: string): boolean {
  return indexOfOperation(row, operation) >= 0;
}

function indexOfOperation(row: PointerRow, operation: string): number {
  return row.history.findLastIndex((entry) => entry.operation === operation);
}

/**
 * Whether `row`, the later one, says that the version of `left` was rolled back from: it is barred,
 * or a rollback is recorded after the newest operation that `left` knew. Where the history no longer
 * reaches back to that, its newest entry decides, if it describes the row.
 */
export function recordsRollback(row: PointerRow, previous: PointerRow): boolean {
  if (row.barred.includes(previous.version)) return true;
  const known = newestOperation(previous);
  const at = known === undefined ? -1 : indexOfOperation(row, known);
  if (at >= 0 || known === undefined)
    return row.history.slice(at + 1).some((entry) => entry.kind === "rollback");
  return !row.foreign && row.history.at(-1)?.kind === "rollback";
}
