import { compareReadings, isAdvance, type Reading } from "./compare-readings";
import type { Instant } from "./environment";
import type { Refusal } from "./events";
import { type Snapshot, snapshotOf } from "./snapshot";

/** The pointer that a resolver caches. */
export interface CachedPointer {
  readonly reading: Reading;
  readonly snapshot: Snapshot;
  /** Start of the last read that validated it. */
  readonly validatedAt: Instant;
  /** Start of the last strong read that validated it. */
  readonly strongAt: Instant;
  /** Whether that read found the pointer as it was cached, or found the first one. */
  readonly settled: boolean;
}

/** Whether an eventually consistent reading may be applied: it shows what is cached, or a proven advance. */
export function isConfirmed(cached: CachedPointer | undefined, { row }: Reading): boolean {
  if (cached === undefined) return false;
  const { row: before } = cached.reading;
  return sameRow(before, row) || isAdvance(row, before);
}

/** Whether two rows, or their absence, show the same state of the pointer. */
function sameRow(a: Reading["row"], b: Reading["row"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Applies a reading, strong or confirmed, to the cache and returns the new cache with the verdict. A refused
 * reading that goes backwards or finds no row still validates the cached pointer: the control table responds,
 * and the reader deliberately keeps its version. A reading that is only older validates nothing.
 */
export function updateCache(
  alias: string,
  cached: CachedPointer | undefined,
  reading: Reading,
  startedAt: Instant,
  strong: boolean,
): { cached: CachedPointer; verdict: "follow" | Refusal } {
  const verdict = cached === undefined ? "follow" : compareReadings(cached.reading, reading);
  if (cached !== undefined && verdict === "older")
    return { cached: { ...cached, settled: false }, verdict };
  const same = cached !== undefined && sameRow(cached.reading.row, reading.row);
  // A response that may be old does not make the cached reading younger.
  const keep = cached !== undefined && (verdict !== "follow" || (same && !strong));
  const kept = keep ? cached.reading : reading;
  return {
    verdict,
    cached: {
      reading: kept,
      snapshot: reuseIfEqual(cached?.snapshot, snapshotOf(alias, kept.row)),
      validatedAt: laterOf(cached?.validatedAt, startedAt),
      strongAt: cached && !strong ? cached.strongAt : laterOf(cached?.strongAt, startedAt),
      settled: cached === undefined || same || (!strong && cached.settled),
    },
  };
}

/** Returns the previous object if it equals the new one, so that callers keep its identity. */
function reuseIfEqual(cached: Snapshot | undefined, next: Snapshot): Snapshot {
  return cached?.version === next.version &&
    cached.table === next.table &&
    cached.implicit === next.implicit &&
    cached.activatedAt === next.activatedAt
    ? cached
    : next;
}

function laterOf(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && a.monotonic > b.monotonic ? a : b;
}
