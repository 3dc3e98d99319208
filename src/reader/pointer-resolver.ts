import type { SwapError } from "../errors";
import { readError } from "../errors/read";
import { type CachedPointer, isConfirmed, updateCache } from "./cached-pointer";
import type { ConfirmedReading, Route } from "./client/route";
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
import type { Settings } from "./options";
import type { PointerSource, ReadOutcome, Subscriber } from "./pointer-source";
import { createReporter } from "./reporter";
import type { Resolver } from "./resolver";
import { resolverRoute } from "./resolver-route";
import { drawInterval, drawPause } from "./schedule";
import type { Snapshot } from "./snapshot";
import { readerStatus } from "./status";

/** Maximum reads of one resolve when the process is suspended during each of them. */
const MAX_READS = 3;
/** Before any other moment. */
const NEVER: Instant = { wall: Number.NEGATIVE_INFINITY, monotonic: Number.NEGATIVE_INFINITY };

const routes = new WeakMap<object, Route>();

/** The route of a resolver's commands, for the middleware; undefined for what {@link pointerResolver} did not make. */
export const routeOf = (resolver: Resolver): Route | undefined => routes.get(resolver);

/** The error when the process was suspended during every read, so that no response can be trusted. */
function suspendedError(controlTable: string): SwapError {
  return readError("swap.service-error", {
    action: "GetItem",
    resource: controlTable,
    reason: `the process stood still during each of ${MAX_READS} reads`,
  });
}

/**
 * A resolver on a pointer source, which it may share with other resolvers. A closure, not a class: a minifier
 * shortens variables, and no private members.
 */
export function pointerResolver(
  settings: Settings,
  source: PointerSource,
  environment: Environment,
  leave: () => void,
): Resolver {
  const { alias, controlTable, readTimeoutMs, refreshMs, maxStaleMs } = settings;
  const reporter = createReporter(settings);
  let cached: CachedPointer | undefined;
  // One promise for all callers of one value: awaiting it costs less than an async function.
  let snapshotPromise: Promise<Snapshot> | undefined;
  /**
   * Until when the cached pointer is served without a check. Once expired, only the outcome of a read
   * extends it, not its start: a timer that fell due while the process was suspended may have started the
   * read.
   */
  let freshUntil = NEVER;
  let lastReadStartedAt = NEVER;
  let intervalMs = refreshMs;
  let lastError: SwapError | undefined;
  /** Failed reads in a row, when the last of them ended, and the pause after it. */
  let failures = 0;
  let failedAt = NEVER;
  let pauseMs = 0;
  let pendingResolve: Promise<Snapshot> | undefined;
  let stopped = false;
  /** The strongly consistent reading that started last, whether it was followed or not. */
  let confirmed: ConfirmedReading | undefined;

  const now = (): Instant => instant(environment);
  const since = (moment: Instant): number => elapsed(environment, moment);

  function resolve(): Promise<Snapshot> {
    // Check both clocks every time: timers that fell due while the process was suspended may not have run
    // yet, and either clock may have missed that time.
    return isFresh() ? (snapshotPromise as Promise<Snapshot>) : resolveStale();
  }

  function peek(): Snapshot | undefined {
    if (cached === undefined || stopped) return undefined;
    // A read in flight may confirm a value whose refresh is due.
    const limit =
      lastError === undefined ? Math.max(maxStaleMs, refreshMs + readTimeoutMs) : maxStaleMs;
    return since(cached.validatedAt) < limit ? cached.snapshot : undefined;
  }

  function stop(): void {
    if (stopped) return;
    stopped = true;
    freshUntil = NEVER;
    source.unsubscribe(subscriber);
    leave();
  }

  const subscriber: Subscriber = {
    alias,
    readTimeoutMs,
    get startedAt() {
      return lastReadStartedAt.monotonic;
    },
    get intervalMs() {
      return intervalMs;
    },
    needsStrongRead: () =>
      settings.consistency === "strong" ||
      !cached?.settled ||
      // No read was tried for longer than refreshMs, so the process was suspended.
      since(lastReadStartedAt) > refreshMs + HEARTBEAT_TTL_MS ||
      // The next background read may start too late for the bound on a lagging replica.
      since(cached.strongAt) > maxStaleMs - refreshMs,
    confirms: (reading) => isConfirmed(cached, reading),
    onReadStarted(startedAt) {
      intervalMs = drawInterval(refreshMs, settings.jitter, environment.random());
      if (lastReadStartedAt === NEVER) intervalMs *= source.spread;
      lastReadStartedAt = startedAt;
    },
    /** Keeps serving a value whose refresh is due while its read is slow and the process runs. */
    onHeartbeat() {
      if (isFresh()) extendFreshUntil(later(now(), HEARTBEAT_TTL_MS));
    },
    onReadEnded(outcome) {
      if (stopped) return;
      try {
        if (outcome.error !== undefined) throw outcome.error;
        applyReading(outcome);
      } catch (error) {
        applyError(error as SwapError);
      }
      if (cached === undefined) {
        // Processes whose first reads were throttled together, and outlasted their interval, would go on together.
        if (outcome.tookMs > intervalMs) intervalMs += outcome.tookMs;
        return;
      }
      extendFreshUntil(later(cached.validatedAt, refreshMs));
      if (outcome.suspended) return;
      // Limit failing reads to one per interval too. If a read took longer, a timer starts the next one at
      // once.
      if (lastError !== undefined) extendFreshUntil(later(outcome.startedAt, refreshMs));
      extendFreshUntil(later(now(), HEARTBEAT_TTL_MS));
    },
  };

  function applyReading({
    reading,
    startedAt,
    tookMs,
    strong,
  }: ReadOutcome & { reading: Reading }): void {
    const before = cached;
    lastError = undefined;
    failures = 0;
    const update = updateCache(alias, before, reading, startedAt, strong);
    const { verdict } = update;
    const { snapshot } = update.cached;
    if (verdict !== "follow")
      reporter.answerRefused(verdict, snapshot.version, reading.row?.version);
    cached = update.cached;
    if (strong && (confirmed ?? { startedAt: NEVER }).startedAt.monotonic < startedAt.monotonic)
      confirmed = { row: reading.row, startedAt };
    if (verdict === "older") return;
    if (before?.snapshot !== snapshot) snapshotPromise = Promise.resolve(snapshot);
    reporter.refreshed(snapshot.version, tookMs);
    if (before !== undefined && before.snapshot.table !== snapshot.table)
      reporter.changed(before.snapshot, snapshot);
  }

  function applyError(error: SwapError): void {
    lastError = error;
    failures++;
    failedAt = now();
    pauseMs = drawPause(refreshMs, failures, environment.random());
    reporter.refreshFailed(error, cached && since(cached.validatedAt));
  }

  function isFresh(): boolean {
    return environment.wall() < freshUntil.wall && environment.monotonic() < freshUntil.monotonic;
  }

  /** Extends how long the cached pointer is served, up to `maxStaleMs` after its validation. */
  function extendFreshUntil(moment: Instant): void {
    if (cached === undefined || stopped) return;
    const until = earliest(moment, later(cached.validatedAt, maxStaleMs));
    // Don't take the later moment on each clock: after the wall clock is set back, it would be too late.
    if (until.monotonic >= freshUntil.monotonic) freshUntil = until;
  }

  function resolveStale(): Promise<Snapshot> {
    pendingResolve ??= readUntilFresh().finally(() => {
      pendingResolve = undefined;
    });
    return pendingResolve;
  }

  async function readUntilFresh(): Promise<Snapshot> {
    for (let reads = 1; ; reads++) {
      assertRunning();
      // A response is as old as its request: a read that started long ago can't refresh a value that is
      // due.
      const most = cached ? Math.min(readTimeoutMs, refreshMs) : readTimeoutMs;
      const pausing = failures > 0 && since(failedAt) < pauseMs;
      const outcome = pausing
        ? { suspended: false, error: lastError }
        : await source.join(alias, most);
      assertRunning();
      if (outcome.suspended && !isFresh() && reads < MAX_READS) continue;
      const error = outcome.error ?? lastError;
      if (cached === undefined) throw error;
      const { snapshot, validatedAt } = cached;
      const stalenessMs = since(validatedAt);
      // A read that took longer than maxStaleMs and succeeded has the newest pointer.
      if ((error === undefined && !outcome.suspended) || stalenessMs < maxStaleMs) return snapshot;
      throw staleError(
        settings,
        snapshot.version,
        stalenessMs,
        error ?? suspendedError(controlTable),
      );
    }
  }

  /** The snapshot after a read that `start` begins or joins. */
  async function snapshotAfter(start: () => Promise<ReadOutcome>): Promise<Snapshot> {
    assertRunning();
    const outcome = await start();
    assertRunning();
    const error = outcome.error ?? lastError;
    if (error !== undefined || cached === undefined) throw error;
    return cached.snapshot;
  }

  function assertRunning(): void {
    if (stopped) throw readError("swap.reader-stopped", { alias, controlTable });
  }

  const resolver: Resolver = {
    alias,
    controlTable,
    resolve,
    peek,
    snapshot: resolve,
    refresh: () => snapshotAfter(() => source.start(alias)),
    status: () =>
      readerStatus({
        alias,
        controlTable,
        environment,
        counters: reporter.counters,
        cached,
        lastError,
      }),
    stop,
    [Symbol.dispose]: stop,
  };
  routes.set(
    resolver,
    resolverRoute(
      {
        alias,
        resolve,
        peek,
        // Like refresh, but accepts a read in flight that started at most `mostMs` ago: for a command that was
        // sent then and met a dropped table.
        refreshSince: (mostMs) => snapshotAfter(() => source.join(alias, mostMs)),
        retried: reporter.retried,
        writes: {
          source,
          held: reporter.held,
          state() {
            assertRunning();
            return { confirmed, snapshot: cached?.snapshot };
          },
        },
      },
      environment,
    ),
  );
  source.subscribe(subscriber);
  return resolver;
}
