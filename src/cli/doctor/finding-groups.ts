import type { Finding } from "./finding";

/** Findings of one kind with one fix, such as all active tables without deletion protection. */
export interface FindingGroup {
  /** The one that is shown in full. */
  first: Finding;
  /** Tables of the others; the alias of one without a table. */
  others: string[];
}

/** Up to this many findings each is shown in full. */
export const LONG_LIST = 20;

/**
 * Groups the findings of a long list, in the order of the first of each group. Two are of one group if severity and code
 * are the same, and the fix but for the names in it: its deadlines and versions have to hold for the whole group. A short
 * list has one finding a group.
 *
 * @param each whether a long list has, too
 */
export function groupFindings(findings: readonly Finding[], each = false): FindingGroup[] {
  if (each || findings.length <= LONG_LIST) return findings.map((first) => ({ first, others: [] }));
  const groups = new Map<string, FindingGroup>();
  for (const finding of findings) {
    const key = JSON.stringify([
      finding.severity,
      finding.code,
      finding.alias === null,
      commonFix(finding),
    ]);
    const group = groups.get(key);
    if (group) group.others.push(finding.table ?? finding.alias ?? "");
    else groups.set(key, { first: finding, others: [] });
  }
  return [...groups.values()];
}

/** The fix without the names of its finding, which are in quotation marks. */
const commonFix = ({ fix }: Finding): string => fix.replaceAll(/"[^"]*"/g, "...");
