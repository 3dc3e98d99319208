import type { PointerRow } from "../pointer";
import { type GraceTerms, holdOn } from "./may-retire";
import { timeline } from "./timeline";

/** What becomes of one version's table, and why. */
export interface Fate {
  version: number;
  stays: boolean;
  reason: string;
}

export interface RetentionTerms extends GraceTerms {
  /** How many versions that were live earlier are kept beyond their grace period. */
  keep: number;
}

/**
 * What becomes of each version that has a table: declared ones stay, and so do the active one,
 * those inside their grace period and the last `keep` that were live before. Versions above the
 * active one that are not declared any more are given up: they were never live.
 *
 * @param existing versions that have a table
 * @param declared versions that the program names
 */
export function fates(
  row: PointerRow | undefined,
  existing: readonly number[],
  declared: readonly number[],
  terms: RetentionTerms,
): Fate[] {
  const kept = lastLive(row, terms.keep);
  return existing.map((version) => {
    if (declared.includes(version)) return { version, stays: true, reason: "declared" };
    const hold = holdOn(row, version, terms);
    if (hold) return { version, stays: true, reason: hold.reason };
    if (kept.includes(version))
      return { version, stays: true, reason: `one of the last ${terms.keep} live versions (keep)` };
    return { version, stays: false, reason: "not declared, not live and past its grace period" };
  });
}

function lastLive(row: PointerRow | undefined, keep: number): number[] {
  if (row === undefined || keep === 0) return [];
  const left = timeline(row)
    .filter(({ version }) => version !== row.version)
    .map(({ version }) => version)
    .reverse();
  return [...new Set(left)].slice(0, keep);
}
