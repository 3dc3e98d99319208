import { setTimeout as sleep } from "node:timers/promises";
import { match } from "../errors";

/**
 * How long to retry while a table is not found, in milliseconds. Metadata of a new table "might not be
 * available immediately".
 *
 * @see DynamoDB API Reference, DescribeTable
 */
export const NEW_TABLE_MS = 5_000;

/** The pause after the first attempt, in milliseconds; doubles up to one second. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** The signal that ends the retries early, and the clock for tests. */
export interface NewTableRetry {
  signal?: AbortSignal | undefined;
  clock?: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> } | undefined;
}

/** A monotonic clock, so that setting the wall clock moves no deadline. */
export const monotonicClock: NonNullable<NewTableRetry["clock"]> = {
  now: () => performance.now(),
  // An abort ends the pause early, without an error.
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => {}),
};

/**
 * Runs an operation on a control table that may be new, and retries it while the table is not found, for at
 * most {@link NEW_TABLE_MS}. An operation that fails with table-not-found has written nothing, so it is
 * safe to repeat.
 *
 * @throws SwapError `swap.control-table-missing` when the time is up; rethrows every other error of `doing`
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
