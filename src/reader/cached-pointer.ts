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
 * What is held after one more reading, and how the reading was judged. An answer that goes
 * backwards, or finds no row, still validates the cached pointer: the control table answers, and the
 * reader stays where it is on purpose. One that is merely older validates nothing.
 */
export function updateCache(
  alias: string,
  held: CachedPointer | undefined,
  reading: Reading,
  startedAt: Instant,
): { held: CachedPointer; verdict: "follow" | Refusal } {
  const verdict = held === undefined ? "follow" : compareReadings(held.reading, reading);
  if (held !== undefined && verdict === "older") return { held, verdict };
  const kept = held !== undefined && verdict !== "follow" ? held.reading : reading;
  return {
    verdict,
    held: {
      reading: kept,
      snapshot: reuseIfEqual(held?.snapshot, snapshotOf(alias, kept.row)),
      validatedAt: later(held?.validatedAt, startedAt),
    },
  };
}

/** Keeps the object that callers hold already where the new one says the same. */
function reuseIfEqual(held: Snapshot | undefined, next: Snapshot): Snapshot {
  return held?.version === next.version &&
    held.implicit === next.implicit &&
    held.activatedAt === next.activatedAt
    ? held
    : next;
}

function later(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && a.monotonic > b.monotonic ? a : b;
}
