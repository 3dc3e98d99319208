import { describeControlTable, lastWriterWinsRegions, lastWriterWinsWarning } from "../aws";
import type { ControlTableRef } from "../pointer";

/**
 * Warns of replicas of a control table among which the last writer wins: two stacks in two Regions
 * could both succeed there. One warning a run for each table, known by its ARN. Other errors are
 * ignored: the check only warns, and `swap doctor` says when it could not look.
 * Cost: the DescribeTable that the proof of the tables' location makes anyway.
 */
export function replicaWarner(
  warn: (line: string) => void,
): (ref: ControlTableRef) => Promise<void> {
  const warned = new Set<string>();
  return async (ref) => {
    const description = await describeControlTable(ref).catch(() => undefined);
    const regions = description ? lastWriterWinsRegions(description) : [];
    const arn = description?.TableArn ?? ref.controlTable;
    if (regions.length === 0 || warned.has(arn)) return;
    warned.add(arn);
    warn(lastWriterWinsWarning(ref.controlTable, regions));
  };
}
