import { type Item, keyIdentity, keyOf } from "../items";
import { type Confirmed, confirmSettled, type KeyPair } from "./confirm";
import { distinctDifferences, type ItemDifference } from "./difference";
import { BUCKETS, bucketOf, digestOf, type Fingerprint } from "./fingerprint";
import { Located } from "./locate";
import { Pairs } from "./pairs";
import type { RateLimit } from "./rate-limit";
import type { Requests } from "./request";
import { inParallel, segmentPages } from "./scan";
import { type Mapping, mapItems } from "./transform";

/** Keys held in memory at a time while differences are looked for. */
const MAX_COLLECTED = 50_000;
/** Differences after which a verification stops looking for more. */
const MAX_DIFFERENCES = 100_000;

/** Two tables to compare. */
export interface VerifyOptions extends Requests {
  source: string;
  mapping: Mapping;
  /** Segments of each table read at a time. */
  concurrency: number;
  /** Limits the items read of both tables together. */
  limit?: RateLimit | undefined;
  /**
   * How long to wait, in milliseconds, before items that differ are read once more. At least the lag of
   * what copies changes to the target. Default: 0, for a source that nobody writes to.
   */
  settleMs?: number | undefined;
  /** Differences after which it stops looking for more. Default: 100,000. */
  maxDifferences?: number | undefined;
  /** Called after each page. */
  onProgress?: ((progress: VerifyProgress) => void) | undefined;
  /** For tests: the keys held in memory at a time. */
  maxCollected?: number | undefined;
}

export interface VerifyProgress {
  /** `compare`: both tables are read once. `locate`: read again, to find the keys that differ. */
  phase: "compare" | "locate";
  /** Items read so far in this phase, of both tables. */
  read: number;
}

/** What a verification has found. */
export interface Verification {
  /** Items read of the source. */
  sourceItems: number;
  /** Items that the transform left out. */
  leftOut: number;
  /** Items read of the target. */
  targetItems: number;
  /** What still differed when it was read again, strongly consistent. */
  differences: ItemDifference[];
  /**
   * False if there may be more differences: it stopped at `maxDifferences`, more than 100 source keys share
   * a target key, or a scan found a source key twice that no read found.
   */
  complete: boolean;
  /** Read units as DynamoDB reported them. */
  readUnits: number;
}

/**
 * Compares a target with what its source maps to, by value and in both directions: numbers as numbers, sets
 * in any order, binary by its bytes. Memory does not depend on the size of the tables.
 *
 * Both tables are read once. Items that are met at about the same time are compared, and of the others sums of
 * digests are. Only where these differ, both are read again to find the keys, each of which is then read from
 * both tables before it counts, and once more after `settleMs`. So changes during the verification that have
 * reached both tables don't count. All reads are strongly consistent: what was written before the verification
 * began is compared.
 *
 * Cost: 1 read unit for each 4 KB of both tables; when they differ, 1 more for each further pass, and 1 for
 * each 4 KB of each item that may differ.
 *
 * @throws SwapError; the signal's reason
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const pass = new Pass(options);
  const max = options.maxDifferences ?? MAX_DIFFERENCES;
  const { source, target, failures } = await pass.compare(max);
  const { leftOut } = pass;
  const differing = source.differing(target);
  const failing = await pass.confirmAll(failures.map((sourceKey) => ({ sourceKey })));
  const differences = failing.flatMap((each) => each.differences);
  let complete = failures.length < max;
  const groups = groupsOf(differing, source, target, options.maxCollected ?? MAX_COLLECTED);
  for (const group of groups) {
    if (differences.length >= max) {
      complete = false;
      break;
    }
    const found = await pass.search(group);
    // No spread: a call takes about 100,000 arguments at most.
    for (const each of found.differences) differences.push(each);
    complete &&= found.complete;
  }
  return {
    sourceItems: pass.sourceItems,
    leftOut,
    targetItems: target.items,
    differences: distinctDifferences(differences, options.mapping),
    complete,
    readUnits: Math.round(pass.readUnits * 10) / 10,
  };
}

/** Buckets in groups whose keys fit in memory; a bucket that does not fit is a group. */
function groupsOf(
  buckets: readonly number[],
  source: Fingerprint,
  target: Fingerprint,
  max: number,
): Uint8Array[] {
  const groups: Uint8Array[] = [];
  let left = 0;
  for (const bucket of buckets) {
    const keys = source.countOf(bucket) + target.countOf(bucket);
    if (keys > left) {
      groups.push(new Uint8Array(BUCKETS));
      left = max;
    }
    (groups.at(-1) as Uint8Array)[bucket] = 1;
    left -= keys;
  }
  return groups;
}

/** The passes of one verification over its tables. */
class Pass {
  readUnits = 0;
  sourceItems = 0;
  leftOut = 0;

  constructor(private readonly options: VerifyOptions) {}

  /** Reads both tables once; `failures` are source keys for which the transform fails, at most `max`. */
  async compare(max: number) {
    const { mapping, concurrency } = this.options;
    const pairs = new Pairs(concurrency);
    const failures: Item[] = [];
    const progress = this.#counter("compare");
    const addSource = async (items: Item[]) => {
      for (const [index, mapped] of (await mapItems(items, mapping)).entries()) {
        this.sourceItems += 1;
        if (mapped.kind === "item") pairs.addSource(mapped.id, mapped.item);
        else if (mapped.kind === "left-out") this.leftOut += 1;
        else if (failures.length < max)
          failures.push(keyOf(items[index] as Item, mapping.sourceSchema) as Item);
      }
      pairs.endSourcePage();
    };
    const addTarget = (items: Item[]) => {
      for (const item of items) pairs.addTarget(keyIdentity(item, mapping.targetSchema), item);
      pairs.endTargetPage();
    };
    // In turn, so that the pages of the same keys come soon after each other.
    const scans = Array.from({ length: concurrency }, (_, segment) => [
      { table: this.options.source, segment, each: addSource },
      { table: mapping.target, segment, each: addTarget },
    ]).flat();
    await inParallel(scans, scans.length, this.options.signal, ({ table, segment, each }, signal) =>
      this.#scanSegment(table, segment, signal, progress, each),
    );
    return { ...pairs.end(), failures };
  }

  /**
   * The differences in some buckets. A source key that a scan finds and a read does not was deleted in
   * between; if the same happens again, something is wrong, and nothing is known about its item.
   */
  async search(buckets: Uint8Array): Promise<Pick<Verification, "differences" | "complete">> {
    const { sourceSchema } = this.options.mapping;
    const idsOf = (confirmed: readonly Confirmed[]) =>
      confirmed
        .filter(({ differences }) => differences.length === 0)
        .flatMap(({ gone }) => gone.map((key) => keyIdentity(key, sourceSchema)));
    const first = await this.#locate(buckets);
    const confirmed = await this.confirmAll(first.candidates);
    let { complete } = first;
    const gone = new Set(idsOf(confirmed));
    if (gone.size > 0) {
      const second = await this.#locate(buckets);
      const again = await this.confirmAll(second.candidates);
      complete &&= second.complete && !idsOf(again).some((id) => gone.has(id));
      confirmed.push(...again);
    }
    return { differences: confirmed.flatMap(({ differences }) => differences), complete };
  }

  /**
   * Finds the keys of some buckets that may differ. The target is read first: an item that both tables got
   * in between is then a candidate that agrees when it is read again.
   */
  async #locate(buckets: Uint8Array): Promise<{ candidates: KeyPair[]; complete: boolean }> {
    const { mapping, source, signal } = this.options;
    const progress = this.#counter("locate");
    const located = new Located(mapping);
    await this.#scan(mapping.target, signal, progress, (items) => {
      for (const item of items) {
        const id = keyIdentity(item, mapping.targetSchema);
        if (buckets[bucketOf(id)] === 0) continue;
        located.addTarget(id, keyOf(item, mapping.targetSchema) as Item, digestOf(item));
      }
    });
    await this.#scan(source, signal, progress, async (items) => {
      for (const [index, mapped] of (await mapItems(items, mapping)).entries()) {
        if (mapped.kind !== "item" || buckets[bucketOf(mapped.id)] === 0) continue;
        const sourceKey = keyOf(items[index] as Item, mapping.sourceSchema) as Item;
        located.addSource(mapped.id, sourceKey, mapped.key, digestOf(mapped.item));
      }
    });
    return located.candidates();
  }

  /** Reads the candidates again; those that still differ are read once more after the lag. */
  confirmAll(candidates: readonly KeyPair[]): Promise<Confirmed[]> {
    const { client, signal, clock, source, mapping, settleMs } = this.options;
    const at = { client, signal, clock, onReadUnits: (units: number) => this.#read(units) };
    return confirmSettled(at, source, mapping, candidates, settleMs);
  }

  #read(units: number): void {
    this.readUnits += units;
  }

  #counter(phase: VerifyProgress["phase"]): (items: number) => void {
    let read = 0;
    return (items) => {
      read += items;
      this.options.onProgress?.({ phase, read });
    };
  }

  async #scan(
    table: string,
    signal: AbortSignal | undefined,
    progress: (items: number) => void,
    each: (items: Item[]) => Promise<void> | void,
  ): Promise<void> {
    const { concurrency } = this.options;
    const segments = Array.from({ length: concurrency }, (_, segment) => segment);
    await inParallel(segments, concurrency, signal, (segment, either) =>
      this.#scanSegment(table, segment, either, progress, each),
    );
  }

  async #scanSegment(
    table: string,
    segment: number,
    signal: AbortSignal | undefined,
    progress: (items: number) => void,
    each: (items: Item[]) => Promise<void> | void,
  ): Promise<void> {
    const { client, clock, concurrency: totalSegments, limit } = this.options;
    const pages = segmentPages({ client, clock, signal, table }, { segment, totalSegments }, limit);
    for await (const page of pages) {
      this.#read(page.readUnits);
      await each(page.items);
      progress(page.items.length);
    }
  }
}
