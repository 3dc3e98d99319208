import { type AttributeValue, ScanCommand } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import type { Item } from "../items";
import { projection } from "./projection";
import type { ReadMeter } from "./read-meter";
import { request, type TableTarget } from "./request";

/** Segments read concurrently. */
const MAX_CONCURRENCY = 8;
/** Minimum number of segments, so that two runs of a small sample rarely draw the same items. */
const MIN_SEGMENTS = 100;
/** An eventually consistent read of up to 4 KB. */
const MIN_READ_UNITS = 0.5;

/** The table to sample, and the meter that counts the reads. */
export interface SampleSource extends TableTarget {
  /** Attributes read of each item. */
  names: readonly string[];
  meter: ReadMeter;
  /** From 0 up to 1, as `Math.random`. */
  random: () => number;
}

type Cursor = Record<string, AttributeValue>;
interface SegmentPosition {
  segment: number;
  from?: Cursor;
}

/**
 * Draws random items of a table, each at most once, until the caller stops or the table is exhausted. A
 * table of up to `size` items that fit in one page of 1 MB is read whole in one request.
 *
 * Otherwise the table is cut into a random number of scan segments, between `size` and twice that (never
 * near DynamoDB's bound of 1,000,000), and one item of each segment is read, in random order, until all are
 * exhausted. Segments split the hash of the partition key, so items are drawn evenly across partition keys;
 * of the items of one partition key, the first by sort key is met more often.
 *
 * Cost: 0.5 read units an item of up to 4 KB, and 0.5 for each further 4 KB; the first page, at most 128.5;
 * 0.5 for each segment that turns out to be empty.
 *
 * @throws OutOfReadUnits, SwapError
 */
export async function* sampleItems(source: SampleSource, size: number): AsyncGenerator<Item> {
  const { meter, random } = source;
  meter.reserve(MIN_READ_UNITS);
  const first = await scanPage(source, { Limit: size + 1 });
  if (first.next === undefined) {
    yield* shuffled(first.items, random);
    return;
  }
  const fewest = Math.max(size, MIN_SEGMENTS);
  const TotalSegments = fewest + Math.floor(random() * (fewest + 1));
  let parts: SegmentPosition[] = shuffled(
    Array.from({ length: TotalSegments }, (_, segment) => ({ segment })),
    random,
  );
  let drawn = 0;
  while (parts.length > 0) {
    const left: SegmentPosition[] = [];
    while (parts.length > 0) {
      const now = parts.splice(0, Math.min(MAX_CONCURRENCY, Math.max(1, size - drawn)));
      meter.reserve(now.length * MIN_READ_UNITS);
      const pages = await Promise.all(
        now.map(async ({ segment, from }) => {
          const read = { Segment: segment, TotalSegments, Limit: 1 };
          const got = await scanPage(source, from ? { ...read, ExclusiveStartKey: from } : read);
          if (got.next) left.push({ segment, from: got.next });
          return got.items;
        }),
      );
      drawn += pages.flat().length;
      yield* pages.flat();
    }
    parts = shuffled(left, random);
  }
}

interface ScanRange {
  Limit: number;
  Segment?: number;
  TotalSegments?: number;
  ExclusiveStartKey?: Cursor;
}

async function scanPage(
  source: SampleSource,
  read: ScanRange,
): Promise<{ items: Item[]; next: Cursor | undefined }> {
  const command = new ScanCommand({
    TableName: source.table,
    ...projection(source.names),
    ...read,
    ReturnConsumedCapacity: "TOTAL",
  });
  const answer = await request(source, "Scan", (options) =>
    send(source.client, command, options.abortSignal, "readiness"),
  );
  source.meter.add(answer.ConsumedCapacity?.CapacityUnits, MIN_READ_UNITS);
  return { items: answer.Items ?? [], next: answer.LastEvaluatedKey };
}

/** Shuffles a copy of the array (Fisher-Yates). */
function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [mixed[last], mixed[chosen]] = [mixed[chosen] as T, mixed[last] as T];
  }
  return mixed;
}
