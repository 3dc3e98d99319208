import { setTimeout as sleep } from "node:timers/promises";
import { match } from "../errors";

/**
 * How long a missing table is asked for again, in milliseconds. Metadata of a new table "might not be available immediately".
 *
 * @see DynamoDB API Reference, DescribeTable
 */
export const NEW_TABLE_MS = 5_000;

/** The pause after the first try; it doubles up to a second. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** What ends the retries early, and the clock for tests. */
export interface NewTableRetry {
  signal?: AbortSignal | undefined;
  clock?: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> } | undefined;
}

/** A clock that is never set back, so that a corrected wall clock moves no deadline. */
export const monotonicClock: NonNullable<NewTableRetry["clock"]> = {
  now: () => performance.now(),
  // An abort cuts the pause short; it is no failure of the wait.
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => {}),
};

/**
 * Runs an operation on a control table that may be new, and retries it while the table is not found, for
 * at most {@link NEW_TABLE_MS}. An operation that fails so has done nothing.
 *
 * @throws SwapError `swap.control-table-missing` when the time is up, and whatever else `doing` throws
 */
export async function retryWhileNew<T>(
  doing: () => Promise<T>,
  { signal, clock = monotonicClock }: NewTableRetry = {},
): Promise<T> {
  const deadline = clock.now() + NEW_TABLE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await doing();
    } catch (error) {
      const left = deadline - clock.now();
      if (!match(error, "swap.control-table-missing") || left <= 0 || signal?.aborted) throw error;
      await clock.sleep(Math.min(pause, left), signal);
    }
  }
}
