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

/** Longest pause before the third of several reads that fail, in milliseconds; doubles with each. */
const FIRST_PAUSE_MS = 100;

/**
 * Draws how long callers start no read after `failures` in a row, in milliseconds: not at all after one, so that
 * a brief fault costs one read, and `refreshMs` in the end. Only background reads are left then, which are spread
 * over the processes of a fleet.
 */
export function drawPause(refreshMs: number, failures: number, random: number): number {
  if (failures < 2) return 0;
  return Math.min(refreshMs, random * FIRST_PAUSE_MS * 2 ** (failures - 2));
}

/**
 * Draws the interval to the next read: up to `jitter` of `refreshMs` early, so that processes spread out,
 * and at least a fifth of that early, so that a timer which fires slightly late still keeps `refreshMs`.
 */
export function drawInterval(refreshMs: number, jitter: number, random: number): number {
  return refreshMs * (1 - jitter * (0.2 + 0.8 * random));
}
