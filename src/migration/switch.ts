import type { Fence } from "../pointer";

/** Longest that clients may count a write after the fence, plus a part for clocks that run at other rates. */
export const DRAIN_AFTER_MS = 5_000 * 1.02;

/** What a switch does to the pointer and the data. */
export interface SwitchSteps<T = void> {
  /** Notes where the source's changes stand; what comes after is drained. */
  openDrain(): Promise<Drain>;
  /** Puts the fence on the row while its `from` is active and no other fence stands. */
  placeFence(fence: Fence): Promise<void>;
  /** Removes the fence if it is still the one with this operation. */
  removeFence(fence: Fence): Promise<void>;
  /** Moves the pointer and removes the fence in one write, on condition that the fence still stands. */
  flip(fence: Fence): Promise<T>;
}

/** The changes of the source since the drain was opened. */
export interface Drain {
  /**
   * Resolves once all of them are in the target.
   *
   * @throws when that is not so within the time
   */
  untilEmpty(timeLeftMs: () => number): Promise<void>;
}

/** The clock of a switch. */
export interface SwitchClock {
  monotonic(): number;
  wait(ms: number): Promise<void>;
}

/**
 * Moves the pointer without losing an acknowledged write of a client that holds writes while fenced: fence, wait
 * until no earlier write can count any more, drain, flip. The flip is conditional on the fence, so that a client
 * that has removed it, and a flip that arrives late, can't both happen. Whatever fails before the flip, the fence
 * is removed; a switch that dies leaves it to the clients, which remove it after its budget.
 *
 * @throws what the steps throw; the pointer has not moved then, unless `flip` says that this is unknown
 */
export async function switchPointer<T>(
  fence: Fence,
  steps: SwitchSteps<T>,
  clock: SwitchClock,
): Promise<T> {
  const drain = await steps.openDrain();
  const begun = clock.monotonic();
  const timeLeft = () => fence.budgetMs - (clock.monotonic() - begun);
  try {
    await steps.placeFence(fence);
    await clock.wait(DRAIN_AFTER_MS);
    await drain.untilEmpty(timeLeft);
    return await steps.flip(fence);
  } catch (error) {
    // The clients remove a fence that this can't.
    await steps.removeFence(fence).catch(() => {});
    throw error;
  }
}
