import type { Fence } from "../../pointer";
import { type Environment, elapsed, type Instant, instant } from "../environment";

/**
 * The write bound, in milliseconds. A write is sent only with a pointer that a strongly consistent read, started
 * at most this long ago, has confirmed, and its answer counts only within the same time. So every write that
 * counts reached its table at most this long after a fence was placed. One constant for all clients, since the
 * switch waits for it.
 */
export const WRITE_BOUND_MS = 5_000;

/**
 * A write is sent with a pointer confirmed at most this long ago, in milliseconds: a usual answer then comes within
 * the write bound.
 */
const SEND_BOUND_MS = WRITE_BOUND_MS - 1_000;
/** Pause between two looks at a fence, in milliseconds. */
const POLL_MS = 100;
/** Reads in a row that may take longer than the bound before a write fails. */
const MAX_SLOW_READS = 3;

/** The pointer as a strongly consistent read found it. */
export interface ConfirmedPointer {
  /** Differs after every move of the pointer, even where it has returned to the same version. */
  readonly identity: string;
  /** The fence that stands on this version; absent for none, and for one of another version. */
  readonly fence?: Fence;
  /** When the read started. */
  readonly confirmedAt: Instant;
}

/** Where the pointer and its fence are. */
export interface FencedPointer<P extends ConfirmedPointer> {
  /** The pointer by a strongly consistent read that started at most `mostMs` ago. */
  confirm(mostMs: number): Promise<P>;
  /** Removes the fence if it is still the one with this operation. */
  removeFence(fence: Fence): Promise<void>;
  /** Called after a write waited for a fence, also where it then fails. */
  held(heldMs: number): void;
  /** The error for reads that take longer than a write may wait. */
  slowReads(): Error;
  /** The error for a write that was sent and may be on the version left. */
  inDoubt(pointer: P, cause?: unknown): Error;
}

/**
 * Sends writes such that a switch of the pointer loses none that was acknowledged. While a fence stands, writes
 * wait, for at most the fence's budget; then the fence is removed and they go on.
 */
export class FencedWrites<P extends ConfirmedPointer> {
  readonly #pointer: FencedPointer<P>;
  readonly #environment: Environment;
  #held: { operation: string; since: Instant; removed?: Promise<void> } | undefined;

  constructor(pointer: FencedPointer<P>, environment: Environment) {
    this.#pointer = pointer;
    this.#environment = environment;
  }

  /**
   * Sends one write to the active version.
   *
   * @param send sends it; its answer is the write's
   * @throws what `send`, {@link ready} and {@link settle} throw
   */
  async write<T>(send: (pointer: P) => Promise<T>): Promise<T> {
    const pointer = await this.ready();
    const answer = await send(pointer);
    await this.settle(pointer);
    return answer;
  }

  /**
   * The pointer for a write that is sent now, once no fence stands.
   *
   * @throws what the pointer's read and the fence's removal throw; the write was not sent
   */
  ready(): Promise<P> {
    return this.#unfenced(SEND_BOUND_MS);
  }

  /** Reads the pointer, so that the next write does not use an older reading. */
  async renew(): Promise<void> {
    await this.#pointer.confirm(0);
  }

  /** Whether a write may still be sent with this pointer. */
  isCurrent({ confirmedAt }: P): boolean {
    return elapsed(this.#environment, confirmedAt) <= SEND_BOUND_MS;
  }

  /**
   * Decides whether an answer that has just come counts.
   *
   * @throws {@link FencedPointer.inDoubt} where it came too late, and the pointer has moved or can't be read
   */
  async settle(pointer: P): Promise<void> {
    if (elapsed(this.#environment, pointer.confirmedAt) <= WRITE_BOUND_MS) return;
    // The process stood still, or the request was slow: the write may have come after a switch.
    const now = await this.#unfenced(0).catch((cause: unknown) => {
      throw this.#pointer.inDoubt(pointer, cause);
    });
    if (now.identity !== pointer.identity) throw this.#pointer.inDoubt(pointer);
  }

  /** The pointer without a fence, by a read that started at most `mostMs` ago. */
  async #unfenced(mostMs: number): Promise<P> {
    let slowReads = 0;
    let heldSince: Instant | undefined;
    try {
      for (let most = mostMs; ; ) {
        const pointer = await this.#pointer.confirm(most);
        if (pointer.fence !== undefined) {
          heldSince ??= instant(this.#environment);
          most = await this.#hold(pointer.fence);
        } else {
          if (this.isCurrent(pointer)) return pointer;
          if (++slowReads === MAX_SLOW_READS) throw this.#pointer.slowReads();
          most = 0;
        }
      }
    } finally {
      if (heldSince) this.#pointer.held(Math.round(elapsed(this.#environment, heldSince)));
    }
  }

  /**
   * Waits a while, or removes a fence that has stood for its budget.
   *
   * @returns how old the next reading may be, in milliseconds: writes that wait together share it
   */
  async #hold(fence: Fence): Promise<number> {
    if (this.#held?.operation !== fence.operation)
      this.#held = { operation: fence.operation, since: instant(this.#environment) };
    const held = this.#held;
    const left = fence.budgetMs - elapsed(this.#environment, held.since);
    if (left <= 0) {
      held.removed ??= this.#pointer.removeFence(fence).finally(() => {
        delete held.removed;
      });
      await held.removed;
      return 0;
    }
    await this.#environment.wait(Math.min(POLL_MS, left), new AbortController().signal);
    return POLL_MS / 2;
  }
}
