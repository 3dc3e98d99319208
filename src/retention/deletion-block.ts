import { SwapError } from "../errors";
import { type PointerRow, tableOf } from "../pointer";
import { defined, isoOrNumber } from "../validation";
import { type ActivePeriod, activePeriods } from "./active-periods";
import {
  activationTime,
  type DeactivationTime,
  inferredDeactivation,
  latestTime,
} from "./inferred-deactivation";

/** The grace period and the time it is compared with. */
export interface GracePeriod {
  /** How long a deactivated version keeps its table, in milliseconds. */
  graceMs: number;
  /** Now, in unix milliseconds. */
  now: number;
}

/** Why a version's table must not be deleted. */
export interface DeletionBlock {
  reason: string;
  /** Unix milliseconds from which it may be deleted; absent while the version is active. */
  until?: number;
}

/**
 * Why the alias's row forbids deleting a version's table: the version is active, or was deactivated
 * within the grace period, so that readers and writers may still be using it. A foreign writer's
 * advance counts from its `at`.
 *
 * A foreign writer's advance may have activated any version between our last update and its own: all
 * of them are blocked for the grace period, as is a version that we rolled back from and that has no
 * history entry. Without a row every version is blocked: readers resolve to version 1, and if the row
 * was lost, any other version may have been active. The same applies to a row with a corrupt
 * attribute.
 *
 * @returns undefined when the table may be deleted
 */
export function deletionBlock(
  row: PointerRow | undefined,
  version: number,
  { graceMs, now }: GracePeriod,
): DeletionBlock | undefined {
  if (row === undefined)
    return {
      reason:
        version === 1
          ? "version 1 is implicitly active (the alias has no row, so readers resolve to it)"
          : "the alias has no row, so it is not known which versions are in use",
    };
  if (row.version === version)
    return { reason: `version ${version} is active${since(row.activatedAt)}` };
  if (row.corrupt)
    return {
      reason: `the row has ${row.corrupt.attribute} = ${row.corrupt.found}, so it is not known which versions are in use`,
    };
  const deactivatedAt = deactivationTime(row, version);
  if (deactivatedAt === undefined) return undefined;
  if (deactivatedAt === "unknown")
    return {
      reason: `version ${version} may have been active until version ${row.version} took over, and the row does not say when that was`,
    };
  const until = deactivatedAt + graceMs;
  if (now >= until) return undefined;
  return {
    reason: `version ${version} was left at ${isoOrNumber(deactivatedAt)} and is inside its grace period until ${isoOrNumber(until)}`,
    until,
  };
}

/**
 * Throws when {@link deletionBlock} forbids deleting a version's table.
 *
 * @throws SwapError `swap.version-in-use`
 */
export function assertDeletable(
  alias: string,
  row: PointerRow | undefined,
  version: number,
  grace: GracePeriod,
): void {
  const block = deletionBlock(row, version, grace);
  if (block === undefined) return;
  throw new SwapError("swap.version-in-use", {
    alias,
    version,
    table: tableOf(alias, version, row),
    reason: block.reason,
    ...defined({ until: block.until }),
  });
}

/** When a version was last deactivated; undefined when it was never active as far as the row shows. */
function deactivationTime(row: PointerRow, version: number): DeactivationTime {
  const periods = activePeriods(row);
  return latestTime([
    recordedDeactivation(periods, version),
    inferredDeactivation(row, periods, version),
  ]);
}

function recordedDeactivation(periods: readonly ActivePeriod[], version: number): DeactivationTime {
  const period = periods.findLast((each) => each.version === version && !each.active);
  if (period) return period.deactivatedAt ?? "unknown";
  // Before the first update readers resolved to version 1, which has no history entry.
  return version === 1 ? activationTime(periods[0]) : undefined;
}

function since(at: number | undefined): string {
  if (at === undefined) return "";
  return at === 0 ? " (seeded)" : ` since ${isoOrNumber(at)}`;
}
