/** The longest delay of a request, and of a process that stands still, in milliseconds. */
export const LATE_MS = 180_000;

/**
 * How long requests take:
 *
 * - `quick`: mostly milliseconds, sometimes a second
 * - `slow`: sometimes seconds
 * - `late`: sometimes seconds, rarely minutes
 */
export type Delays = "quick" | "slow" | "late";

/** How many take longer, and how many take minutes. */
const SHARES: Record<Delays, readonly [slow: number, late: number]> = {
  quick: [0.005, 0],
  slow: [0.01, 0],
  late: [0.15, 0.02],
};

/** A moment at which something happens. */
interface Happening {
  at: number;
  run: () => void;
}

/** A clock that goes on when everything that is ready has run, and the only source of chance. */
export class VirtualTime {
  now = 0;
  freezes = 0;
  readonly random: () => number;
  /** What will happen: a heap, whose first element is the next. */
  readonly #heap: Happening[] = [];

  constructor(seed: number) {
    this.random = mulberry32(seed);
  }

  /** Goes on to what happens next; false if nothing does. */
  async step(): Promise<boolean> {
    await new Promise(setImmediate);
    const next = this.#pop();
    if (next === undefined) return false;
    this.now = Math.max(this.now, next.at);
    next.run();
    return true;
  }

  at(at: number, run: () => void): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push({ at, run });
    for (;;) {
      const parent = (index - 1) >> 1;
      if (index === 0 || (heap[parent] as Happening).at <= at) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    const time = (index: number) => heap[index]?.at ?? Number.POSITIVE_INFINITY;
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const least = time(left + 1) < time(left) ? left + 1 : left;
      if (time(least) >= time(index)) return first;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap as [Happening, ...Happening[]];
    [heap[a], heap[b]] = [heap[b] as Happening, heap[a] as Happening];
  }

  delay(delays: Delays): number {
    const [slow, late] = SHARES[delays];
    const kind = this.random();
    if (kind < late) return this.random() * LATE_MS;
    if (kind < late + slow) return 50 + this.random() * (delays === "quick" ? 1_000 : 8_000);
    return 1 + this.random() * 20;
  }
}

/** A process: it may stand still, and die. */
export class Process {
  readonly #time: VirtualTime;
  /** Whether its monotonic clock stops while it stands still, as that of a suspended machine. */
  readonly #stops: boolean;
  #thawsAt = 0;
  #stoodStillMs = 0;
  #isDead = false;

  constructor(
    readonly name: string,
    time: VirtualTime,
  ) {
    this.#time = time;
    this.#stops = time.random() < 0.5;
  }

  readonly wall = (): number => this.#time.now;
  readonly monotonic = (): number => this.#time.now - (this.#stops ? this.#stoodStillMs : 0);

  kill(): void {
    this.#isDead = true;
  }

  after(ms: number, run: () => void): () => void {
    let cancelled = false;
    const fire = () => {
      if (cancelled || this.#isDead) return;
      if (this.#thawsAt > this.#time.now) this.#time.at(this.#thawsAt, fire);
      else run();
    };
    this.#time.at(this.#time.now + ms, fire);
    return () => {
      cancelled = true;
    };
  }

  readonly wait = (ms: number): Promise<void> => new Promise((run) => this.after(ms, run));

  /** A request: it arrives, has its effect, and its answer returns; any of them may be late, and the answer lost. */
  async request<T>(delays: Delays, effect: () => T): Promise<T> {
    const time = this.#time;
    if (delays !== "quick" && time.random() < 0.005) this.#standStill();
    const outcome = await new Promise<() => T>((resolve) => {
      // What is on its way arrives, whatever becomes of the process.
      time.at(time.now + time.delay(delays), () => {
        const answer = answerOf(effect);
        this.after(time.delay(delays), () => resolve(answer));
      });
    });
    if (delays !== "quick" && time.random() < (delays === "late" ? 0.03 : 0.003))
      throw new Error("no answer");
    return outcome();
  }

  /** A second sending of a request arrives, much later. */
  repeat(effect: () => unknown, share = 0.05, longestMs = LATE_MS): boolean {
    const time = this.#time;
    const repeats = time.random() < share;
    if (repeats) time.at(time.now + time.random() * longestMs, () => answerOf(effect));
    return repeats;
  }

  #standStill(): void {
    const time = this.#time;
    if (this.#thawsAt > time.now) return;
    const ms = time.random() < 0.7 ? time.random() * 10_000 : time.random() * LATE_MS;
    time.freezes++;
    this.#thawsAt = time.now + ms;
    this.#stoodStillMs += ms;
  }
}

function answerOf<T>(effect: () => T): () => T {
  try {
    const value = effect();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** A generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
