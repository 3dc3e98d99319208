import type { PointerRow } from "../pointer";
import { activePeriods } from "./active-periods";
import { deletionBlock, type GraceTerms } from "./deletion-block";

/** How long versions that are no longer declared keep their table. */
export interface RetentionTerms extends GraceTerms {
  /** How many versions that were live before keep their table beyond their grace: 0 or more. */
  keep: number;
}

/** The versions of a data set that have a table. */
export interface VersionsWithTable {
  declared: readonly number[];
  undeclared: readonly number[];
}

/** The decision on the table of a version that is no longer declared. */
export interface Decision {
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
 * Decides on each version that is no longer declared. In use is what {@link deletionBlock} holds, which is
 * every version while the alias has no row. Retained are the `keep` versions that were live last
 * before the active one; declared versions count among them. The others may be deleted.
 */
export function retentionPlan(
  row: PointerRow | undefined,
  versions: VersionsWithTable,
  terms: RetentionTerms,
): Decision[] {
  const last =
    row === undefined
      ? []
      : lastLive(row, [...versions.declared, ...versions.undeclared], terms.keep);
  return versions.undeclared.map((version): Decision => {
    const block = deletionBlock(row, version, terms);
    if (block) return { version, decision: "in use", ...block };
    return last.includes(version)
      ? {
          version,
          decision: "retain",
          reason: `version ${version} is among the last ${terms.keep} that were live (retention.keep)`,
        }
      : {
          version,
          decision: "delete",
          reason: `version ${version} is not declared, not active and in no grace period`,
        };
  });
}

/** Those of the versions that were live last, at most `count`, without the active one. */
function lastLive(row: PointerRow, versions: readonly number[], count: number): number[] {
  const left = activePeriods(row)
    .map(({ version }) => version)
    .filter((version) => version !== row.version && versions.includes(version))
    .reverse();
  return [...new Set(left)].slice(0, count);
}
