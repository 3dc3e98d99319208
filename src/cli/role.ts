import type { PointerRow } from "../pointer/row";

/**
 * What a version is to its alias: `active` takes the traffic; `previous` was active before it;
 * `retiring` was active earlier; `ahead` waits for its cut-over; `orphan` is behind the pointer and
 * nothing says that it ever was active.
 */
export type Role = "active" | "previous" | "retiring" | "orphan" | "ahead";

/** The role of a version; without a row, version 1 is implied to be active. */
export function roleOf(version: number, row: PointerRow | undefined): Role {
  const active = row?.version ?? 1;
  if (version === active) return "active";
  if (version === row?.previous) return "previous";
  if (version > active) return "ahead";
  return row?.history.some((entry) => entry.version === version) ? "retiring" : "orphan";
}
