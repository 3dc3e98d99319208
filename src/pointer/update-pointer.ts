import { defined } from "../validation";
import { compactHistory } from "./compact-history";
import { tableName } from "./names/table-name";
import type { OwnEntry } from "./pointer-update";
import { type PointerRow, parseRow, type RawRow } from "./row";
import type { WritableControlTableRef } from "./store";
import { wholeNumber } from "./whole-number";
import { type Applied, type ConditionalWrite, writeConditionally } from "./write";

/** A move of the pointer that was applied. */
export interface PointerUpdate {
  alias: string;
  version: number;
  table: string;
  /**
   * The version active before; absent when there was none, or when it was not learned: the response
   * was lost and another of our writers moved on before the outcome was settled.
   */
  previous?: number;
  /** Unix milliseconds written as `at`. */
  activatedAt: number;
  operation: string;
  /** Requests it took; 1 unless a response was lost, or the history wanted tidying. */
  requests: number;
}

/** Makes the write of a move and, where the row asks for it, tidies the history behind it. */
export async function updatePointer(
  ref: WritableControlTableRef,
  entry: OwnEntry,
  write: Pick<ConditionalWrite, "alias" | "update" | "refusal">,
): Promise<PointerUpdate> {
  const { alias } = write;
  const table = tableName(alias, entry.version);
  const applied = await writeConditionally(ref, {
    ...write,
    requested: entry.version,
    operation: entry.operation,
  });
  const tidied = applied.before ? await compactHistory(ref, alias, applied.before, entry) : 0;
  const previous = previousVersion(entry, applied);
  return {
    alias,
    version: entry.version,
    table,
    activatedAt: entry.at,
    operation: entry.operation,
    requests: applied.requests + tidied,
    ...defined({ previous }),
  };
}

/** Never throws: the move was applied, whatever the row held before it or holds after it. */
function previousVersion(entry: OwnEntry, { before, after }: Applied): number | undefined {
  if (before) return wholeNumber(before.ver);
  // `prev` is ours while `op` is, also where a foreign writer has moved `ver` on since.
  const previous = after?.op?.S === entry.operation ? wholeNumber(after.prev) : undefined;
  return previous === entry.version ? undefined : previous;
}

/** The row that a refusal is explained by; undefined when the alias has none, or no `ver`. */
export function refusingRow(
  controlTable: string,
  alias: string,
  raw: RawRow | undefined,
): PointerRow | undefined {
  return raw?.ver ? parseRow(controlTable, alias, raw) : undefined;
}
