import { type ChangeStream, monotonicClock, type StreamChange } from "../aws";
import { SwapError } from "../errors";
import { canonicalItem, type Item, keyIdentity, keyList, keyText } from "../items";
import { type KeyPair, type PairReading, readPairs } from "./confirm";
import type { ItemReads } from "./get-items";
import type { Drain } from "./switch";
import { type Mapping, mapItem } from "./transform";

/** Keys that a drain holds, at most: about 100 MB. More are a refusal. */
export const MAX_DRAINED_KEYS = 100_000;
/**
 * Time without a new record after which no more are expected, in milliseconds. DynamoDB names no bound: it writes
 * records "in near-real time". Source: DynamoDB Developer Guide, Change data capture for DynamoDB Streams.
 */
export const QUIET_MS = 2_000;
/** Longest wait for the replay before the fence, in milliseconds. */
export const SETTLE_LIMIT_MS = 60_000;
const PAUSE_MS = 200;
const PARALLEL_SHARDS = 16;
/** Pages of a shard that are read in a row. */
const MAX_PAGES = 20;
const COMPARED_AT_ONCE = 500;

/** What a drain reads, and where it shows progress. */
export interface DrainOptions extends ItemReads {
  /** The stream of the table that is left. */
  stream: ChangeStream;
  /** The table that is left. */
  source: string;
  /** How its items map to those of the table that is gone to. */
  mapping: Mapping;
  /**
   * How they map back, where items are left as they are that map to what was written: of a move back, whose inverse may
   * lose something. Absent to compare by `mapping` only.
   */
  opposite?: Mapping | undefined;
  /**
   * The replay's lag, in milliseconds: changes of that time before the drain was opened are waited for, since the stream
   * does not show them to it.
   */
  lagMs: number;
  /** Called with the keys that have yet to agree. */
  onProgress?: ((keysToGo: number) => void) | undefined;
}

/**
 * Opens a drain: reads the source's stream from its end on, and waits until the replay has applied what was written
 * before, and until the keys that the stream has shown first agree. That is before the fence, while writers go on.
 *
 * @throws SwapError `swap.not-ready` if they don't within {@link SETTLE_LIMIT_MS}, for a key that can't be mapped, and
 * for more than {@link MAX_DRAINED_KEYS} keys; and as requests
 */
export async function openDrain(options: DrainOptions): Promise<Drain> {
  const tail = new Tail(options);
  await tail.open();
  await tail.settle();
  return { untilEmpty: (timeLeftMs) => tail.untilEmpty(timeLeftMs) };
}

/** A key that the stream has shown, whose items have yet to agree. */
interface Pending {
  sourceKey: Item;
  /** The target keys of its images, by identity. */
  targets: Map<string, Item>;
  /** The reading of the stream that has shown it last. */
  reading: number;
}

/** The records of a stream behind a position, as keys. */
class Tail {
  readonly #options: DrainOptions;
  readonly #clock;
  readonly #known = new Set<string>();
  /** Positions in shards that may have records. */
  readonly #open = new Map<string, string>();
  /** Shards that have ended, and whose children are not listed yet. */
  readonly #ended = new Set<string>();
  readonly #pending = new Map<string, Pending>();
  #reading = 0;
  #told: number | undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#clock = options.clock ?? monotonicClock;
  }

  async open(): Promise<void> {
    const shards = await this.#options.stream.shards();
    const parents = new Set(shards.map(({ parent }) => parent));
    for (const { id, closed } of shards) {
      this.#known.add(id);
      if (closed && !parents.has(id)) this.#ended.add(id);
    }
    const open = shards.filter(({ closed }) => !closed);
    await inParallel(open, async ({ id }) => {
      this.#open.set(id, await this.#options.stream.iterator(id, "LATEST"));
    });
    // A position counts from the first request that uses it.
    await this.#read();
  }

  async settle(): Promise<void> {
    const begun = this.#clock.now();
    for (let until: number | undefined; ; ) {
      await this.#read();
      await this.#compare();
      const waited = this.#clock.now() - begun;
      if (waited >= this.#options.lagMs) until ??= this.#reading;
      const left = [...this.#pending.values()].filter(({ reading }) => reading <= (until ?? 0));
      if (until !== undefined && left.length === 0 && this.#ended.size === 0) return;
      if (waited >= SETTLE_LIMIT_MS + this.#options.lagMs)
        throw this.#refused(
          left.length > 0
            ? `the replay has not applied changes of ${left.length} keys within a minute, such as of ${this.#names(left)}`
            : this.#endedReason(),
          "see that the mapping of the stream is enabled and its function runs, then try again; nothing was held",
        );
      await this.#pause();
    }
  }

  async untilEmpty(timeLeftMs: () => number): Promise<void> {
    const begun = this.#clock.now();
    let lastAt = begun;
    for (;;) {
      const startedAt = this.#clock.now();
      if ((await this.#read()) > 0) lastAt = this.#clock.now();
      await this.#compare();
      const quiet = startedAt - lastAt >= QUIET_MS;
      // The last list of shards is one that was read after the last record.
      if (quiet && this.#pending.size === 0 && !(await this.#findShards())) {
        return;
      }
      if (timeLeftMs() <= 0)
        throw this.#refused(
          this.#pending.size > 0
            ? `${this.#pending.size} changed keys do not agree, such as ${this.#names([...this.#pending.values()])}`
            : this.#ended.size > 0
              ? this.#endedReason()
              : `table "${this.#options.source}" is still written to`,
          "stop or fence every writer, see that the replay runs, then try again; the version before is still active",
        );
      if (this.#told !== this.#pending.size) this.#options.onProgress?.(this.#pending.size);
      this.#told = this.#pending.size;
      await this.#pause();
    }
  }

  /** Reads the open shards to their ends; returns how many records came. */
  async #read(): Promise<number> {
    this.#reading++;
    let records = 0;
    await inParallel([...this.#open], async ([shard, position]) => {
      let at = position;
      for (let page = 0; page < MAX_PAGES; page++) {
        const { changes, next } = await this.#options.stream.read(at);
        records += changes.length;
        for (const change of changes) await this.#add(change);
        if (next === undefined) {
          this.#open.delete(shard);
          this.#ended.add(shard);
          return;
        }
        this.#open.set(shard, next);
        if (changes.length === 0) return;
        at = next;
      }
    });
    if (this.#ended.size > 0) await this.#findShards();
    return records;
  }

  /** Opens the shards that are new, from their first record; returns whether some are, or are missing. */
  async #findShards(): Promise<boolean> {
    const shards = await this.#options.stream.shards();
    const fresh = shards.filter(({ id }) => !this.#known.has(id));
    for (const { id, parent } of shards) {
      this.#known.add(id);
      if (parent !== undefined) this.#ended.delete(parent);
    }
    await inParallel(fresh, async ({ id }) => {
      this.#open.set(id, await this.#options.stream.iterator(id, "TRIM_HORIZON"));
    });
    return fresh.length > 0 || this.#ended.size > 0;
  }

  async #add({ keys, oldImage, newImage }: StreamChange): Promise<void> {
    const { sourceSchema, targetSchema } = this.#options.mapping;
    const id = keyIdentity(keys, sourceSchema);
    const entry = this.#pending.get(id) ?? { sourceKey: keys, targets: new Map(), reading: 0 };
    entry.reading = this.#reading;
    this.#pending.set(id, entry);
    if (this.#pending.size > MAX_DRAINED_KEYS)
      throw this.#refused(
        `more than ${MAX_DRAINED_KEYS.toLocaleString("en-US")} keys have changed that do not agree yet`,
        "move the pointer when there are fewer writes a second",
      );
    for (const image of [oldImage, newImage]) {
      const mapped = image && (await mapItem(image, this.#options.mapping));
      if (mapped?.kind === "item")
        entry.targets.set(keyIdentity(mapped.key, targetSchema), mapped.key);
    }
  }

  /** Reads the pending keys of both tables, and forgets those that agree. */
  async #compare(): Promise<void> {
    const all = [...this.#pending];
    for (let start = 0; start < all.length; start += COMPARED_AT_ONCE) {
      const chunk = all.slice(start, start + COMPARED_AT_ONCE);
      const pairs = chunk.flatMap(([id, { sourceKey, targets }]) =>
        [undefined, ...targets.values()].map((targetKey): KeyPair & { id: string } => ({
          id,
          sourceKey,
          targetKey,
        })),
      );
      const { source, mapping } = this.#options;
      const differing = new Set<string>();
      const readings = await readPairs(this.#options, source, mapping, pairs);
      for (const [index, reading] of readings.entries())
        if (!(await this.#agrees(reading))) differing.add(pairs[index]?.id as string);
      for (const [id] of chunk) if (!differing.has(id)) this.#pending.delete(id);
    }
  }

  async #agrees({ source, mapped, found, leftover }: PairReading): Promise<boolean> {
    if (mapped?.kind === "failed")
      throw this.#refused(
        `a changed item of "${this.#options.source}" can't be written: ${mapped.reason}`,
        "correct the item, then try again",
      );
    if (leftover) return false;
    if (mapped?.kind !== "item") return true;
    if (found === undefined) return false;
    if (canonicalItem(found) === canonicalItem(mapped.item)) return true;
    const { opposite } = this.#options;
    const back = opposite && (await mapItem(found, opposite));
    return back?.kind === "item" && canonicalItem(back.item) === canonicalItem(source as Item);
  }

  async #pause(): Promise<void> {
    const { signal } = this.#options;
    await this.#clock.sleep(PAUSE_MS, signal);
    signal?.throwIfAborted();
  }

  #names(pending: readonly Pending[]): string {
    const { sourceSchema } = this.#options.mapping;
    return keyList(pending.map(({ sourceKey }) => keyText(sourceKey, sourceSchema)));
  }

  #endedReason(): string {
    return `shard ${[...this.#ended][0]} of the stream of "${this.#options.source}" has ended, and no other continues it`;
  }

  #refused(reason: string, fix: string): SwapError {
    const { context, target } = this.#options.mapping;
    const { alias, to: version } = context;
    return new SwapError("swap.not-ready", {
      alias,
      version,
      table: target,
      gate: "drain",
      reason,
      fix,
    });
  }
}

/** Runs the work on all, some at a time. */
async function inParallel<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const queue = all.values();
  const workers = Array.from({ length: PARALLEL_SHARDS }, async () => {
    for (const each of queue) await work(each);
  });
  await Promise.all(workers);
}
