import { setTimeout as sleep } from "node:timers/promises";

/** A clock in milliseconds and its pause; a test passes a simulated one. */
export interface Clock {
  now(): number;
  /** Rejects with the signal's reason if it ends the pause. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    await sleep(ms, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  },
};

/**
 * Limits the items of all segments together to `perSecond`. Time that was not used is not saved up, so that
 * a slow start is followed by no burst.
 */
export class RateLimit {
  /** When the items that were let through so far are paid for. */
  #free = Number.NEGATIVE_INFINITY;

  /** @param perSecond items a second; absent for no limit */
  constructor(
    private readonly perSecond?: number,
    private readonly clock: Clock = realClock,
  ) {}

  /** Waits until `items` more may pass. */
  async take(items: number, signal?: AbortSignal): Promise<void> {
    if (this.perSecond === undefined) return;
    const now = this.clock.now();
    const start = Math.max(now, this.#free);
    this.#free = start + (items * 1000) / this.perSecond;
    if (start > now) await this.clock.sleep(start - now, signal);
  }
}
