import { setTimeout as sleep } from "node:timers/promises";

/** Spreads items over time for all segments together: at most `perSecond`, without bursts. */
export class RateLimit {
  #msEach;
  #free = performance.now();

  constructor(perSecond) {
    this.#msEach = 1_000 / perSecond;
  }

  /** Waits until `count` more items may be written. */
  async take(count) {
    const now = performance.now();
    const start = Math.max(now, this.#free);
    this.#free = start + count * this.#msEach;
    if (start > now) await sleep(start - now);
  }
}
