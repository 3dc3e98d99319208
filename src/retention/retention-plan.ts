import type { PointerRow } from "../pointer";
import { activePeriods } from "./active-periods";
import { deletionBlock, type GracePeriod } from "./deletion-block";
import { mayBeCut } from "./inferred-deactivation";

/** How long versions that are no longer declared keep their tables. */
export interface RetentionPolicy extends GracePeriod {
  /** How many previously active versions keep their table beyond the grace period: 0 or more. */
  keep: number;
}

/** The versions of a data set that have a table. */
export interface VersionsWithTable {
  declared: readonly number[];
  undeclared: readonly number[];
}

/** The decision on the table of a version that is no longer declared. */
export interface RetentionDecision {
  version: number;
  /**
   * `in use`: the version is live, may still be read, or may have to be rolled back to. `retain`:
   * beyond that, as one of the last `keep`. `delete`: the table may be deleted.
   */
  decision: "in use" | "retain" | "delete";
  /** Why, as a clause. */
  reason: string;
  /** Unix milliseconds from which the table may be deleted, where a version in use has such a time. */
  until?: number;
}

/**
 * Decides on each version that is no longer declared. A version is in use while
 * {@link deletionBlock} blocks it, which is every version while the alias has no row. The last `keep`
 * versions that were active before the current one are retained; declared versions count among them.
 * So is each version of which a history that may have been cut can't tell whether it is one of them. The
 * others may be deleted.
 */
export function retentionPlan(
  row: PointerRow | undefined,
  versions: VersionsWithTable,
  policy: RetentionPolicy,
): RetentionDecision[] {
  const last =
    row === undefined
      ? []
      : lastActive(row, [...versions.declared, ...versions.undeclared], policy.keep);
  const unsure = row !== undefined && last.length < policy.keep && mayBeCut(activePeriods(row));
  return versions.undeclared.map((version): RetentionDecision => {
    const block = deletionBlock(row, version, policy);
    if (block) return { version, decision: "in use", ...block };
    if (last.includes(version))
      return {
        version,
        decision: "retain",
        reason: `version ${version} is among the last ${policy.keep} that were live (retention.keep)`,
      };
    if (unsure)
      return {
        version,
        decision: "retain",
        reason: `version ${version} may be among the last ${policy.keep} that were live (retention.keep): the row's history does not reach back to all of them`,
      };
    return {
      version,
      decision: "delete",
      reason: `version ${version} is not declared, not active and in no grace period`,
    };
  });
}

/** The given versions that were active last, at most `count`, without the active one. */
function lastActive(row: PointerRow, versions: readonly number[], count: number): number[] {
  const deactivated = activePeriods(row)
    .map(({ version }) => version)
    .filter((version) => version !== row.version && versions.includes(version))
    .reverse();
  return [...new Set(deactivated)].slice(0, count);
}
