import type { SwapError } from "../errors";
import { type ControlTableRef, fromAws } from "../pointer";
import type { Reading } from "./compare-readings";
import {
  type Cancel,
  type Environment,
  elapsed,
  HEARTBEAT_TTL_MS,
  type Instant,
  instant,
} from "./environment";
import { type RowResult, readRows } from "./read-rows";
import { nextDelay, type Scheduled, selectDue } from "./schedule";

/** How a read ended for one alias. */
export type ReadOutcome = {
  startedAt: Instant;
  tookMs: number;
  /** Whether the process was suspended during the read: the outcome may be old. */
  suspended: boolean;
  /** Whether the read was strongly consistent. */
  strong: boolean;
} & ({ reading: Reading; error?: never } | { reading?: never; error: SwapError });

/** Interval between heartbeats, in milliseconds. */
const HEARTBEAT_MS = 25;

/** Receives the outcomes of an alias's reads. */
export interface Subscriber extends Scheduled {
  readonly alias: string;
  readonly readTimeoutMs: number;
  /** Whether a background read that starts now must be strong. */
  needsStrongRead(): boolean;
  /** Whether an eventually consistent reading may be applied; if not, a strong read follows. */
  confirms(reading: Reading): boolean;
  /** Called when a read of the alias starts. */
  onReadStarted(startedAt: Instant): void;
  /**
   * Called every {@link HEARTBEAT_MS} while a read of the alias is in flight, as a sign that the process
   * runs.
   */
  onHeartbeat(): void;
  /**
   * Takes the outcomes of the alias's reads, in the order in which they end. Not that of an eventually
   * consistent read which a strong one follows.
   */
  onReadEnded(outcome: ReadOutcome): void;
}

/** Aliases to read in the next request. */
interface Batch {
  aliases: Set<string>;
  strong: boolean;
  outcomes: Promise<Map<string, ReadOutcome>>;
}

interface InFlightRead {
  startedAt: Instant;
  strong: boolean;
  outcome: Promise<ReadOutcome>;
}

/**
 * Reads one control table through one client for all its subscribers. Reads requested in the same tick, and
 * refreshes due together, share one request.
 */
export class PointerSource {
  /**
   * Fraction of an interval between the first and the second read, in [0, 1): processes that start together
   * would read together for many minutes, since their intervals differ little. One for all aliases, which
   * share requests.
   */
  readonly spread: number;
  readonly #ref: ControlTableRef;
  readonly #environment: Environment;
  readonly #subscribers = new Set<Subscriber>();
  readonly #inFlight = new Map<string, InFlightRead>();
  readonly #abortControllers = new Set<AbortController>();
  #pendingBatch: Batch | undefined;
  #batching = true;
  #sequence = 0;
  #cancelRefresh: Cancel = () => {};

  constructor(ref: ControlTableRef, environment: Environment) {
    this.#ref = ref;
    this.#environment = environment;
    this.spread = environment.random();
  }

  get idle(): boolean {
    return this.#subscribers.size === 0;
  }

  /** Starts background refreshes for a subscriber. */
  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.#scheduleRefresh();
  }

  /**
   * Ends a subscriber's background refreshes. The last one to leave also aborts the reads and stops the
   * timer.
   */
  unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.idle) for (const reading of this.#abortControllers) reading.abort();
    this.#scheduleRefresh();
  }

  /** Joins a strong read of the alias in flight for at most `mostMs`, else starts one. */
  join(alias: string, mostMs: number): Promise<ReadOutcome> {
    const inFlight = this.#inFlight.get(alias);
    return inFlight?.strong && elapsed(this.#environment, inFlight.startedAt) <= mostMs
      ? inFlight.outcome
      : this.start(alias);
  }

  /** Starts a strong read, never joining one in flight. */
  async start(alias: string): Promise<ReadOutcome> {
    const outcomes = await this.#readBatched([alias], true);
    return outcomes.get(alias) as ReadOutcome;
  }

  /** @param strong false where the subscribers decide */
  #readBatched(aliases: Iterable<string>, strong: boolean): Promise<Map<string, ReadOutcome>> {
    this.#pendingBatch ??= this.#newBatch();
    const gathering = this.#pendingBatch;
    gathering.strong ||= strong;
    for (const alias of aliases) gathering.aliases.add(alias);
    return gathering.outcomes;
  }

  #newBatch(): Batch {
    const batch: Batch = {
      aliases: new Set(),
      strong: false,
      outcomes: Promise.resolve().then(() => {
        this.#pendingBatch = undefined;
        return this.#read([...batch.aliases], batch.strong);
      }),
    };
    return batch;
  }

  #read(aliases: string[], asked: boolean): Promise<Map<string, ReadOutcome>> {
    const strong = asked || this.#subscribersOf(aliases).some((each) => each.needsStrongRead());
    const startedAt = instant(this.#environment);
    const began = ++this.#sequence;
    for (const subscriber of this.#subscribersOf(aliases)) subscriber.onReadStarted(startedAt);
    const end = this.#startHeartbeat(aliases);
    const outcomes = this.#readWithTimeout(aliases, strong).then((answers) => {
      const suspended = end();
      const answered = ++this.#sequence;
      const tookMs = this.#environment.monotonic() - startedAt.monotonic;
      const ended = new Map<string, ReadOutcome>();
      const unconfirmed = new Set<string>();
      for (const alias of aliases) {
        const { row, error } = answers.get(alias) ?? {};
        const read = { startedAt, tookMs, suspended, strong };
        const reading = { began, answered, ...(row && { row }) };
        ended.set(alias, error === undefined ? { ...read, reading } : { ...read, error });
        const confirmed = (each: Subscriber) => error !== undefined || each.confirms(reading);
        if (!strong && !this.#subscribersOf([alias]).every(confirmed)) unconfirmed.add(alias);
        if (this.#inFlight.get(alias)?.startedAt === startedAt) this.#inFlight.delete(alias);
      }
      for (const subscriber of this.#subscribersOf(aliases))
        if (!unconfirmed.has(subscriber.alias))
          subscriber.onReadEnded(ended.get(subscriber.alias) as ReadOutcome);
      if (unconfirmed.size > 0) void this.#readBatched(unconfirmed, true);
      this.#scheduleRefresh();
      return ended;
    });
    for (const alias of aliases)
      this.#inFlight.set(alias, {
        startedAt,
        strong,
        outcome: outcomes.then((ended) => ended.get(alias) as ReadOutcome),
      });
    return outcomes;
  }

  /**
   * Signals the subscribers of a read's aliases at intervals that the process runs.
   *
   * @returns a function that ends it and returns whether the process was suspended
   */
  #startHeartbeat(aliases: string[]): () => boolean {
    let last = instant(this.#environment);
    let suspended = false;
    let cancel: Cancel = () => {};
    const checkClock = () => {
      if (elapsed(this.#environment, last) > HEARTBEAT_MS + HEARTBEAT_TTL_MS) suspended = true;
      last = instant(this.#environment);
    };
    const next = () => {
      cancel = this.#environment.after(HEARTBEAT_MS, () => {
        checkClock();
        for (const subscriber of this.#subscribersOf(aliases)) subscriber.onHeartbeat();
        next();
      });
    };
    next();
    return () => {
      cancel();
      checkClock();
      return suspended;
    };
  }

  /** The results of a read, or one time-out error for all aliases. */
  #readWithTimeout(aliases: string[], strong: boolean): Promise<Map<string, RowResult>> {
    const reading = new AbortController();
    this.#abortControllers.add(reading);
    const limit = Math.max(50, ...this.#subscribersOf(aliases).map((each) => each.readTimeoutMs));
    return new Promise<Map<string, RowResult>>((resolve) => {
      const giveUp = async (thrown: unknown) => {
        const error = await fromAws(thrown, {
          client: this.#ref.client,
          action: aliases.length > 1 && this.#batching ? "BatchGetItem" : "GetItem",
          controlTable: this.#ref.controlTable,
        });
        resolve(new Map(aliases.map((alias) => [alias, { error }])));
      };
      const cancel = this.#environment.after(limit, () => {
        void giveUp(timeoutError(`no answer within ${limit} ms`));
        reading.abort();
      });
      reading.signal.addEventListener("abort", () => {
        cancel();
        void giveUp(timeoutError("the reader was stopped"));
      });
      readRows(this.#ref, aliases, {
        environment: this.#environment,
        signal: reading.signal,
        strong,
        batching: this.#batching,
        batchingDenied: () => {
          this.#batching = false;
        },
      })
        .then(resolve, giveUp)
        .finally(cancel);
    }).finally(() => this.#abortControllers.delete(reading));
  }

  #subscribersOf(aliases: string[]): Subscriber[] {
    const named = new Set(aliases);
    return [...this.#subscribers].filter((subscriber) => named.has(subscriber.alias));
  }

  /** Sets the one timer for the subscriber that is due first and is not being read. */
  #scheduleRefresh(): void {
    this.#cancelRefresh();
    const waiting = [...this.#subscribers].filter((each) => !this.#inFlight.has(each.alias));
    const delay = nextDelay(waiting, this.#environment.monotonic());
    this.#cancelRefresh =
      delay === undefined ? () => {} : this.#environment.after(delay, () => this.#refresh());
  }

  #refresh(): void {
    const waiting = [...this.#subscribers].filter((each) => !this.#inFlight.has(each.alias));
    const due = selectDue(waiting, this.#environment.monotonic());
    if (due.length === 0) this.#scheduleRefresh();
    else
      void this.#readBatched(
        due.map((subscriber) => subscriber.alias),
        false,
      );
  }
}

function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { name: "TimeoutError" });
}
