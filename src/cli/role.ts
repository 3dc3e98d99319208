import type { PointerRow } from "../pointer";
import { type GraceTerms, holdOn } from "../retention";

/**
 * What a version is to its alias: `active` takes the traffic; `previous` was active before it;
 * `retiring` was active earlier, or may have been until a short while ago; `ahead` waits for its
 * cut-over; `orphan` is behind the pointer and nothing says that it ever was active.
 */
export type Role = "active" | "previous" | "retiring" | "orphan" | "ahead";

/**
 * How long after a foreign writer's advance any earlier version may still be in use, in
 * milliseconds: VersionGuard's default grace period.
 */
const GRACE_MS = 86_400_000;

/** The role of a version; without a row, version 1 is implied to be active. */
export function roleOf(
  version: number,
  row: PointerRow | undefined,
  grace: GraceTerms = { graceMs: GRACE_MS, now: Date.now() },
): Role {
  const active = row?.version ?? 1;
  if (version === active) return "active";
  if (version === previousOf(row)) return "previous";
  if (version > active) return "ahead";
  if (row?.history.some((entry) => entry.version === version)) return "retiring";
  return holdOn(row, version, grace) ? "retiring" : "orphan";
}

/** Before the first move of a row that we began, version 1 was implied. */
function previousOf(row: PointerRow | undefined): number | undefined {
  if (row === undefined || row.foreign || row.history.length > 1) return row?.previous;
  return row.previous ?? 1;
}
