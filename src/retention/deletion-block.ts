import { SwapError } from "../errors";
import { type PointerRow, tableName } from "../pointer";
import { defined } from "../validation";
import { type ActivePeriod, activePeriods } from "./active-periods";
import {
  activationTime,
  type Deactivation,
  inferredDeactivation,
  latest,
} from "./inferred-deactivation";

/** What the grace period is counted by. */
export interface GraceTerms {
  /** How long a version that was left is kept, in milliseconds. */
  graceMs: number;
  /** Now, in unix milliseconds. */
  now: number;
}

/** Why a version's table must stay. */
export interface DeletionBlock {
  reason: string;
  /** Unix milliseconds from which it may go; absent while it is active. */
  until?: number;
}

/**
 * Whether a version's table must stay, going by the alias's row: while the version is active, and
 * for the grace period after it was left, since readers and writers may still be using it. Who
 * advanced the pointer does not matter: a foreign writer's advance counts from its `at`.
 *
 * A foreign writer's advance hides the versions that it passed since our last move: all of them are
 * held for the grace period, as is a version that we rolled back from and that no entry tells of.
 * Without a row every version is held: readers resolve to version 1, and where the row was lost
 * nothing tells which other one was active. The same goes for a row with a corrupt attribute.
 *
 * @returns the block, or undefined when the table may go
 */
export function deletionBlock(
  row: PointerRow | undefined,
  version: number,
  { graceMs, now }: GraceTerms,
): DeletionBlock | undefined {
  if (row === undefined)
    return {
      reason:
        version === 1
          ? "version 1 is implicitly active (the alias has no row, so readers resolve to it)"
          : "the alias has no row, so nothing tells which versions are in use",
    };
  if (row.version === version)
    return { reason: `version ${version} is active${since(row.activatedAt)}` };
  if (row.corrupt)
    return {
      reason: `the row has ${row.corrupt.attribute} = ${row.corrupt.found}, so nothing tells which versions are in use`,
    };
  const left = leftAt(row, version);
  if (left === undefined) return undefined;
  if (left === "unknown")
    return {
      reason: `version ${version} may have been active until version ${row.version} took over, and the row does not say when that was`,
    };
  const until = left + graceMs;
  if (now >= until) return undefined;
  return {
    reason: `version ${version} was left at ${iso(left)} and is inside its grace period until ${iso(until)}`,
    until,
  };
}

/**
 * Refuses to let a table go that {@link deletionBlock} holds.
 *
 * @throws SwapError `swap.version-in-use`
 */
export function assertDeletable(
  alias: string,
  row: PointerRow | undefined,
  version: number,
  terms: GraceTerms,
): void {
  const block = deletionBlock(row, version, terms);
  if (block === undefined) return;
  throw new SwapError("swap.version-in-use", {
    alias,
    version,
    table: tableName(alias, version),
    reason: block.reason,
    ...defined({ until: block.until }),
  });
}

/** When a version was last left; undefined when it was never live as far as can be told. */
function leftAt(row: PointerRow, version: number): Deactivation {
  const periods = activePeriods(row);
  return latest([recordedLeave(periods, version), inferredDeactivation(row, periods, version)]);
}

function recordedLeave(periods: readonly ActivePeriod[], version: number): Deactivation {
  const period = periods.findLast((each) => each.version === version && !each.active);
  if (period) return period.deactivatedAt ?? "unknown";
  // Before the first move readers resolved to version 1, which no entry tells.
  return version === 1 ? activationTime(periods[0]) : undefined;
}

function since(at: number | undefined): string {
  if (at === undefined) return "";
  return at === 0 ? " (seeded)" : ` since ${iso(at)}`;
}

function iso(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}
