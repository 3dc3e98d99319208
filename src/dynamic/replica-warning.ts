import { describeControlTable, lastWriterWinsRegions, lastWriterWinsWarning } from "../aws";
import type { ControlTableRef } from "../pointer";

/**
 * Warns of a control table with last-writer-wins replicas, where stacks in two Regions could both succeed.
 * One warning per run for each table ARN. Other errors are ignored: the check only warns, and `swap doctor`
 * says when it could not look. Cost: one DescribeTable, shared with `proveLocation`.
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
