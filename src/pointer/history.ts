import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { defined } from "../validation";
import { wholeNumber } from "./whole-number";

/** What updated the pointer; "foreign" is an advance by a writer that keeps no history. */
export type HistoryKind = "set" | "rollback" | "seed" | "foreign";

/** One update of the pointer. */
export interface HistoryEntry {
  version: number;
  /** Unix milliseconds; 0 for a seed; absent when a foreign writer left none. */
  at?: number;
  kind: HistoryKind;
  /** Operation id; absent for a foreign advance. */
  operation?: string;
  by?: string;
  why?: string;
}

/**
 * Parses `hist`, skipping entries without a whole version. The kind of a later release stays as it is: grace
 * periods depend on which versions were live.
 */
export function parseHistory(value: AttributeValue | undefined): HistoryEntry[] {
  const elements = Array.isArray(value?.L) ? value.L : [];
  return elements.flatMap((element) => parseEntry(element.M) ?? []);
}

/** The versions that a row says were live, the latest first. */
export function usedVersions(raw: { ver?: AttributeValue; hist?: AttributeValue }): number[] {
  const moves = parseHistory(raw.hist).map((entry) => entry.version);
  return [...moves, ...[wholeNumber(raw.ver)].filter((each) => each !== undefined)].toReversed();
}

function parseEntry(fields: Record<string, AttributeValue> | undefined): HistoryEntry | undefined {
  const version = wholeNumber(fields?.ver);
  const at = wholeNumber(fields?.at);
  const kind = fields?.kind?.S;
  if (!fields || version === undefined || kind === undefined) return undefined;
  return {
    version,
    kind: kind as HistoryKind,
    ...defined({ at, operation: fields.op?.S, by: fields.by?.S, why: fields.why?.S }),
  };
}

/**
 * The foreign advance before our newest update that has no entry: recording it takes a separate
 * request, which may have failed. `prev`, written with the update, holds its version but not its time.
 */
export function unrecordedAdvance(
  history: readonly HistoryEntry[],
  raw: { op?: AttributeValue; prev?: AttributeValue },
): HistoryEntry | undefined {
  const newest = history.at(-1);
  const previous = wholeNumber(raw.prev);
  if (newest?.operation === undefined || newest.operation !== raw.op?.S) return undefined;
  // `prev` equals `ver` when nothing was active before the update.
  if (previous === undefined || previous === newest.version) return undefined;
  return history.at(-2)?.version === previous ? undefined : { version: previous, kind: "foreign" };
}

/** A copy of `items` with `item` inserted before the last element. */
export function insertBeforeLast<T>(items: readonly T[], item: T | undefined): T[] {
  return item === undefined ? [...items] : items.toSpliced(-1, 0, item);
}

/** An entry as it is stored in `hist`. */
export function formatEntry(entry: HistoryEntry): AttributeValue {
  return {
    M: {
      ver: { N: String(entry.version) },
      kind: { S: entry.kind },
      ...(entry.at !== undefined && { at: { N: String(entry.at) } }),
      ...(entry.operation !== undefined && { op: { S: entry.operation } }),
      ...(entry.by !== undefined && { by: { S: entry.by } }),
      ...(entry.why !== undefined && { why: { S: entry.why } }),
    },
  };
}
