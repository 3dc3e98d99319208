import type { SwapError } from "../errors";
import { type ControlTableRef, fromAws } from "../pointer";
import {
  type Cancel,
  type Environment,
  elapsed,
  type Instant,
  instant,
  RUNNING_MS,
} from "./environment";
import type { Reading } from "./order";
import { type RowAnswer, readRows } from "./read-rows";
import { nextDelay, type Paced, planDue } from "./schedule";

/** How a read ended for one alias. */
export type Outcome = {
  startedAt: Instant;
  tookMs: number;
  /** Whether the process stood still meanwhile: the answer, or the failure, may be of long ago. */
  stoodStill: boolean;
} & ({ reading: Reading; error?: never } | { reading?: never; error: SwapError });

/** Between two signs that the process runs, in milliseconds. */
const BEAT_MS = 25;

/** One who follows an alias. */
export interface Watcher extends Paced {
  readonly alias: string;
  readonly readTimeoutMs: number;
  /** Told of every read of the alias when it starts. */
  begin(startedAt: Instant): void;
  /** Told every {@link BEAT_MS} while a read of the alias is under way: the process runs. */
  beat(): void;
  /** Takes the outcome of every read of the alias, in the order in which they end. */
  deliver(outcome: Outcome): void;
}

interface Flight {
  startedAt: Instant;
  outcome: Promise<Outcome>;
}

/**
 * Reads one control table through one client for all who follow aliases in it: reads asked for in
 * the same turn, and refreshes that fall due together, are one request.
 */
export class Source {
  readonly #ref: ControlTableRef;
  readonly #environment: Environment;
  readonly #watchers = new Set<Watcher>();
  readonly #flights = new Map<string, Flight>();
  readonly #running = new Set<AbortController>();
  #gathering: { aliases: Set<string>; outcomes: Promise<Map<string, Outcome>> } | undefined;
  #batching = true;
  #ticks = 0;
  #disarm: Cancel = () => {};

  constructor(ref: ControlTableRef, environment: Environment) {
    this.#ref = ref;
    this.#environment = environment;
  }

  get idle(): boolean {
    return this.#watchers.size === 0;
  }

  /** Starts background refreshes for a watcher. */
  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
    this.#arm();
  }

  /** Ends them; the last to go takes its reads and the timer along. */
  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.idle) for (const reading of this.#running) reading.abort();
    this.#arm();
  }

  /** Joins a read of the alias that is under way since `mostMs` at most, else starts one. */
  join(alias: string, mostMs: number): Promise<Outcome> {
    const flight = this.#flights.get(alias);
    return flight !== undefined && elapsed(this.#environment, flight.startedAt) <= mostMs
      ? flight.outcome
      : this.start(alias);
  }

  /** A read that starts after this call. */
  async start(alias: string): Promise<Outcome> {
    const outcomes = await this.#gather([alias]);
    return outcomes.get(alias) as Outcome;
  }

  #gather(aliases: Iterable<string>): Promise<Map<string, Outcome>> {
    this.#gathering ??= this.#gatherAnew();
    const gathering = this.#gathering;
    for (const alias of aliases) gathering.aliases.add(alias);
    return gathering.outcomes;
  }

  #gatherAnew() {
    const aliases = new Set<string>();
    const outcomes = Promise.resolve().then(() => {
      this.#gathering = undefined;
      return this.#read([...aliases]);
    });
    return { aliases, outcomes };
  }

  #read(aliases: string[]): Promise<Map<string, Outcome>> {
    const startedAt = instant(this.#environment);
    const began = ++this.#ticks;
    for (const watcher of this.#watchersOf(aliases)) watcher.begin(startedAt);
    const end = this.#beat(aliases);
    const outcomes = this.#ask(aliases).then((answers) => {
      const stoodStill = end();
      const answered = ++this.#ticks;
      const tookMs = this.#environment.monotonic() - startedAt.monotonic;
      const ended = new Map<string, Outcome>();
      for (const alias of aliases) {
        const { row, error } = answers.get(alias) ?? {};
        ended.set(
          alias,
          error === undefined
            ? { startedAt, tookMs, stoodStill, reading: { began, answered, ...(row && { row }) } }
            : { startedAt, tookMs, stoodStill, error },
        );
        if (this.#flights.get(alias)?.startedAt === startedAt) this.#flights.delete(alias);
      }
      for (const watcher of this.#watchersOf(aliases))
        watcher.deliver(ended.get(watcher.alias) as Outcome);
      this.#arm();
      return ended;
    });
    for (const alias of aliases)
      this.#flights.set(alias, {
        startedAt,
        outcome: outcomes.then((ended) => ended.get(alias) as Outcome),
      });
    return outcomes;
  }

  /**
   * Tells the watchers of a read's aliases at intervals that the process runs.
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
        for (const watcher of this.#watchersOf(aliases)) watcher.beat();
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
    const limit = Math.max(50, ...this.#watchersOf(aliases).map((each) => each.readTimeoutMs));
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

  #watchersOf(aliases: string[]): Watcher[] {
    const named = new Set(aliases);
    return [...this.#watchers].filter((watcher) => named.has(watcher.alias));
  }

  /** Sets the one timer for the watcher that is due first and is not being read. */
  #arm(): void {
    this.#disarm();
    const waiting = [...this.#watchers].filter((each) => !this.#flights.has(each.alias));
    const delay = nextDelay(waiting, this.#environment.monotonic());
    this.#disarm =
      delay === undefined ? () => {} : this.#environment.after(delay, () => this.#refresh());
  }

  #refresh(): void {
    const waiting = [...this.#watchers].filter((each) => !this.#flights.has(each.alias));
    const due = planDue(waiting, this.#environment.monotonic());
    if (due.length === 0) this.#arm();
    else void this.#gather(due.map((watcher) => watcher.alias));
  }
}

function noAnswer(message: string): Error {
  return Object.assign(new Error(message), { name: "TimeoutError" });
}
