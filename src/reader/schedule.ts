/** Something refreshed at intervals. Times are monotonic milliseconds. */
export interface Scheduled {
  /** When its last read started; -Infinity before the first. */
  readonly startedAt: number;
  /** Time until the next read starts; drawn at random for each. */
  readonly intervalMs: number;
}

/** Milliseconds until the next refresh is due; undefined if nothing is scheduled. */
export function nextDelay(paced: readonly Scheduled[], now: number): number | undefined {
  if (paced.length === 0) return undefined;
  return Math.max(0, Math.min(...paced.map(dueAt)) - now);
}

/**
 * Selects what to read now. Once one is due, those past half their interval are read with it: equal
 * intervals then share one request, while unequal ones are not all read at the pace of the fastest.
 */
export function selectDue<P extends Scheduled>(paced: readonly P[], now: number): P[] {
  // Node's timers may fire a fraction of a millisecond early, as measured by this clock.
  if (!paced.some((each) => dueAt(each) <= now + 1)) return [];
  return paced.filter((each) => now + 1 - each.startedAt >= each.intervalMs / 2);
}

function dueAt({ startedAt, intervalMs }: Scheduled): number {
  return startedAt + intervalMs;
}

/**
 * Draws the interval to the next read: up to `jitter` of `refreshMs` early, so that processes spread out,
 * and at least a fifth of that early, so that a timer which fires slightly late still keeps `refreshMs`.
 */
export function drawInterval(refreshMs: number, jitter: number, random: number): number {
  return refreshMs * (1 - jitter * (0.2 + 0.8 * random));
}
