import { setTimeout as sleep } from "node:timers/promises";

/** Stops a timer; repeating it is harmless. */
export type Cancel = () => void;

/** What the reader takes from the machine, apart so that tests can hold time still. */
export interface Environment {
  /** Unix milliseconds. Goes on while a process is frozen, but may be set back. */
  wall(): number;
  /** Milliseconds since some moment. Never set back, but may stand still while frozen. */
  monotonic(): number;
  /** Runs `run` once after `ms` milliseconds; never holds the process open. */
  after(ms: number, run: () => void): Cancel;
  /**
   * Ends after `ms` milliseconds, or at once on the signal. Holds the process open, as a request
   * does: a script may be awaiting the read that waits here.
   */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to, not including, 1. */
  random(): number;
}

export const systemEnvironment: Environment = {
  // Looked up at each call, as the timers are, so that fake ones in an application's tests agree.
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

/** Clock by clock, the earlier of two moments. */
export function earliest(a: Instant, b: Instant): Instant {
  return { wall: Math.min(a.wall, b.wall), monotonic: Math.min(a.monotonic, b.monotonic) };
}

/**
 * Milliseconds since `then`, by whichever clock saw more of them: neither a process that stood still
 * nor a clock set back may make a value look younger than it is. Linux's monotonic clock counts a
 * stopped process (SIGSTOP) but not a suspended machine (a frozen microVM); the wall clock counts both.
 */
export function elapsed(environment: Environment, then: Instant): number {
  return Math.max(environment.wall() - then.wall, environment.monotonic() - then.monotonic);
}
