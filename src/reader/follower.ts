import { SwapError } from "../errors";
import type { Route } from "./client/route";
import { type Cancel, type Environment, elapsed, type Instant } from "./environment";
import type { ReaderStatus } from "./events";
import { followerRoute } from "./follower-route";
import { type Held, heldAfter } from "./held";
import type { Settings } from "./options";
import type { Reading } from "./order";
import { Reporter } from "./reporter";
import type { Resolver } from "./resolver";
import { drawInterval } from "./schedule";
import type { Snapshot } from "./snapshot";
import type { Outcome, Source, Watcher } from "./source";
import { staleError } from "./stale";
import { readerStatus } from "./status";

/** How late a timer may fire before a reader takes its process for one that was frozen. */
const TIMER_SLACK_MS = 50;

/** A resolver over a source, which it may share with others. */
export class Follower implements Resolver, Watcher {
  readonly alias: string;
  readonly controlTable: string;
  readonly readTimeoutMs: number;
  /** How the middleware sends commands by this resolver. */
  readonly route: Route;
  readonly #settings: Settings;
  readonly #source: Source;
  readonly #environment: Environment;
  readonly #leave: () => void;
  readonly #reporter: Reporter;
  readonly #wall: () => number;
  #held: Held | undefined;
  #peeked: Snapshot | undefined;
  // One promise for all callers of one value: awaiting it costs less than an async function.
  #answer: Promise<Snapshot> | undefined;
  /** Until when, by the wall clock, the answer is handed out with no further question. */
  #freshUntil = Number.NEGATIVE_INFINITY;
  #begun: Instant = { wall: Number.NEGATIVE_INFINITY, monotonic: Number.NEGATIVE_INFINITY };
  #intervalMs: number;
  #lastError: SwapError | undefined;
  #catching: Promise<Snapshot> | undefined;
  #stopped = false;
  #disarm: Cancel = () => {};

  constructor(settings: Settings, source: Source, environment: Environment, leave: () => void) {
    this.alias = settings.alias;
    this.controlTable = settings.controlTable;
    this.readTimeoutMs = settings.readTimeoutMs;
    this.route = followerRoute(this, environment);
    this.#settings = settings;
    this.#source = source;
    this.#environment = environment;
    this.#leave = leave;
    this.#reporter = new Reporter(settings);
    this.#wall = environment.wall;
    this.#intervalMs = settings.refreshMs;
    source.watch(this);
  }

  get startedAt(): number {
    return this.#begun.monotonic;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  resolve(): Promise<Snapshot> {
    // The wall clock is asked every time because it alone goes on while a process is frozen, as
    // AWS Lambda does between invocations; timers that fell due meanwhile have not run yet.
    return this.#wall() < this.#freshUntil ? (this.#answer as Promise<Snapshot>) : this.#catchUp();
  }

  peek(): Snapshot | undefined {
    return this.#peeked;
  }

  snapshot(): Promise<Snapshot> {
    return this.resolve();
  }

  async refresh(): Promise<Snapshot> {
    this.#assertRunning();
    return this.#learned(await this.#source.start(this.alias));
  }

  /**
   * As {@link refresh}, but a read under way will do that started `mostMs` ago or later: what a
   * command that was sent then and met a dropped table needs to know.
   */
  async refreshSince(mostMs: number): Promise<Snapshot> {
    this.#assertRunning();
    return this.#learned(await this.#source.join(this.alias, mostMs));
  }

  /** Told by the middleware of a command that was sent again to another version. */
  retried(command: string, from: number, to: number): void {
    this.#reporter.retried(command, from, to);
  }

  status(): ReaderStatus {
    return readerStatus({
      alias: this.alias,
      controlTable: this.controlTable,
      environment: this.#environment,
      counters: this.#reporter.counters,
      held: this.#held,
      lastError: this.#lastError,
    });
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#peeked = undefined;
    this.#freshUntil = Number.NEGATIVE_INFINITY;
    this.#disarm();
    this.#source.unwatch(this);
    this.#leave();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  begin(startedAt: Instant): void {
    const { refreshMs, jitter } = this.#settings;
    this.#begun = startedAt;
    this.#intervalMs = drawInterval(refreshMs, jitter, this.#environment.random());
    this.#handOutUntil(startedAt.wall + this.readTimeoutMs);
  }

  deliver(outcome: Outcome): void {
    if (this.#stopped) return;
    try {
      if (outcome.error !== undefined) throw outcome.error;
      this.#take(outcome);
    } catch (error) {
      this.#fail(error as SwapError);
    }
    const nextDue = this.#begun.wall + this.#settings.refreshMs;
    // A read that took longer than `refreshMs` is followed by the next at once, by a timer.
    this.#handOutUntil(Math.max(nextDue, this.#wall() + TIMER_SLACK_MS));
  }

  #take({ reading, startedAt, tookMs }: Outcome & { reading: Reading }): void {
    const before = this.#held;
    const { held, verdict } = heldAfter(this.alias, before, reading, startedAt);
    this.#lastError = undefined;
    if (verdict !== "follow")
      this.#reporter.answerRefused(verdict, held.snapshot.version, reading.row?.version);
    if (verdict === "older") return;
    this.#held = held;
    this.#disarm();
    if (this.#peeked !== held.snapshot) {
      this.#peeked = held.snapshot;
      this.#answer = Promise.resolve(held.snapshot);
    }
    this.#reporter.refreshed(held.snapshot.version, tookMs);
    if (before !== undefined && before.snapshot.version !== held.snapshot.version)
      this.#reporter.changed(before.snapshot, held.snapshot);
  }

  #fail(error: SwapError): void {
    const staleness = this.#staleness();
    this.#lastError = error;
    this.#reporter.refreshFailed(error, staleness);
    if (staleness === undefined || this.#stopped) return;
    this.#disarm();
    this.#disarm = this.#environment.after(
      Math.max(0, this.#settings.maxStaleMs - staleness),
      () => {
        this.#peeked = undefined;
        this.#freshUntil = Number.NEGATIVE_INFINITY;
      },
    );
  }

  #handOutUntil(wall: number): void {
    if (this.#held === undefined || this.#stopped) return;
    const { maxStaleMs } = this.#settings;
    this.#freshUntil = Math.min(wall, this.#held.vouchedAt.wall + maxStaleMs);
  }

  #catchUp(): Promise<Snapshot> {
    this.#catching ??= this.#caughtUp().finally(() => {
      this.#catching = undefined;
    });
    return this.#catching;
  }

  async #caughtUp(): Promise<Snapshot> {
    this.#assertRunning();
    const outcome = await this.#source.join(this.alias, this.readTimeoutMs);
    this.#assertRunning();
    const error = outcome.error ?? this.#lastError;
    if (this.#held === undefined) throw error;
    const { snapshot, vouchedAt } = this.#held;
    const stalenessMs = elapsed(this.#environment, vouchedAt);
    // A read that took longer than maxStaleMs and succeeded tells the newest there is.
    if (error === undefined || stalenessMs <= this.#settings.maxStaleMs) return snapshot;
    throw staleError(this.#settings, snapshot.version, stalenessMs, error);
  }

  #learned(outcome: Outcome): Snapshot {
    this.#assertRunning();
    const error = outcome.error ?? this.#lastError;
    if (error !== undefined || this.#held === undefined) throw error;
    return this.#held.snapshot;
  }

  #staleness(): number | undefined {
    return this.#held && elapsed(this.#environment, this.#held.vouchedAt);
  }

  #assertRunning(): void {
    if (this.#stopped)
      throw new SwapError("swap.reader-stopped", {
        alias: this.alias,
        controlTable: this.controlTable,
      });
  }
}
