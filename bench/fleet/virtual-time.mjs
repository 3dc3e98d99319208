// Time that moves only when nothing is left to do, in whole milliseconds, as Node's timers have it.

/** A seeded generator of numbers in [0, 1) (mulberry32), so that a run can be repeated. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class VirtualTime {
  now = 0;
  /** Timers by the millisecond at which they are due. */
  #due = new Map();

  /** Runs `run` after `ms` milliseconds. Returns what cancels it. */
  after(ms, run) {
    const at = this.now + Math.max(0, Math.ceil(ms));
    const timer = { run };
    const timers = this.#due.get(at);
    if (timers) timers.push(timer);
    else this.#due.set(at, [timer]);
    return () => {
      timer.run = undefined;
    };
  }

  /** Lets time pass until `end`, running on the way what falls due and all that comes of it. */
  async passUntil(end) {
    for (; this.now < end; this.now++) {
      for (let timers = this.#due.get(this.now); timers; timers = this.#due.get(this.now)) {
        this.#due.delete(this.now);
        for (const { run } of timers) run?.();
        // All promises that are ready are done before Node's next turn.
        await new Promise(setImmediate);
      }
    }
  }
}
