import { ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import type { Item } from "../items";
import type { RateLimit } from "./rate-limit";
import { type Requests, sendRequest } from "./request";

/** One segment of a parallel scan. */
export interface Segment {
  /** From 0. */
  segment: number;
  totalSegments: number;
}

/** One page of a segment. */
export interface Page {
  items: Item[];
  /** Where the next page starts; absent after the last. */
  next?: Item | undefined;
  readUnits: number;
}

/** Reads one page of a segment: up to 1 MB, at 1 read unit for each 4 KB if consistent, else half. */
export async function scanSegmentPage(
  at: Requests & { table: string },
  { segment, totalSegments }: Segment,
  start: Item | undefined,
  options: { consistent: boolean; limit?: number | undefined },
): Promise<Page> {
  const command = new ScanCommand({
    TableName: at.table,
    Segment: segment,
    TotalSegments: totalSegments,
    ExclusiveStartKey: start,
    ConsistentRead: options.consistent,
    Limit: options.limit,
    ReturnConsumedCapacity: "TOTAL",
  });
  const answer = await sendRequest(at, at.table, "Scan", command);
  return {
    items: answer.Items ?? [],
    next: answer.LastEvaluatedKey,
    readUnits: answer.ConsumedCapacity?.CapacityUnits ?? 0,
  };
}

/**
 * Counts a table's items, eventually consistent, and returns none of them. Cost: half a read unit for each 4 KB.
 *
 * @param limit of read units; a page of 1 MB takes 128, and is read before they are counted
 * @throws SwapError, such as `swap.access-denied` without Scan; the signal's reason
 */
export async function countTable(
  at: Requests & { table: string },
  limit: RateLimit,
): Promise<{ items: number; readUnits: number }> {
  let [items, readUnits] = [0, 0];
  let start: Item | undefined;
  do {
    const command: ScanCommand = new ScanCommand({
      TableName: at.table,
      Select: "COUNT",
      ExclusiveStartKey: start,
      ReturnConsumedCapacity: "TOTAL",
    });
    const answer: ScanCommandOutput = await sendRequest(at, at.table, "Scan", command);
    items += answer.Count ?? 0;
    const units = answer.ConsumedCapacity?.CapacityUnits ?? 0;
    readUnits += units;
    start = answer.LastEvaluatedKey;
    if (start !== undefined) await limit.take(units, at.signal);
  } while (start !== undefined);
  return { items, readUnits };
}

/**
 * Reads a segment page by page, strongly consistent. Where the segment is the whole table, the next page is
 * requested while the caller works on one, so that two are in memory; of several segments the others' pages
 * fill that time. When the caller stops, the request under way is ended.
 *
 * @param limit is asked for the items of each page before the next is requested
 * @throws SwapError; the signal's reason
 */
export async function* segmentPages(
  at: Requests & { table: string },
  segment: Segment,
  limit?: RateLimit,
): AsyncGenerator<Page, void, undefined> {
  const stopped = new AbortController();
  const signal = at.signal ? AbortSignal.any([at.signal, stopped.signal]) : stopped.signal;
  const read = (start?: Item) =>
    scanSegmentPage({ ...at, signal }, segment, start, { consistent: true });
  const readNext = async (items: number, next?: Item): Promise<Page | undefined> => {
    await limit?.take(items, signal);
    return next && read(next);
  };
  let ahead: Promise<Page | undefined> | undefined;
  try {
    let page: Page | undefined = await read();
    while (page) {
      const next: Item | undefined = page.next;
      const count: number = page.items.length;
      if (segment.totalSegments === 1) ahead = readNext(count, next);
      // A failure is thrown when its turn comes; until then Node would take it for unhandled.
      ahead?.catch(() => {});
      yield page;
      // Garbage from here on: the next page is not read yet.
      page = undefined;
      page = await (ahead ?? readNext(count, next));
    }
  } finally {
    stopped.abort();
    await ahead?.catch(() => {});
  }
}

/**
 * Runs `work` for each of `all`, such as segments of a table, at most `concurrency` at a time. The first failure ends the
 * others by the signal they get, and is thrown when all have ended.
 */
export async function inParallel<T>(
  all: readonly T[],
  concurrency: number,
  signal: AbortSignal | undefined,
  work: (each: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const waiting = all.values();
  let failure: { error: unknown } | undefined;
  const worker = async () => {
    for (const next of waiting) {
      try {
        either.throwIfAborted();
        await work(next, either);
      } catch (error) {
        failure ??= { error };
        failed.abort(error);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, all.length) }, worker));
  if (failure) throw failure.error;
}
