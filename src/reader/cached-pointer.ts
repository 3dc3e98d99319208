import { compareReadings, type Reading } from "./compare-readings";
import type { Instant } from "./environment";
import type { Refusal } from "./events";
import { type Snapshot, snapshotOf } from "./snapshot";

/** The value that a resolver holds. */
export interface CachedPointer {
  readonly reading: Reading;
  readonly snapshot: Snapshot;
  /** When the last read that validated it started. */
  readonly validatedAt: Instant;
}

/**
 * What is cached after one more reading, and how the reading was judged. An answer that goes
 * backwards, or finds no row, still validates the cached pointer: the control table answers, and the
 * reader stays where it is on purpose. One that is merely older validates nothing.
 */
export function updateCache(
  alias: string,
  cached: CachedPointer | undefined,
  reading: Reading,
  startedAt: Instant,
): { cached: CachedPointer; verdict: "follow" | Refusal } {
  const verdict = cached === undefined ? "follow" : compareReadings(cached.reading, reading);
  if (cached !== undefined && verdict === "older") return { cached, verdict };
  const kept = cached !== undefined && verdict !== "follow" ? cached.reading : reading;
  return {
    verdict,
    cached: {
      reading: kept,
      snapshot: reuseIfEqual(cached?.snapshot, snapshotOf(alias, kept.row)),
      validatedAt: laterOf(cached?.validatedAt, startedAt),
    },
  };
}

/** Keeps the object that callers already hold if the new one is equal. */
function reuseIfEqual(cached: Snapshot | undefined, next: Snapshot): Snapshot {
  return cached?.version === next.version &&
    cached.implicit === next.implicit &&
    cached.activatedAt === next.activatedAt
    ? cached
    : next;
}

function laterOf(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && a.monotonic > b.monotonic ? a : b;
}
