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
export interface PointerSource {
  readonly ref: ControlTableRef;
  /**
   * Fraction of an interval between the first and the second read, in [0, 1): processes that start together
   * would read together for many minutes, since their intervals differ little. One for all aliases, which
   * share requests.
   */
  readonly spread: number;
  /** Whether it has no subscribers. */
  readonly idle: boolean;
  /** Starts background refreshes for a subscriber. */
  subscribe(subscriber: Subscriber): void;
  /**
   * Ends a subscriber's background refreshes. The last one to leave also aborts the reads and stops the
   * timer.
   */
  unsubscribe(subscriber: Subscriber): void;
  /** Joins a strong read of the alias in flight for at most `mostMs`, else starts one. */
  join(alias: string, mostMs: number): Promise<ReadOutcome>;
  /** Starts a strong read, never joining one in flight. */
  start(alias: string): Promise<ReadOutcome>;
}

export function pointerSource(ref: ControlTableRef, environment: Environment): PointerSource {
  const subscribers = new Set<Subscriber>();
  const inFlight = new Map<string, InFlightRead>();
  const abortControllers = new Set<AbortController>();
  let pendingBatch: Batch | undefined;
  let batching = true;
  let sequence = 0;
  let cancelRefresh: Cancel = () => {};

  function subscribe(subscriber: Subscriber): void {
    subscribers.add(subscriber);
    scheduleRefresh();
  }

  function unsubscribe(subscriber: Subscriber): void {
    subscribers.delete(subscriber);
    if (subscribers.size === 0) for (const reading of abortControllers) reading.abort();
    scheduleRefresh();
  }

  function join(alias: string, mostMs: number): Promise<ReadOutcome> {
    const reading = inFlight.get(alias);
    return reading?.strong && elapsed(environment, reading.startedAt) <= mostMs
      ? reading.outcome
      : start(alias);
  }

  async function start(alias: string): Promise<ReadOutcome> {
    const outcomes = await readBatched([alias], true);
    return outcomes.get(alias) as ReadOutcome;
  }

  /** @param strong false where the subscribers decide */
  function readBatched(
    aliases: Iterable<string>,
    strong: boolean,
  ): Promise<Map<string, ReadOutcome>> {
    pendingBatch ??= newBatch();
    const gathering = pendingBatch;
    gathering.strong ||= strong;
    for (const alias of aliases) gathering.aliases.add(alias);
    return gathering.outcomes;
  }

  function newBatch(): Batch {
    const batch: Batch = {
      aliases: new Set(),
      strong: false,
      outcomes: Promise.resolve().then(() => {
        pendingBatch = undefined;
        return readNow([...batch.aliases], batch.strong);
      }),
    };
    return batch;
  }

  function readNow(aliases: string[], asked: boolean): Promise<Map<string, ReadOutcome>> {
    const strong = asked || subscribersOf(aliases).some((each) => each.needsStrongRead());
    const startedAt = instant(environment);
    const began = ++sequence;
    for (const subscriber of subscribersOf(aliases)) subscriber.onReadStarted(startedAt);
    const end = startHeartbeat(aliases);
    const outcomes = readWithTimeout(aliases, strong).then((answers) => {
      const suspended = end();
      const answered = ++sequence;
      const tookMs = environment.monotonic() - startedAt.monotonic;
      const ended = new Map<string, ReadOutcome>();
      const unconfirmed = new Set<string>();
      for (const alias of aliases) {
        const { row, error } = answers.get(alias) ?? {};
        const read = { startedAt, tookMs, suspended, strong };
        const reading = { began, answered, ...(row && { row }) };
        ended.set(alias, error === undefined ? { ...read, reading } : { ...read, error });
        const confirmed = (each: Subscriber) => error !== undefined || each.confirms(reading);
        if (!strong && !subscribersOf([alias]).every(confirmed)) unconfirmed.add(alias);
        if (inFlight.get(alias)?.startedAt === startedAt) inFlight.delete(alias);
      }
      for (const subscriber of subscribersOf(aliases))
        if (!unconfirmed.has(subscriber.alias))
          subscriber.onReadEnded(ended.get(subscriber.alias) as ReadOutcome);
      if (unconfirmed.size > 0) void readBatched(unconfirmed, true);
      scheduleRefresh();
      return ended;
    });
    for (const alias of aliases)
      inFlight.set(alias, {
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
  function startHeartbeat(aliases: string[]): () => boolean {
    let last = instant(environment);
    let suspended = false;
    let cancel: Cancel = () => {};
    const checkClock = () => {
      if (elapsed(environment, last) > HEARTBEAT_MS + HEARTBEAT_TTL_MS) suspended = true;
      last = instant(environment);
    };
    const next = () => {
      cancel = environment.after(HEARTBEAT_MS, () => {
        checkClock();
        for (const subscriber of subscribersOf(aliases)) subscriber.onHeartbeat();
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
  function readWithTimeout(aliases: string[], strong: boolean): Promise<Map<string, RowResult>> {
    const reading = new AbortController();
    abortControllers.add(reading);
    const limit = Math.max(50, ...subscribersOf(aliases).map((each) => each.readTimeoutMs));
    return new Promise<Map<string, RowResult>>((resolve) => {
      const giveUp = async (thrown: unknown) => {
        const error = await fromAws(thrown, {
          client: ref.client,
          action: aliases.length > 1 && batching ? "BatchGetItem" : "GetItem",
          controlTable: ref.controlTable,
        });
        resolve(new Map(aliases.map((alias) => [alias, { error }])));
      };
      const cancel = environment.after(limit, () => {
        void giveUp(timeoutError(`no answer within ${limit} ms`));
        reading.abort();
      });
      reading.signal.addEventListener("abort", () => {
        cancel();
        void giveUp(timeoutError("the reader was stopped"));
      });
      readRows(ref, aliases, {
        environment,
        signal: reading.signal,
        strong,
        batching,
        batchingDenied: () => {
          batching = false;
        },
      })
        .then(resolve, giveUp)
        .finally(cancel);
    }).finally(() => abortControllers.delete(reading));
  }

  function subscribersOf(aliases: string[]): Subscriber[] {
    const named = new Set(aliases);
    return [...subscribers].filter((subscriber) => named.has(subscriber.alias));
  }

  /** Sets the one timer for the subscriber that is due first and is not being read. */
  function scheduleRefresh(): void {
    cancelRefresh();
    const waiting = [...subscribers].filter((each) => !inFlight.has(each.alias));
    const delay = nextDelay(waiting, environment.monotonic());
    cancelRefresh = delay === undefined ? () => {} : environment.after(delay, () => refresh());
  }

  function refresh(): void {
    const waiting = [...subscribers].filter((each) => !inFlight.has(each.alias));
    const due = selectDue(waiting, environment.monotonic());
    if (due.length === 0) scheduleRefresh();
    else
      void readBatched(
        due.map((subscriber) => subscriber.alias),
        false,
      );
  }

  return {
    spread: environment.random(),
    ref,
    get idle() {
      return subscribers.size === 0;
    },
    subscribe,
    unsubscribe,
    join,
    start,
  };
}

function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { name: "TimeoutError" });
}
