import type { SwapError } from "../errors";
import { readError } from "../errors/read";
import { type CachedPointer, isConfirmed, updateCache } from "./cached-pointer";
import type { Route } from "./client/route";
import type { Reading } from "./compare-readings";
import {
  type Environment,
  earliest,
  elapsed,
  HEARTBEAT_TTL_MS,
  type Instant,
  instant,
  later,
} from "./environment";
import { staleError } from "./errors";
import type { ReaderStatus } from "./events";
import type { Settings } from "./options";
import type { PointerSource, ReadOutcome, Subscriber } from "./pointer-source";
import { Reporter } from "./reporter";
import type { Resolver } from "./resolver";
import { resolverRoute } from "./resolver-route";
import { drawInterval, drawPause } from "./schedule";
import type { Snapshot } from "./snapshot";
import { readerStatus } from "./status";

/** Maximum reads of one resolve when the process is suspended during each of them. */
const MAX_READS = 3;
/** Before any other moment. */
const NEVER: Instant = { wall: Number.NEGATIVE_INFINITY, monotonic: Number.NEGATIVE_INFINITY };

/** The error when the process was suspended during every read, so that no response can be trusted. */
function suspendedError({ controlTable }: PointerResolver): SwapError {
  return readError("swap.service-error", {
    action: "GetItem",
    resource: controlTable,
    reason: `the process stood still during each of ${MAX_READS} reads`,
  });
}

/** A resolver on a pointer source, which it may share with other resolvers. */
export class PointerResolver implements Resolver, Subscriber {
  readonly alias: string;
  readonly controlTable: string;
  readonly readTimeoutMs: number;
  /** The route of this resolver's commands, for the middleware. */
  readonly route: Route;
  readonly #settings: Settings;
  readonly #source: PointerSource;
  readonly #environment: Environment;
  readonly #onStop: () => void;
  readonly #reporter: Reporter;
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  #cached: CachedPointer | undefined;
  // One promise for all callers of one value: awaiting it costs less than an async function.
  #snapshotPromise: Promise<Snapshot> | undefined;
  /**
   * Until when the cached pointer is served without a check. Once expired, only the outcome of a read
   * extends it, not its start: a timer that fell due while the process was suspended may have started the
   * read.
   */
  #freshUntil = NEVER;
  #lastReadStartedAt = NEVER;
  #intervalMs: number;
  #lastError: SwapError | undefined;
  /** Failed reads in a row, when the last of them ended, and the pause after it. */
  #failures = 0;
  #failedAt = NEVER;
  #pauseMs = 0;
  #pendingResolve: Promise<Snapshot> | undefined;
  #stopped = false;

  constructor(
    settings: Settings,
    source: PointerSource,
    environment: Environment,
    leave: () => void,
  ) {
    this.alias = settings.alias;
    this.controlTable = settings.controlTable;
    this.readTimeoutMs = settings.readTimeoutMs;
    this.route = resolverRoute(this, environment);
    this.#settings = settings;
    this.#source = source;
    this.#environment = environment;
    this.#onStop = leave;
    this.#reporter = new Reporter(settings);
    this.#wall = environment.wall;
    this.#monotonic = environment.monotonic;
    this.#intervalMs = settings.refreshMs;
    source.subscribe(this);
  }

  get startedAt(): number {
    return this.#lastReadStartedAt.monotonic;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  resolve(): Promise<Snapshot> {
    // Check both clocks every time: timers that fell due while the process was suspended may not have run
    // yet, and either clock may have missed that time.
    return this.#isFresh() ? (this.#snapshotPromise as Promise<Snapshot>) : this.#resolveStale();
  }

  peek(): Snapshot | undefined {
    if (this.#cached === undefined || this.#stopped) return undefined;
    const { maxStaleMs, refreshMs } = this.#settings;
    // A read in flight may confirm a value whose refresh is due.
    const limit =
      this.#lastError === undefined
        ? Math.max(maxStaleMs, refreshMs + this.readTimeoutMs)
        : maxStaleMs;
    return elapsed(this.#environment, this.#cached.validatedAt) < limit
      ? this.#cached.snapshot
      : undefined;
  }

  snapshot(): Promise<Snapshot> {
    return this.resolve();
  }

  async refresh(): Promise<Snapshot> {
    this.#assertRunning();
    return this.#snapshotAfter(await this.#source.start(this.alias));
  }

  /**
   * Like {@link refresh}, but accepts a read in flight that started at most `mostMs` ago. For a command
   * that was sent then and met a dropped table.
   */
  async refreshSince(mostMs: number): Promise<Snapshot> {
    this.#assertRunning();
    return this.#snapshotAfter(await this.#source.join(this.alias, mostMs));
  }

  /** Called by the middleware when a command was sent again to another version. */
  retried(command: string, from: number, to: number): void {
    this.#reporter.retried(command, from, to);
  }

  status(): ReaderStatus {
    return readerStatus({
      alias: this.alias,
      controlTable: this.controlTable,
      environment: this.#environment,
      counters: this.#reporter.counters,
      cached: this.#cached,
      lastError: this.#lastError,
    });
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#freshUntil = NEVER;
    this.#source.unsubscribe(this);
    this.#onStop();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  needsStrongRead(): boolean {
    const { consistency, refreshMs, maxStaleMs } = this.#settings;
    const since = (moment: Instant) => elapsed(this.#environment, moment);
    return (
      consistency === "strong" ||
      !this.#cached?.settled ||
      // No read was tried for longer than refreshMs, so the process was suspended.
      since(this.#lastReadStartedAt) > refreshMs + HEARTBEAT_TTL_MS ||
      // The next background read may start too late for the bound on a lagging replica.
      since(this.#cached.strongAt) > maxStaleMs - refreshMs
    );
  }

  confirms(reading: Reading): boolean {
    return isConfirmed(this.#cached, reading);
  }

  onReadStarted(startedAt: Instant): void {
    const { refreshMs, jitter } = this.#settings;
    this.#intervalMs = drawInterval(refreshMs, jitter, this.#environment.random());
    if (this.#lastReadStartedAt === NEVER) this.#intervalMs *= this.#source.spread;
    this.#lastReadStartedAt = startedAt;
  }

  /** Keeps serving a value whose refresh is due while its read is slow and the process runs. */
  onHeartbeat(): void {
    if (this.#isFresh())
      this.#extendFreshUntil(later(instant(this.#environment), HEARTBEAT_TTL_MS));
  }

  onReadEnded(outcome: ReadOutcome): void {
    if (this.#stopped) return;
    try {
      if (outcome.error !== undefined) throw outcome.error;
      this.#applyReading(outcome);
    } catch (error) {
      this.#applyError(error as SwapError);
    }
    if (this.#cached === undefined) {
      // Processes whose first reads were throttled together, and outlasted their interval, would go on together.
      if (outcome.tookMs > this.#intervalMs) this.#intervalMs += outcome.tookMs;
      return;
    }
    const { refreshMs } = this.#settings;
    this.#extendFreshUntil(later(this.#cached.validatedAt, refreshMs));
    if (outcome.suspended) return;
    // Limit failing reads to one per interval too. If a read took longer, a timer starts the next one at
    // once.
    if (this.#lastError !== undefined) this.#extendFreshUntil(later(outcome.startedAt, refreshMs));
    this.#extendFreshUntil(later(instant(this.#environment), HEARTBEAT_TTL_MS));
  }

  #applyReading({ reading, startedAt, tookMs, strong }: ReadOutcome & { reading: Reading }): void {
    const before = this.#cached;
    this.#lastError = undefined;
    this.#failures = 0;
    const { cached, verdict } = updateCache(this.alias, before, reading, startedAt, strong);
    if (verdict !== "follow")
      this.#reporter.answerRefused(verdict, cached.snapshot.version, reading.row?.version);
    this.#cached = cached;
    if (verdict === "older") return;
    if (before?.snapshot !== cached.snapshot)
      this.#snapshotPromise = Promise.resolve(cached.snapshot);
    this.#reporter.refreshed(cached.snapshot.version, tookMs);
    if (before !== undefined && before.snapshot.table !== cached.snapshot.table)
      this.#reporter.changed(before.snapshot, cached.snapshot);
  }

  #applyError(error: SwapError): void {
    this.#lastError = error;
    this.#failures++;
    this.#failedAt = instant(this.#environment);
    this.#pauseMs = drawPause(this.#settings.refreshMs, this.#failures, this.#environment.random());
    this.#reporter.refreshFailed(
      error,
      this.#cached && elapsed(this.#environment, this.#cached.validatedAt),
    );
  }

  #isFresh(): boolean {
    const { wall, monotonic } = this.#freshUntil;
    return this.#wall() < wall && this.#monotonic() < monotonic;
  }

  /** Extends how long the cached pointer is served, up to `maxStaleMs` after its validation. */
  #extendFreshUntil(moment: Instant): void {
    if (this.#cached === undefined || this.#stopped) return;
    const limit = later(this.#cached.validatedAt, this.#settings.maxStaleMs);
    const until = earliest(moment, limit);
    // Don't take the later moment on each clock: after the wall clock is set back, it would be too late.
    if (until.monotonic >= this.#freshUntil.monotonic) this.#freshUntil = until;
  }

  #resolveStale(): Promise<Snapshot> {
    this.#pendingResolve ??= this.#readUntilFresh().finally(() => {
      this.#pendingResolve = undefined;
    });
    return this.#pendingResolve;
  }

  async #readUntilFresh(): Promise<Snapshot> {
    const { refreshMs, maxStaleMs } = this.#settings;
    for (let reads = 1; ; reads++) {
      this.#assertRunning();
      // A response is as old as its request: a read that started long ago can't refresh a value that is
      // due.
      const most = this.#cached ? Math.min(this.readTimeoutMs, refreshMs) : this.readTimeoutMs;
      const pausing =
        this.#failures > 0 && elapsed(this.#environment, this.#failedAt) < this.#pauseMs;
      const outcome = pausing
        ? { suspended: false, error: this.#lastError }
        : await this.#source.join(this.alias, most);
      this.#assertRunning();
      if (outcome.suspended && !this.#isFresh() && reads < MAX_READS) continue;
      const error = outcome.error ?? this.#lastError;
      if (this.#cached === undefined) throw error;
      const { snapshot, validatedAt } = this.#cached;
      const stalenessMs = elapsed(this.#environment, validatedAt);
      // A read that took longer than maxStaleMs and succeeded has the newest pointer.
      if ((error === undefined && !outcome.suspended) || stalenessMs <= maxStaleMs) return snapshot;
      throw staleError(
        this.#settings,
        snapshot.version,
        stalenessMs,
        error ?? suspendedError(this),
      );
    }
  }

  #snapshotAfter(outcome: ReadOutcome): Snapshot {
    this.#assertRunning();
    const error = outcome.error ?? this.#lastError;
    if (error !== undefined || this.#cached === undefined) throw error;
    return this.#cached.snapshot;
  }

  #assertRunning(): void {
    if (this.#stopped)
      throw readError("swap.reader-stopped", {
        alias: this.alias,
        controlTable: this.controlTable,
      });
  }
}
