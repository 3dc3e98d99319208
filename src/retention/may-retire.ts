import { SwapError } from "../errors";
import { type PointerRow, tableName } from "../pointer";
import { defined } from "../validation";
import { arrival, hiddenLeave, type Left, latest } from "./hidden-leave";
import { type Stay, timeline } from "./timeline";

/** What the grace period is counted by. */
export interface GraceTerms {
  /** How long a version that was left is kept, in milliseconds. */
  graceMs: number;
  /** Now, in unix milliseconds. */
  now: number;
}

/** Why a version's table has to stay. */
export interface Hold {
  reason: string;
  /** Unix milliseconds from which it may go; absent while it is active. */
  until?: number;
}

/**
 * Whether a version's table has to stay, going by the alias's row: while the version is active, and
 * for the grace period after it was left, since readers and writers may still be using it. Who
 * advanced the pointer does not matter: a foreign writer's advance counts from its `at`.
 *
 * A foreign writer's advance hides the versions that it passed since our last move: all of them are
 * held for the grace period, as is a version that we rolled back from and that no entry tells of.
 * Without a row every version is held: readers resolve to version 1, and where the row was lost
 * nothing tells which other one was active. The same goes for a row with a corrupt attribute.
 *
 * @returns the hold, or undefined when the table may go
 */
export function holdOn(
  row: PointerRow | undefined,
  version: number,
  { graceMs, now }: GraceTerms,
): Hold | undefined {
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
 * Refuses to let a table go that {@link holdOn} holds.
 *
 * @throws SwapError `swap.version-in-use`
 */
export function assertMayRetire(
  alias: string,
  row: PointerRow | undefined,
  version: number,
  terms: GraceTerms,
): void {
  const hold = holdOn(row, version, terms);
  if (hold === undefined) return;
  throw new SwapError("swap.version-in-use", {
    alias,
    version,
    table: tableName(alias, version),
    reason: hold.reason,
    ...defined({ until: hold.until }),
  });
}

/** When a version was last left; undefined when it was never live as far as can be told. */
function leftAt(row: PointerRow, version: number): Left {
  const stays = timeline(row);
  return latest([recordedLeave(stays, version), hiddenLeave(row, stays, version)]);
}

function recordedLeave(stays: readonly Stay[], version: number): Left {
  const stay = stays.findLast((each) => each.version === version && !each.active);
  if (stay) return stay.until ?? "unknown";
  // Before the first move readers resolved to version 1, which no entry tells.
  return version === 1 ? arrival(stays[0]) : undefined;
}

function since(at: number | undefined): string {
  if (at === undefined) return "";
  return at === 0 ? " (seeded)" : ` since ${iso(at)}`;
}

function iso(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}
