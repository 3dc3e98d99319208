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

export const machine: Environment = {
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

/** A moment on both clocks. */
export interface Instant {
  wall: number;
  monotonic: number;
}

export function instant(environment: Environment): Instant {
  return { wall: environment.wall(), monotonic: environment.monotonic() };
}

/**
 * Milliseconds since `then`, by whichever clock saw more of them: neither a frozen process nor a
 * clock set back may make a value look younger than it is.
 */
export function elapsed(environment: Environment, then: Instant): number {
  return Math.max(environment.wall() - then.wall, environment.monotonic() - then.monotonic);
}
