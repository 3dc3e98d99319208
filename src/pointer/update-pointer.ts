import { defined } from "../validation";
import { compactHistory } from "./compact-history";
import { type AppliedWrite, type ConditionalWrite, writeConditionally } from "./conditional-write";
import type { WritableControlTableRef } from "./control-table-ref";
import { tableName } from "./names/table-name";
import { type PointerRow, parseRow, type RawRow } from "./row";
import type { NewHistoryEntry } from "./update-expression";
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
  /** Requests it took; 1 unless a response was lost or the history was compacted. */
  requests: number;
}

/** Writes a pointer update and, where needed, compacts the row's history afterwards. */
export async function updatePointer(
  ref: WritableControlTableRef,
  entry: NewHistoryEntry,
  write: Pick<ConditionalWrite, "alias" | "update" | "refusal">,
): Promise<PointerUpdate> {
  const { alias } = write;
  const table = tableName(alias, entry.version);
  const applied = await writeConditionally(ref, {
    ...write,
    requested: entry.version,
    operation: entry.operation,
  });
  const compacting = applied.before ? await compactHistory(ref, alias, applied.before, entry) : 0;
  const previous = previousVersion(entry, applied);
  return {
    alias,
    version: entry.version,
    table,
    activatedAt: entry.at,
    operation: entry.operation,
    requests: applied.requests + compacting,
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
