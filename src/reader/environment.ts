import { setTimeout as sleep } from "node:timers/promises";

/** Stops a timer. Idempotent. */
export type Cancel = () => void;

/** The clocks, timers and randomness that the reader uses; replaced in tests. */
export interface Environment {
  /** Unix milliseconds. Goes on while a process is frozen, but may be set back. */
  wall(): number;
  /** Milliseconds since an arbitrary moment. Never set back, but may stop while the process is frozen. */
  monotonic(): number;
  /** Runs `run` once after `ms` milliseconds; never holds the process open. */
  after(ms: number, run: () => void): Cancel;
  /**
   * Ends after `ms` milliseconds, or at once on the signal. Holds the process open, as a request
   * does: a script may be awaiting the read that waits here.
   */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** A random number in [0, 1). */
  random(): number;
}

export const systemEnvironment: Environment = {
  // Read at each call, like the timers, so that fake clocks in an application's tests apply.
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
  random: Math.random,
};

/**
 * How long a sign that the process runs is valid, in milliseconds. A process that stands still for
 * less can't be distinguished from a busy one.
 */
export const HEARTBEAT_TTL_MS = 100;

/** A moment on both clocks. */
export interface Instant {
  wall: number;
  monotonic: number;
}

export function instant(environment: Environment): Instant {
  return { wall: environment.wall(), monotonic: environment.monotonic() };
}

/** The moment `ms` milliseconds after another. */
export function later(than: Instant, ms: number): Instant {
  return { wall: than.wall + ms, monotonic: than.monotonic + ms };
}

/** The earlier of two moments, on each clock. */
export function earliest(a: Instant, b: Instant): Instant {
  return { wall: Math.min(a.wall, b.wall), monotonic: Math.min(a.monotonic, b.monotonic) };
}

/**
 * Milliseconds since `then` on the clock that counted more, so that neither a frozen process nor a clock
 * set back makes a value look younger than it is. Linux's monotonic clock counts a stopped process
 * (SIGSTOP) but not a suspended machine (a frozen microVM); the wall clock counts both.
 */
export function elapsed(environment: Environment, then: Instant): number {
  return Math.max(environment.wall() - then.wall, environment.monotonic() - then.monotonic);
}
