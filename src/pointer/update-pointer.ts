import { defined } from "../validation";
import { type AppliedWrite, type ConditionalWrite, writeConditionally } from "./conditional-write";
import type { WritableControlTableRef } from "./control-table-ref";
import { tableName } from "./names/table-name";
import { type PointerRow, parseRow, type RawRow, readTableNames } from "./row";
import {
  appendingUpdate,
  type NewHistoryEntry,
  rewritingUpdate,
  type UpdateParts,
} from "./update-expression";
import { wholeNumber } from "./whole-number";

/** An update of the pointer that was applied. */
export interface PointerUpdate {
  alias: string;
  version: number;
  table: string;
  /**
   * The version active before; absent when there was none, or when it is unknown: the response was
   * lost and another of our writers updated the row before the outcome was settled.
   */
  previous?: number;
  /** Unix milliseconds written as `at`. */
  activatedAt: number;
  operation: string;
  /**
   * Requests it took; 1 unless a response was lost or the row had to be written again: to make room, or
   * after another kind of writer.
   */
  requests: number;
}

/** A pointer update, and when it is refused. */
export interface PointerWrite extends Pick<ConditionalWrite, "alias" | "refusal"> {
  parts: UpdateParts;
  /** The row, where the update is only to be made while it is unchanged. */
  seen?: RawRow;
}

/**
 * Writes a pointer update: blindly appended, or made for the row where the first attempt shows that it
 * has no room, or that another kind of writer has moved it.
 */
export async function updatePointer(
  ref: WritableControlTableRef,
  entry: NewHistoryEntry,
  { alias, parts, seen: known, refusal }: PointerWrite,
): Promise<PointerUpdate> {
  const conventional = tableName(alias, entry.version);
  const applied = await writeConditionally(ref, {
    alias,
    refusal,
    requested: entry.version,
    operation: entry.operation,
    update: (seen = known) =>
      seen === undefined
        ? appendingUpdate(alias, entry, parts)
        : rewritingUpdate(ref.controlTable, alias, entry, parts, seen),
  });
  const previous = previousVersion(entry, applied);
  const names = readTableNames({ ...parts.attributes, ...(applied.after ?? applied.before) });
  return {
    alias,
    version: entry.version,
    table: names?.[entry.version] ?? conventional,
    activatedAt: entry.at,
    operation: entry.operation,
    requests: applied.requests,
    ...defined({ previous }),
  };
}

/** Never throws: the update was applied, whatever the row held before it or holds after it. */
function previousVersion(
  entry: NewHistoryEntry,
  { before, after }: AppliedWrite,
): number | undefined {
  if (before) return wholeNumber(before.ver);
  // `prev` is ours while `op` is, even after a foreign writer has advanced `ver`.
  const previous = after?.op?.S === entry.operation ? wholeNumber(after.prev) : undefined;
  return previous === entry.version ? undefined : previous;
}

/** The parsed row; undefined when the alias has no row, or the row has no `ver`. */
export function parseRowIfAny(
  controlTable: string,
  alias: string,
  raw: RawRow | undefined,
): PointerRow | undefined {
  return raw?.ver ? parseRow(controlTable, alias, raw) : undefined;
}
