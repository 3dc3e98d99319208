import type { Cancel, Environment } from "../../../src/reader/environment";

interface Timer {
  at: number;
  run: () => void;
}

/** Lets everything that is ready run. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Time that moves only when a test moves it. */
export class Clock implements Environment {
  #wall = 1_700_000_000_000;
  #monotonic = 0;
  readonly #timers = new Set<Timer>();
  /** What {@link random} gives. */
  chance = 0.5;

  readonly wall = () => this.#wall;
  readonly monotonic = () => this.#monotonic;
  readonly random = () => this.chance;

  readonly after = (ms: number, run: () => void): Cancel => {
    const timer = { at: this.#monotonic + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  readonly wait = (ms: number): Promise<void> => new Promise((resolve) => this.after(ms, resolve));

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass, firing timers on the way. */
  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#move(Math.max(0, next.at - this.#monotonic));
      next.run();
      await settle();
    }
    this.#move(end - this.#monotonic);
    await settle();
  }

  /** As when the process is frozen: the world's time goes on and nothing here runs. */
  freeze(ms: number): void {
    this.#wall += ms;
  }

  /** As when the process is stopped: both clocks go on, and what falls due does not run yet. */
  suspend(ms: number): void {
    this.#move(ms);
  }

  /** Runs the timers that are overdue, and nothing that comes of them: an event loop's first step. */
  runOverdue(): void {
    const overdue = [...this.#timers].filter(({ at }) => at <= this.#monotonic);
    for (const timer of overdue.sort((a, b) => a.at - b.at))
      if (this.#timers.delete(timer)) timer.run();
  }

  /** As when the machine's clock is corrected. */
  setWall(by: number): void {
    this.#wall += by;
  }

  #move(ms: number): void {
    this.#monotonic += ms;
    this.#wall += ms;
  }
}
