import { SwapError } from "../errors";
import { type CachedPointer, updateCache } from "./cached-pointer";
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
import { drawInterval } from "./schedule";
import type { Snapshot } from "./snapshot";
import { readerStatus } from "./status";

/** Reads that one resolve makes where the process stands still during each of them. */
const MAX_READS = 3;
/** Before any other moment. */
const NEVER: Instant = { wall: Number.NEGATIVE_INFINITY, monotonic: Number.NEGATIVE_INFINITY };

/** Why no read counts although each was answered. */
function suspendedError({ controlTable }: PointerResolver): SwapError {
  return new SwapError("swap.service-error", {
    action: "GetItem",
    resource: controlTable,
    reason: `the process stood still during each of ${MAX_READS} reads`,
  });
}

/** A resolver over a source, which it may share with others. */
export class PointerResolver implements Resolver, Subscriber {
  readonly alias: string;
  readonly controlTable: string;
  readonly readTimeoutMs: number;
  /** How the middleware sends commands by this resolver. */
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
   * Until when the answer is handed out with no further question. What has run out is renewed by the
   * outcome of a read only: a read may have been started by a timer that fell due while the process
   * stood still.
   */
  #freshUntil = NEVER;
  #lastReadStartedAt = NEVER;
  #intervalMs: number;
  #lastError: SwapError | undefined;
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
    // Both clocks are asked every time: timers that fell due while the process stood still may not
    // have run yet, and either clock may have missed that time.
    return this.#isFresh() ? (this.#snapshotPromise as Promise<Snapshot>) : this.#resolveStale();
  }

  peek(): Snapshot | undefined {
    if (this.#cached === undefined || this.#stopped) return undefined;
    const { maxStaleMs, refreshMs } = this.#settings;
    // A read that is under way may confirm a value that is due.
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
   * As {@link refresh}, but a read under way will do that started `mostMs` ago or later: what a
   * command that was sent then and met a dropped table needs to know.
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

  onReadStarted(startedAt: Instant): void {
    const { refreshMs, jitter } = this.#settings;
    this.#lastReadStartedAt = startedAt;
    this.#intervalMs = drawInterval(refreshMs, jitter, this.#environment.random());
  }

  /** A value that is due is still handed out while its read takes long and the process runs. */
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
    if (this.#cached === undefined) return;
    const { refreshMs } = this.#settings;
    this.#extendFreshUntil(later(this.#cached.validatedAt, refreshMs));
    if (outcome.suspended) return;
    // Reads that fail are made once an interval as well. One that took longer than that is followed by
    // the next at once, by a timer.
    if (this.#lastError !== undefined) this.#extendFreshUntil(later(outcome.startedAt, refreshMs));
    this.#extendFreshUntil(later(instant(this.#environment), HEARTBEAT_TTL_MS));
  }

  #applyReading({ reading, startedAt, tookMs }: ReadOutcome & { reading: Reading }): void {
    const before = this.#cached;
    const { cached, verdict } = updateCache(this.alias, before, reading, startedAt);
    this.#lastError = undefined;
    if (verdict !== "follow")
      this.#reporter.answerRefused(verdict, cached.snapshot.version, reading.row?.version);
    if (verdict === "older") return;
    this.#cached = cached;
    if (before?.snapshot !== cached.snapshot)
      this.#snapshotPromise = Promise.resolve(cached.snapshot);
    this.#reporter.refreshed(cached.snapshot.version, tookMs);
    if (before !== undefined && before.snapshot.version !== cached.snapshot.version)
      this.#reporter.changed(before.snapshot, cached.snapshot);
  }

  #applyError(error: SwapError): void {
    this.#lastError = error;
    this.#reporter.refreshFailed(
      error,
      this.#cached && elapsed(this.#environment, this.#cached.validatedAt),
    );
  }

  #isFresh(): boolean {
    const { wall, monotonic } = this.#freshUntil;
    return this.#wall() < wall && this.#monotonic() < monotonic;
  }

  /** Never for longer than `maxStaleMs`. */
  #extendFreshUntil(moment: Instant): void {
    if (this.#cached === undefined || this.#stopped) return;
    const limit = later(this.#cached.validatedAt, this.#settings.maxStaleMs);
    const until = earliest(moment, limit);
    // Not the later by each clock: after the wall clock is set back, that would hold for too long.
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
      // An answer counts from its request: a read started long ago does not refresh a value that is due.
      const most = this.#cached ? Math.min(this.readTimeoutMs, refreshMs) : this.readTimeoutMs;
      const outcome = await this.#source.join(this.alias, most);
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
      throw new SwapError("swap.reader-stopped", {
        alias: this.alias,
        controlTable: this.controlTable,
      });
  }
}
