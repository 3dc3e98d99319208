import type { OwnEntry } from "./advance";
import { type PointerRow, parseRow, type RawRow } from "./row";
import type { WritableControlTableRef } from "./store";
import { tableName } from "./table-name";
import { tidyHistory } from "./tidy-history";
import { type ConditionalWrite, writeConditionally } from "./write";

/** A move of the pointer that was applied. */
export interface Moved {
  alias: string;
  version: number;
  table: string;
  /** The version active before; absent when there was none. */
  previous?: number;
  /** Unix milliseconds written as `at`. */
  activatedAt: number;
  operation: string;
  /** Requests it took; 1 unless a response was lost, or the history wanted tidying. */
  requests: number;
}

/** Makes the write of a move and, where the row asks for it, tidies the history behind it. */
export async function move(
  ref: WritableControlTableRef,
  entry: OwnEntry,
  write: Pick<ConditionalWrite, "alias" | "update" | "refusal">,
): Promise<Moved> {
  const { alias } = write;
  const table = tableName(alias, entry.version);
  const applied = await writeConditionally(ref, {
    ...write,
    requested: entry.version,
    operation: entry.operation,
  });
  const tidied = applied.before ? await tidyHistory(ref, alias, applied.before, entry) : 0;
  const previous = previousVersion(ref.controlTable, alias, entry, applied);
  return {
    alias,
    version: entry.version,
    table,
    activatedAt: entry.at,
    operation: entry.operation,
    requests: applied.requests + tidied,
    ...(previous !== undefined && { previous }),
  };
}

function previousVersion(
  controlTable: string,
  alias: string,
  entry: OwnEntry,
  applied: { before?: RawRow; after?: RawRow },
): number | undefined {
  if (applied.before?.ver) return parseRow(controlTable, alias, applied.before).version;
  if (applied.after?.op?.S !== entry.operation) return undefined;
  return parseRow(controlTable, alias, applied.after).previous;
}

/** The row that a refusal is explained by; undefined when the alias has none, or no `ver`. */
export function rowBehind(
  controlTable: string,
  alias: string,
  raw: RawRow | undefined,
): PointerRow | undefined {
  return raw?.ver ? parseRow(controlTable, alias, raw) : undefined;
}
