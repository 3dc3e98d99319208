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

/** Longest sleep of an item that waits, in milliseconds: then the limit may have changed. */
const LONGEST_WAIT_MS = 2_000;

/**
 * Limits the items of all segments together to `perSecond`. Time that was not used is not saved up, so that
 * a slow start is followed by no burst. {@link lowerTo} changes the limit, also for those that wait.
 */
export class RateLimit {
  /** Items that the limit has paid for by `#since`. */
  #paid = 0;
  #since = Number.NEGATIVE_INFINITY;
  /** Items that were let through or wait. */
  #taken = 0;
  #lowered: number | undefined;

  /** @param perSecond items a second; absent for no limit */
  constructor(
    private readonly perSecond?: number,
    private readonly clock: Clock = realClock,
  ) {}

  /** Sets a second limit, items a second: the lower one counts. Undefined removes it. */
  lowerTo(perSecond: number | undefined): void {
    if (perSecond === this.#lowered) return;
    this.#pay();
    this.#lowered = perSecond;
  }

  /**
   * Waits until `items` more may pass.
   *
   * @param whileWaiting called before each sleep, of 2 s at most; what it throws ends the wait
   */
  async take(
    items: number,
    signal?: AbortSignal,
    whileWaiting?: () => Promise<void>,
  ): Promise<void> {
    this.#pay();
    const start = Math.max(this.#paid, this.#taken);
    this.#taken = start + items;
    for (;;) {
      const rate = this.#rate;
      this.#pay();
      if (rate === undefined || this.#paid >= start) return;
      await whileWaiting?.();
      const wait = ((start - this.#paid) * 1000) / rate;
      await this.clock.sleep(Math.min(wait, LONGEST_WAIT_MS), signal);
      if (wait <= LONGEST_WAIT_MS && rate === this.#rate) return;
    }
  }

  get #rate(): number | undefined {
    const limits = [this.perSecond, this.#lowered].filter((each) => each !== undefined);
    return limits.length === 0 ? undefined : Math.min(...limits);
  }

  /** Pays for what the limit has let through until now. */
  #pay(): void {
    const now = this.clock.now();
    const rate = this.#rate;
    if (rate === undefined) this.#paid = this.#taken;
    else if (Number.isFinite(this.#since)) this.#paid += ((now - this.#since) * rate) / 1000;
    this.#since = now;
  }
}
