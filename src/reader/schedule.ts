/** Something refreshed at intervals. Times are monotonic milliseconds. */
export interface Scheduled {
  /** When its last read started; -Infinity before the first. */
  readonly startedAt: number;
  /** How long after that the next one starts, drawn again for each. */
  readonly intervalMs: number;
}

/** Milliseconds until the first of them is due; undefined when there is none. */
export function nextDelay(paced: readonly Scheduled[], now: number): number | undefined {
  if (paced.length === 0) return undefined;
  return Math.max(0, Math.min(...paced.map(dueAt)) - now);
}

/**
 * Those to read now: none before the first is due; then also those past half their interval, so
 * that equal intervals fall into step and share one request while unequal ones are not all read at
 * the pace of the fastest.
 */
export function selectDue<P extends Scheduled>(paced: readonly P[], now: number): P[] {
  // Node's timers may fire a fraction of a millisecond early by another clock.
  if (!paced.some((each) => dueAt(each) <= now + 1)) return [];
  return paced.filter((each) => now + 1 - each.startedAt >= each.intervalMs / 2);
}

function dueAt({ startedAt, intervalMs }: Scheduled): number {
  return startedAt + intervalMs;
}

/**
 * The pace of the next read: at most `jitter` of `refreshMs` early, so that a fleet spreads out, and
 * at least a fifth of that, so that a timer which fires a little late still keeps `refreshMs`.
 */
export function drawInterval(refreshMs: number, jitter: number, random: number): number {
  return refreshMs * (1 - jitter * (0.2 + 0.8 * random));
}
