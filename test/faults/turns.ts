interface Waiting {
  /** The turn before which it is not chosen while others may go. */
  due: number;
  go(): void;
}

/** How long nobody may move before a run is given up, in milliseconds. */
const STUCK_MS = 120_000;

/**
 * Lets concurrent actors go on one at a time, in an order that the run decides and nothing else:
 * not the network, not the machine. An actor that has its turn runs until it waits for its next one
 * or ends; only when all wait is the next chosen.
 */
export class Turns {
  /** Turns given so far: the clock of the run. */
  now = 0;
  readonly #waiting: Waiting[] = [];
  readonly #choose: (among: number) => number;
  #busy = 0;
  #quiet = () => {};

  /** @param choose which of so many goes next, from 0 */
  constructor(choose: (among: number) => number) {
    this.#choose = choose;
  }

  /** Waits for a turn; not chosen before `delay` others have gone, if that many there are. */
  wait(delay = 0): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ due: this.now + delay, go });
      this.#rest();
    });
  }

  /** Something that happens by itself, as {@link wait} says, and takes a turn. */
  later(delay: number, act: () => Promise<unknown>): void {
    const go = () => void act().finally(() => this.#rest());
    this.#waiting.push({ due: this.now + delay, go });
  }

  /** Runs the actors to their end, and all that was to happen later. */
  async run(actors: readonly (() => Promise<void>)[]): Promise<void> {
    this.#busy = actors.length;
    const ends = Promise.all(actors.map((actor) => actor().finally(() => this.#rest())));
    // Reported at the end; until then a failed actor is one that waits no more.
    ends.catch(() => {});
    for (;;) {
      await this.#allWait();
      const next = this.#next();
      if (next === undefined) break;
      this.now += 1;
      this.#busy += 1;
      next.go();
    }
    await ends;
  }

  #next(): Waiting | undefined {
    const soonest = Math.min(...this.#waiting.map(({ due }) => due));
    const open = this.#waiting.filter(({ due }) => due <= Math.max(this.now, soonest));
    const next = open[this.#choose(open.length)];
    if (next !== undefined) this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }

  #rest(): void {
    this.#busy -= 1;
    if (this.#busy === 0) this.#quiet();
  }

  #allWait(): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stuck = setTimeout(
        () => reject(new Error(`an actor neither waits nor ends, at turn ${this.now}`)),
        STUCK_MS,
      );
      this.#quiet = () => {
        clearTimeout(stuck);
        resolve();
      };
    });
  }
}
