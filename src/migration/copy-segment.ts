import { type Item, keyIdentity, keyOf, keyText } from "../items";
import { type ParkedKey, type ParkedKeys, parkAll } from "./parked";
import type { RateLimit } from "./rate-limit";
import type { Requests, WritePermit } from "./request";
import { type Segment, scanSegmentPage } from "./scan";
import { keepsKeys, type Mapping, mapItem } from "./transform";
import { idOfWrite, MAX_BATCH_WRITES, writeItems } from "./write-items";

/** What has been done with items of the source. */
export interface CopyCounts {
  /** Items read. */
  read: number;
  /** Items written to the target. */
  written: number;
  /** Items that the transform left out. */
  leftOut: number;
  /** Items that were parked. */
  parked: number;
}

export const noCounts: CopyCounts = { read: 0, written: 0, leftOut: 0, parked: 0 };

export function addCounts(to: CopyCounts, more: CopyCounts): void {
  to.read += more.read;
  to.written += more.written;
  to.leftOut += more.leftOut;
  to.parked += more.parked;
}

/** Pause between two saves of a segment's position, in milliseconds. */
export const SAVE_EVERY_MS = 1_000;

/** How far a segment has come. */
export interface CopyPosition {
  /** The key of the last item that is done; absent at the start. */
  cursor?: Item | undefined;
  done: boolean;
}

/** How batches of items are written. */
export interface BatchOptions extends Requests, WritePermit {
  mapping: Mapping;
  parked: ParkedKeys;
  limit?: RateLimit | undefined;
  /** Called while a batch waits for the limit, every 2 s; what it throws is thrown. Default: `beforeWrite`. */
  whileWaiting?: (() => Promise<void>) | undefined;
}

/** One segment to copy. */
export interface CopySegmentOptions extends BatchOptions, Segment {
  source: string;
  /** Where to go on, as `onProgress` got it. */
  cursor?: Item | undefined;
  /**
   * Called after each batch with the position to save and the items since the last call. What is before the
   * position is written or parked; a copy that goes on from it misses nothing.
   */
  onProgress(position: CopyPosition, done: CopyCounts): Promise<void> | void;
  /** Maximum number of items read at a time. Default: as many as 1 MB holds. */
  pageSize?: number | undefined;
}

/**
 * Copies one segment of a parallel scan from a cursor to its end, with strongly consistent reads. Writing
 * an item twice does no harm, so a copy that was interrupted anywhere is repeated from its last saved
 * cursor.
 *
 * Source keys that share a target key are found within a page; {@link verify} finds all.
 *
 * @throws SwapError `swap.input-invalid` when more than 10,000 keys are parked; others for a failure that may
 * pass; the signal's reason
 */
export async function copySegment(options: CopySegmentOptions): Promise<void> {
  const { client, signal, source, mapping } = options;
  let start = options.cursor;
  do {
    const page = await scanSegmentPage({ client, signal, table: source }, options, start, {
      consistent: true,
      limit: options.pageSize,
    });
    const claims = keepsKeys(mapping) ? undefined : new Map<string, Item>();
    let batch = new CopyBatch();
    for (const item of page.items) {
      const mapped = mapItem(item, mapping);
      batch.add(item, "then" in mapped ? await mapped : mapped, claims, mapping);
      if (batch.items.length + batch.parked.length < MAX_BATCH_WRITES) continue;
      await flush(options, batch);
      const cursor = keyOf(item, mapping.sourceSchema) as Item;
      await options.onProgress({ cursor, done: false }, batch.counts);
      batch = new CopyBatch();
    }
    await flush(options, batch);
    start = page.next;
    await options.onProgress({ cursor: start, done: start === undefined }, batch.counts);
  } while (start !== undefined);
}

/** Items that are written together. */
export class CopyBatch {
  readonly counts: CopyCounts = { ...noCounts };
  readonly items: { source: Item; item: Item }[] = [];
  readonly parked: ParkedKey[] = [];
  /** Source items. */
  readonly leftOut: Item[] = [];

  /**
   * @param source the source item, or its key; most items need no copy of their key
   * @param claims the sources by the target keys that they have; undefined where no two can share one
   */
  add(
    source: Item,
    mapped: Awaited<ReturnType<typeof mapItem>>,
    claims: Map<string, Item> | undefined,
    { sourceSchema }: Mapping,
  ): void {
    this.counts.read += 1;
    if (mapped.kind === "left-out") {
      this.counts.leftOut += 1;
      this.leftOut.push(source);
      return;
    }
    const sourceKey = () => keyOf(source, sourceSchema) as Item;
    if (mapped.kind === "failed") {
      this.parked.push({ sourceKey: sourceKey(), kind: "transform", reason: mapped.reason });
      return;
    }
    const { item } = mapped;
    const claimed = claims?.get(mapped.id);
    if (claimed !== undefined) {
      const other = keyOf(claimed, sourceSchema) as Item;
      const reason = `it has the target key of source key ${keyText(other, sourceSchema)}`;
      this.parked.push({ sourceKey: sourceKey(), kind: "collision", reason, other });
      return;
    }
    claims?.set(mapped.id, source);
    this.items.push({ source, item });
  }
}

/** Writes a batch, and parks or unparks its source keys. */
export async function flush(options: BatchOptions, batch: CopyBatch): Promise<void> {
  const { client, signal, clock, beforeWrite, mapping, parked, limit } = options;
  const { items, counts } = batch;
  // Also a batch that writes nothing looks whether the copy may go on.
  if (counts.read > 0) await beforeWrite?.();
  await limit?.take(counts.read, signal, options.whileWaiting ?? beforeWrite);
  const refused = await writeItems(
    { client, signal, clock, beforeWrite, table: mapping.target },
    items.map(({ item }) => ({ put: item })),
  );
  const reasons = new Map(
    refused.map(({ write, reason }) => [idOfWrite(write, mapping.targetSchema), reason]),
  );
  const unpark = async (source: Item) => {
    if (parked.count > 0) await parked.unpark(keyOf(source, mapping.sourceSchema) as Item);
  };
  for (const { source, item } of items) {
    const reason =
      reasons.size > 0 ? reasons.get(keyIdentity(item, mapping.targetSchema)) : undefined;
    if (reason === undefined) await unpark(source);
    else {
      const sourceKey = keyOf(source, mapping.sourceSchema) as Item;
      batch.parked.push({ sourceKey, kind: "refused", reason });
    }
  }
  for (const source of batch.leftOut) await unpark(source);
  await parkAll(parked, batch.parked);
  counts.parked = batch.parked.length;
  counts.written = items.length - refused.length;
}
