import type { SwapError } from "../errors";
import { type ControlTableRef, fromAws } from "../pointer";
import type { Reading } from "./compare-readings";
import {
  type Cancel,
  type Environment,
  elapsed,
  type Instant,
  instant,
  RUNNING_MS,
} from "./environment";
import { type RowAnswer, readRows } from "./read-rows";
import { nextDelay, type Paced, planDue } from "./schedule";

/** How a read ended for one alias. */
export type ReadOutcome = {
  startedAt: Instant;
  tookMs: number;
  /** Whether the process stood still meanwhile: the answer, or the failure, may be of long ago. */
  stoodStill: boolean;
} & ({ reading: Reading; error?: never } | { reading?: never; error: SwapError });

/** Between two signs that the process runs, in milliseconds. */
const BEAT_MS = 25;

/** One who follows an alias. */
export interface Subscriber extends Paced {
  readonly alias: string;
  readonly readTimeoutMs: number;
  /** Called when a read of the alias starts. */
  begin(startedAt: Instant): void;
  /** Told every {@link BEAT_MS} while a read of the alias is under way: the process runs. */
  beat(): void;
  /** Takes the outcome of every read of the alias, in the order in which they end. */
  deliver(outcome: ReadOutcome): void;
}

interface InFlightRead {
  startedAt: Instant;
  outcome: Promise<ReadOutcome>;
}

/**
 * Reads one control table through one client for all who follow aliases in it: reads asked for in
 * the same turn, and refreshes that fall due together, are one request.
 */
export class PointerSource {
  readonly #ref: ControlTableRef;
  readonly #environment: Environment;
  readonly #subscribers = new Set<Subscriber>();
  readonly #inFlight = new Map<string, InFlightRead>();
  readonly #running = new Set<AbortController>();
  #gathering: { aliases: Set<string>; outcomes: Promise<Map<string, ReadOutcome>> } | undefined;
  #batching = true;
  #ticks = 0;
  #disarm: Cancel = () => {};

  constructor(ref: ControlTableRef, environment: Environment) {
    this.#ref = ref;
    this.#environment = environment;
  }

  get idle(): boolean {
    return this.#subscribers.size === 0;
  }

  /** Starts background refreshes for a subscriber. */
  subscribe(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.#arm();
  }

  /** Ends them; the last to go takes its reads and the timer along. */
  unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.idle) for (const reading of this.#running) reading.abort();
    this.#arm();
  }

  /** Joins a read of the alias that is under way since `mostMs` at most, else starts one. */
  join(alias: string, mostMs: number): Promise<ReadOutcome> {
    const inFlight = this.#inFlight.get(alias);
    return inFlight !== undefined && elapsed(this.#environment, inFlight.startedAt) <= mostMs
      ? inFlight.outcome
      : this.start(alias);
  }

  /** A read that starts after this call. */
  async start(alias: string): Promise<ReadOutcome> {
    const outcomes = await this.#gather([alias]);
    return outcomes.get(alias) as ReadOutcome;
  }

  #gather(aliases: Iterable<string>): Promise<Map<string, ReadOutcome>> {
    this.#gathering ??= this.#gatherAgain();
    const gathering = this.#gathering;
    for (const alias of aliases) gathering.aliases.add(alias);
    return gathering.outcomes;
  }

  #gatherAgain() {
    const aliases = new Set<string>();
    const outcomes = Promise.resolve().then(() => {
      this.#gathering = undefined;
      return this.#read([...aliases]);
    });
    return { aliases, outcomes };
  }

  #read(aliases: string[]): Promise<Map<string, ReadOutcome>> {
    const startedAt = instant(this.#environment);
    const began = ++this.#ticks;
    for (const subscriber of this.#subscribersOf(aliases)) subscriber.begin(startedAt);
    const end = this.#beat(aliases);
    const outcomes = this.#ask(aliases).then((answers) => {
      const stoodStill = end();
      const answered = ++this.#ticks;
      const tookMs = this.#environment.monotonic() - startedAt.monotonic;
      const ended = new Map<string, ReadOutcome>();
      for (const alias of aliases) {
        const { row, error } = answers.get(alias) ?? {};
        ended.set(
          alias,
          error === undefined
            ? { startedAt, tookMs, stoodStill, reading: { began, answered, ...(row && { row }) } }
            : { startedAt, tookMs, stoodStill, error },
        );
        if (this.#inFlight.get(alias)?.startedAt === startedAt) this.#inFlight.delete(alias);
      }
      for (const subscriber of this.#subscribersOf(aliases))
        subscriber.deliver(ended.get(subscriber.alias) as ReadOutcome);
      this.#arm();
      return ended;
    });
    for (const alias of aliases)
      this.#inFlight.set(alias, {
        startedAt,
        outcome: outcomes.then((ended) => ended.get(alias) as ReadOutcome),
      });
    return outcomes;
  }

  /**
   * Tells the subscribers of a read's aliases at intervals that the process runs.
   *
   * @returns ends it, and says whether the process stood still meanwhile
   */
  #beat(aliases: string[]): () => boolean {
    let last = instant(this.#environment);
    let stoodStill = false;
    let cancel: Cancel = () => {};
    const look = () => {
      if (elapsed(this.#environment, last) > BEAT_MS + RUNNING_MS) stoodStill = true;
      last = instant(this.#environment);
    };
    const next = () => {
      cancel = this.#environment.after(BEAT_MS, () => {
        look();
        for (const subscriber of this.#subscribersOf(aliases)) subscriber.beat();
        next();
      });
    };
    next();
    return () => {
      cancel();
      look();
      return stoodStill;
    };
  }

  /** The answers, or one failure for all when they take too long. */
  #ask(aliases: string[]): Promise<Map<string, RowAnswer>> {
    const reading = new AbortController();
    this.#running.add(reading);
    const limit = Math.max(50, ...this.#subscribersOf(aliases).map((each) => each.readTimeoutMs));
    return new Promise<Map<string, RowAnswer>>((resolve) => {
      const giveUp = async (thrown: unknown) => {
        const error = await fromAws(thrown, {
          client: this.#ref.client,
          action: aliases.length > 1 && this.#batching ? "BatchGetItem" : "GetItem",
          controlTable: this.#ref.controlTable,
        });
        resolve(new Map(aliases.map((alias) => [alias, { error }])));
      };
      const cancel = this.#environment.after(limit, () => {
        void giveUp(noAnswer(`no answer within ${limit} ms`));
        reading.abort();
      });
      reading.signal.addEventListener("abort", () => {
        cancel();
        void giveUp(noAnswer("the reader was stopped"));
      });
      readRows(this.#ref, aliases, {
        environment: this.#environment,
        signal: reading.signal,
        batching: this.#batching,
        batchingDenied: () => {
          this.#batching = false;
        },
      })
        .then(resolve, giveUp)
        .finally(cancel);
    }).finally(() => this.#running.delete(reading));
  }

  #subscribersOf(aliases: string[]): Subscriber[] {
    const named = new Set(aliases);
    return [...this.#subscribers].filter((subscriber) => named.has(subscriber.alias));
  }

  /** Sets the one timer for the subscriber that is due first and is not being read. */
  #arm(): void {
    this.#disarm();
    const waiting = [...this.#subscribers].filter((each) => !this.#inFlight.has(each.alias));
    const delay = nextDelay(waiting, this.#environment.monotonic());
    this.#disarm =
      delay === undefined ? () => {} : this.#environment.after(delay, () => this.#refresh());
  }

  #refresh(): void {
    const waiting = [...this.#subscribers].filter((each) => !this.#inFlight.has(each.alias));
    const due = planDue(waiting, this.#environment.monotonic());
    if (due.length === 0) this.#arm();
    else void this.#gather(due.map((subscriber) => subscriber.alias));
  }
}

function noAnswer(message: string): Error {
  return Object.assign(new Error(message), { name: "TimeoutError" });
}
