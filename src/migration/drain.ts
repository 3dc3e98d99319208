import { monotonicClock } from "../aws";
import type { ChangeStream, StreamChange } from "../aws/change-stream";
import { SwapError } from "../errors";
import { type Item, keyIdentity, keyList, keyText } from "../items";
import { CLOCK_SKEW_MS, isoOrNumber } from "../validation";
import { type KeyPair, type PairReading, readPairs } from "./confirm";
import type { ItemReads } from "./get-items";
import { STREAM_MS } from "./run";
import { inParallel } from "./scan";
import type { Drain } from "./switch";
import { isReplica, type Mapping, mapItem } from "./transform";

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
/**
 * Pages without a change after which no more are expected of a shard that is open and silent, at least. AWS names no bound:
 * only a closed shard, or a change that is known, shows where to end. Source: Amazon DynamoDB API Reference, GetRecords ("it
 * might take multiple calls to get to a portion of the shard that contains stream records"). The authors of bloop counted 5
 * for the 4 hours that a shard is open, so that 100 cross more than the 24 hours that a stream holds. Source: bloop,
 * `CALLS_TO_REACH_HEAD`.
 */
const EMPTY_PAGES = 100;
/** How many times the longest run of such pages that this stream showed before a change they have to be, at least. */
const EMPTY_PAGES_FACTOR = 10;
const COMPARED_AT_ONCE = 500;
/** How long a shard without a new change is waited for, in milliseconds, before its newest one is looked up. */
const LOOK_UP_AFTER_MS = 3_000;
/** Longest time in which newest changes are looked up, in milliseconds: nothing is held meanwhile. */
const LOOK_UP_LIMIT_MS = 10 * 60_000;
/** Time after which look-ups let the stream be read, in milliseconds, and pages after which each of them does. */
const LOOK_UP_SLICE_MS = 2_000;
const LOOK_UP_PAGES = 1_000;

/** What a drain reads, and where it shows progress. */
export interface DrainOptions extends ItemReads {
  /** The stream of the table that is left. */
  stream: ChangeStream;
  /** The table that is left. */
  source: string;
  /** How its items map to those of the table that becomes active. */
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
  /** What to do where nothing shows that the replay has applied what was written before. */
  proof: string;
  /** Reads what the replay of the stream has recorded. */
  replayed(): Promise<Replayed>;
  /** Called with the keys that have yet to agree. */
  onProgress?: ((keysToGo: number) => void) | undefined;
  /** Called once, with the shards whose newest change it takes time to find. */
  onLookUp?: ((shards: number) => void) | undefined;
}

/** What the replay of a stream has recorded, with times in unix milliseconds. */
export interface Replayed {
  /** Why it fails; undefined if it does not. */
  failure: string | undefined;
  /** Batches that were begun and have not ended. */
  running: number;
  /** When the newest change was made that it has seen, and that it has applied; undefined if there is none. */
  newestAt: number | undefined;
  appliedAt: number | undefined;
  /** Sequence numbers of records: all of the record's shard before it is applied, and itself. */
  through: readonly string[];
  /** When the last verification began, if it found no differences. */
  agreedAt: number | undefined;
}

/**
 * Opens a drain: reads the source's stream from its end on, and waits until the replay has applied what was written
 * before, and until the keys that the stream has shown first agree. That is before the fence, while writers go on.
 *
 * What was written before is not in what is read. So the replay has to record, of each shard, that it has applied a change
 * that was made since, or the newest one before; or a verification without differences has begun after that one, or, where
 * none is found, in the last 24 hours. A shard is replayed in order, so that all before is applied then; that items agree
 * does not show that. Where only what was before is proven, the changes since have to agree. The drain ends once the
 * newest change of all is applied, and no batch is under way.
 *
 * @throws SwapError `swap.not-ready` if they don't within {@link SETTLE_LIMIT_MS}, or {@link LOOK_UP_LIMIT_MS} where
 * newest changes are still looked up, if nothing shows that the replay runs, for a key that can't be mapped, and for more
 * than {@link MAX_DRAINED_KEYS} keys; and as requests
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
  /** The readings of the stream that have shown it first and last. */
  firstReading: number;
  reading: number;
  /** The unproven shard that its shard is or continues. */
  root: string | undefined;
}

/** A change that a shard held before the drain was opened. */
type EarlierChange = Pick<StreamChange, "sequence" | "madeAt">;

/** A shard of which nothing shows yet that all before the drain is applied. */
interface Unproven {
  /** Its changes since, and those of the shards that continue it. */
  since: Set<string>;
  /** The newest change before, if it was looked up; null for a shard without one. */
  before?: EarlierChange | null | undefined;
  /** Whether that was when changes since were known, at the first of which the search ends. */
  isExact?: boolean;
  /** Pages without a change by which its end was judged. */
  emptyPages?: number;
  /** The search for it that goes on. */
  search?: Search | undefined;
  /** The reading up to which the changes since have to agree, once what was before is proven. */
  until?: number;
}

/** A search for the newest change of a shard and of those that it continues. */
interface Search {
  isExact: boolean;
  /** The shards that are not read to their ends, from the newest on: what is in a parent is older. */
  shards: string[];
  /** The position in the first of them; undefined at its beginning. */
  at: string | undefined;
  newest: EarlierChange | null;
  /** Pages that were read: the last ones without a change, those by which an end was judged, and all. */
  empty: number;
  emptyPages: number;
  pages: number;
  /** Changes that came after longer runs of pages without one than were expected, with the length of the run. */
  gaps: Map<string, number>;
  isOver: boolean;
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
  readonly #unproven = new Map<string, Unproven>();
  /** The unproven shard that each shard is or continues. */
  readonly #roots = new Map<string, string>();
  #reading = 0;
  /** When a record came last, or a shard was opened that may have some. */
  #lastAt = 0;
  /** All that was read of `through`: in the record, others overwrite it. */
  readonly #through = new Set<string>();
  /** Pages without a change that show the end of a silent shard. */
  #emptyPages = EMPTY_PAGES;
  /** In unix milliseconds. */
  #openedAt = 0;
  #isLookingUp = false;
  #hasToldLookUp = false;
  /** When the newest change was made. */
  #newestAt: number | undefined;
  #shown: number | undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#clock = options.clock ?? monotonicClock;
  }

  async open(): Promise<void> {
    const shards = await this.#options.stream.shards();
    const parents = new Set(shards.map(({ parent }) => parent));
    for (const { id, closed } of shards) {
      this.#known.add(id);
      if (closed && parents.has(id)) continue;
      if (closed) this.#ended.add(id);
      this.#unproven.set(id, { since: new Set() });
      this.#roots.set(id, id);
    }
    const open = shards.filter(({ closed }) => !closed);
    await this.#each(open, async ({ id }) => {
      this.#open.set(id, await this.#options.stream.iterator(id, "LATEST"));
    });
    // A position counts from the first request that uses it.
    await this.#read();
    this.#openedAt = Date.now();
  }

  async settle(): Promise<void> {
    const begun = this.#clock.now();
    let until: number | undefined;
    let lookedUp = 0;
    for (;;) {
      await this.#read();
      await this.#compare();
      const replayed = await this.#options.replayed();
      for (const each of replayed.through) this.#through.add(each);
      for (const [id, { since }] of this.#unproven)
        if (replayed.through.some((each) => since.has(each))) this.#unproven.delete(id);
      const waited = this.#clock.now() - begun;
      if (waited >= this.#options.lagMs) until ??= this.#reading;
      const left = [...this.#pending.values()].filter(({ reading }) => reading <= (until ?? 0));
      const caughtUp = until !== undefined && left.length === 0 && this.#ended.size === 0;
      const settling = waited - this.#options.lagMs;
      const unproven = caughtUp ? await this.#whyUnproven(replayed, settling) : undefined;
      if (caughtUp && unproven === undefined) return;
      const isLookingUp = caughtUp && this.#isLookingUp;
      if (isLookingUp) lookedUp = settling;
      // A shard that ends meanwhile has its own time.
      const begins = caughtUp ? 0 : lookedUp;
      if (settling - begins >= (isLookingUp ? LOOK_UP_LIMIT_MS : SETTLE_LIMIT_MS))
        throw this.#refused(
          left.length > 0
            ? `the replay has not applied changes of ${left.length} keys within a minute, such as of ${this.#names(left)}`
            : (unproven ?? this.#endedReason()),
          `see that the mapping of the stream is enabled and its function runs, then try again${unproven === undefined ? "" : `, or ${this.#options.proof}`}; nothing was held`,
        );
      await this.#pause();
    }
  }

  /**
   * Why it is not shown that the replay has applied what each shard held before; undefined if it is.
   *
   * @param settling milliseconds since changes of the lag were waited for
   */
  async #whyUnproven(
    { failure, agreedAt = 0 }: Replayed,
    settling: number,
  ): Promise<string | undefined> {
    this.#isLookingUp = false;
    if (failure !== undefined) return `the replay fails: ${failure}`;
    await this.#lookUp(settling);
    let reason: string | undefined;
    let searches = 0;
    for (const [id, shard] of this.#unproven) {
      const why = this.#whyShardUnproven(id, shard, agreedAt);
      if (why === undefined) continue;
      if (shard.search) searches++;
      else reason ??= why;
    }
    if (searches === 0 || reason !== undefined) return reason;
    this.#isLookingUp = true;
    if (!this.#hasToldLookUp) this.#options.onLookUp?.(searches);
    this.#hasToldLookUp = true;
    return `to find the newest change of ${searches} shards in the stream of "${this.#options.source}" takes more than ${LOOK_UP_LIMIT_MS / 60_000} minutes`;
  }

  #whyShardUnproven(id: string, shard: Unproven, agreedAt: number): string | undefined {
    const { since, before } = shard;
    if (before) this.#newestAt = Math.max(this.#newestAt ?? 0, before.madeAt);
    const newestAt = before === undefined ? this.#newestAt : before?.madeAt;
    // Of a shard without a change, those count that the stream holds no more.
    const agreesFrom = (newestAt ?? Date.now() - STREAM_MS) + CLOCK_SKEW_MS;
    // A verification that began later covers all that was before, whatever that is.
    const isProven =
      agreedAt > this.#openedAt + CLOCK_SKEW_MS ||
      (before !== undefined &&
        (agreedAt > agreesFrom || (before !== null && this.#through.has(before.sequence))));
    if (!isProven) return this.#unshown(newestAt);
    // It stays: that what was before is applied does not show that the replay still runs when one comes.
    if (since.size === 0) return undefined;
    shard.until ??= this.#reading;
    const { until } = shard;
    const left = [...this.#pending.values()].filter(
      ({ root, firstReading }) => root === id && firstReading <= until,
    );
    if (left.length > 0)
      return `the replay has not applied changes of ${left.length} keys, such as of ${this.#names(left)}`;
    this.#unproven.delete(id);
    return undefined;
  }

  /**
   * Looks up the newest earlier change of silent shards, once changes should have come, and of those written to, once the
   * replay should have recorded one of theirs: a busy shard may have overwritten it. Goes on for a while, where the last
   * call has ended, since a change that the stream shows meanwhile ends a search.
   */
  async #lookUp(settling: number): Promise<void> {
    const afterMs = this.#newestAt === undefined ? 0 : LOOK_UP_AFTER_MS;
    this.#expectGaps();
    for (const [, shard] of this.#unproven)
      if (shard.since.size > 0 && !shard.search?.isExact) shard.search = undefined;
    const sought = [...this.#unproven].filter(([, { since, before, isExact }]) =>
      since.size > 0
        ? !isExact && settling >= SETTLE_LIMIT_MS / 2
        : before === undefined && settling >= afterMs,
    );
    const fresh = sought.filter(([, { search }]) => search === undefined);
    if (fresh.length > 0) {
      const parents = new Map(
        (await this.#options.stream.shards()).map(({ id, parent }) => [id, parent]),
      );
      for (const [id, shard] of fresh) {
        const shards: string[] = [];
        for (let at: string | undefined = id; at !== undefined; at = parents.get(at))
          if (parents.has(at)) shards.push(at);
        const isExact = shard.since.size > 0;
        const none = { at: undefined, newest: null, empty: 0, emptyPages: 0, pages: 0 };
        shard.search = { isExact, shards, ...none, gaps: new Map(), isOver: false };
      }
    }
    const pages = ([, { search }]: [string, Unproven]) => search?.pages ?? 0;
    sought.sort((a, b) => pages(a) - pages(b));
    const until = this.#clock.now() + LOOK_UP_SLICE_MS;
    await this.#each(sought, async ([, shard]) => {
      const { search } = shard;
      if (search === undefined) return;
      search.isOver ||= await this.#isFound(search, shard.since, until);
      if (!search.isOver || search.gaps.size > 0) return;
      const { newest: before, isExact, emptyPages } = search;
      Object.assign(shard, { before, isExact, emptyPages, search: undefined });
    });
  }

  /**
   * Expects longer runs of pages without a change, once one was longer than expected: what was judged by shorter ones is
   * looked up again. A change that was made since is not behind such a run, but at the end.
   */
  #expectGaps(): void {
    for (const [, { search, since }] of this.#unproven) {
      for (const [sequence, pages] of search?.gaps ?? [])
        if (!since.has(sequence))
          this.#emptyPages = Math.max(this.#emptyPages, pages * EMPTY_PAGES_FACTOR);
      search?.gaps.clear();
    }
    for (const [, shard] of this.#unproven) {
      const { emptyPages = 0, search } = shard;
      const isTooShort = (pages: number) => pages > 0 && pages < this.#emptyPages;
      if (isTooShort(emptyPages)) Object.assign(shard, { before: undefined, emptyPages: 0 });
      if (isTooShort(search?.emptyPages ?? 0)) shard.search = undefined;
    }
  }

  /** Goes on with a search; returns whether it has ended. */
  async #isFound(search: Search, since: ReadonlySet<string>, until: number): Promise<boolean> {
    const { stream, signal } = this.#options;
    for (let page = 0; page < LOOK_UP_PAGES; page++) {
      const [shard] = search.shards;
      if (shard === undefined) return true;
      if (this.#clock.now() >= until) return false;
      signal?.throwIfAborted();
      const { changes, next } = await stream.read(
        search.at ?? (await stream.iterator(shard, "TRIM_HORIZON")),
      );
      search.pages++;
      const [first] = changes;
      if (first && search.empty * EMPTY_PAGES_FACTOR > this.#emptyPages)
        search.gaps.set(first.sequence, search.empty);
      search.empty = changes.length > 0 ? 0 : search.empty + 1;
      search.at = next;
      const end = changes.findIndex(({ sequence }) => since.has(sequence));
      search.newest = (end < 0 ? changes : changes.slice(0, end)).at(-1) ?? search.newest;
      const isEnd = end >= 0 || next === undefined;
      if (!isEnd && (search.isExact || search.empty < this.#emptyPages)) continue;
      if (!isEnd) search.emptyPages = search.empty;
      if (search.newest) return true;
      search.shards.shift();
      Object.assign(search, { at: undefined, empty: 0 });
    }
    return search.shards.length === 0;
  }

  /**
   * Why it is not shown that the replay has applied what was written up to a change; undefined if it is.
   *
   * @param idle whether no batch may be under way
   */
  async #unapplied(newestAt: number | undefined, idle = false): Promise<string | undefined> {
    const replayed = await this.#options.replayed();
    const { failure, running, appliedAt, agreedAt } = replayed;
    if (failure !== undefined) return `the replay fails: ${failure}`;
    if (idle && running > 0) return `the replay has not ended ${running} of its batches`;
    const second = (at: number) => Math.floor(at / 1_000);
    const newest = newestAt ?? Math.max(replayed.newestAt ?? 0, Date.now() - STREAM_MS);
    if (appliedAt !== undefined && second(appliedAt) >= second(newest)) return undefined;
    if (agreedAt !== undefined && agreedAt > newest + CLOCK_SKEW_MS) return undefined;
    return this.#unshown(newestAt);
  }

  #unshown(newestAt: number | undefined): string {
    const why =
      newestAt === undefined
        ? "its stream holds no change, and no verification without differences began in the last 24 hours"
        : `it has not recorded that it applied the change of ${isoOrNumber(newestAt)}, and no verification without differences began a minute after it`;
    return `nothing shows that the replay of "${this.#options.source}" runs: ${why}`;
  }

  async untilEmpty(timeLeftMs: () => number): Promise<void> {
    this.#lastAt = this.#clock.now();
    for (;;) {
      const startedAt = this.#clock.now();
      await this.#read();
      await this.#compare();
      const quiet = startedAt - this.#lastAt >= QUIET_MS;
      // The last list of shards is one that was read after the last record.
      const drained = quiet && this.#pending.size === 0 && !(await this.#findShards());
      const unapplied = drained ? await this.#unapplied(this.#newestAt, true) : undefined;
      if (drained && unapplied === undefined) return;
      if (timeLeftMs() <= 0)
        throw this.#refused(
          this.#pending.size > 0
            ? `${this.#pending.size} changed keys do not agree, such as ${this.#names([...this.#pending.values()])}`
            : this.#ended.size > 0
              ? this.#endedReason()
              : (unapplied ?? `table "${this.#options.source}" is still written to`),
          "stop or fence every writer, see that the replay runs, then try again; the version before is still active",
        );
      if (this.#shown !== this.#pending.size) this.#options.onProgress?.(this.#pending.size);
      this.#shown = this.#pending.size;
      await this.#pause();
    }
  }

  /** Reads the open shards to their ends. */
  async #read(): Promise<void> {
    this.#reading++;
    await this.#each([...this.#open], async ([shard, position]) => {
      let at = position;
      for (let page = 0; page < MAX_PAGES; page++) {
        const { changes, next } = await this.#options.stream.read(at);
        if (changes.length > 0) this.#lastAt = this.#clock.now();
        for (const change of changes) await this.#add(change, shard);
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
  }

  /** Opens the shards that are new, from their first record; returns whether some are, or are missing. */
  async #findShards(): Promise<boolean> {
    const shards = await this.#options.stream.shards();
    const fresh = shards.filter(({ id }) => !this.#known.has(id));
    for (const { id, parent } of shards) {
      this.#known.add(id);
      if (parent === undefined) continue;
      this.#ended.delete(parent);
      const root = this.#roots.get(parent);
      if (root !== undefined) this.#roots.set(id, root);
    }
    // DynamoDB may answer without records for a while before it comes to a shard's first.
    if (fresh.length > 0) this.#lastAt = this.#clock.now();
    await this.#each(fresh, async ({ id }) => {
      this.#open.set(id, await this.#options.stream.iterator(id, "TRIM_HORIZON"));
    });
    return fresh.length > 0 || this.#ended.size > 0;
  }

  async #add(
    { sequence, keys, madeAt, oldImage, newImage }: StreamChange,
    shard: string,
  ): Promise<void> {
    const root = this.#roots.get(shard);
    this.#unproven.get(root ?? "")?.since.add(sequence);
    if (root !== undefined && this.#through.has(sequence)) this.#unproven.delete(root);
    this.#newestAt = Math.max(this.#newestAt ?? 0, madeAt);
    const { sourceSchema, targetSchema } = this.#options.mapping;
    const id = keyIdentity(keys, sourceSchema);
    const reading = this.#reading;
    const entry = this.#pending.get(id) ?? {
      sourceKey: keys,
      targets: new Map(),
      firstReading: reading,
      reading,
      root,
    };
    entry.reading = reading;
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
    return found !== undefined && isReplica(found, mapped.item, source, this.#options.opposite);
  }

  #each<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
    return inParallel(all, PARALLEL_SHARDS, this.#options.signal, work);
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
