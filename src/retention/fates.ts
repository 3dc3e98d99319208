import type { PointerRow } from "../pointer";
import { type GraceTerms, holdOn } from "./may-retire";
import { timeline } from "./timeline";

/** By what the versions of a data set that are no longer declared are kept. */
export interface RetentionTerms extends GraceTerms {
  /** How many versions that were live before keep their table beyond their grace: 0 or more. */
  keep: number;
}

/** The versions of a data set that have a table. */
export interface VersionsWithTable {
  declared: readonly number[];
  undeclared: readonly number[];
}

/** What becomes of the table of a version that is no longer declared. */
export interface Fate {
  version: number;
  /**
   * `needed`: it is live, may still be read, or may have to be rolled back to. `kept`: beyond that,
   * as one of the last. `goes`: the table may be dropped.
   */
  fate: "needed" | "kept" | "goes";
  /** Why, as a clause. */
  reason: string;
}

/**
 * What becomes of each version that is no longer declared. Needed is what {@link holdOn} holds, which
 * is everything while the alias has no row. Kept are those among the `keep` versions left last; declared ones count among them. The rest goes.
 */
export function fates(
  row: PointerRow | undefined,
  versions: VersionsWithTable,
  terms: RetentionTerms,
): Fate[] {
  const last =
    row === undefined
      ? []
      : leftLast(row, [...versions.declared, ...versions.undeclared], terms.keep);
  return versions.undeclared.map((version) => {
    const hold = holdOn(row, version, terms);
    if (hold) return { version, fate: "needed", reason: hold.reason };
    return last.includes(version)
      ? {
          version,
          fate: "kept",
          reason: `version ${version} is among the last ${terms.keep} that were live (retention.keep)`,
        }
      : {
          version,
          fate: "goes",
          reason: `version ${version} is not declared, not active and in no grace period`,
        };
  });
}

/** Those of the versions that were left last, at most `count`; the active one is not among them. */
function leftLast(row: PointerRow, versions: readonly number[], count: number): number[] {
  const left = timeline(row)
    .map(({ version }) => version)
    .filter((version) => version !== row.version && versions.includes(version))
    .reverse();
  return [...new Set(left)].slice(0, count);
}
