import { describe, lastWriterWins, lastWriterWinsWarning } from "../aws";
import type { ControlTableRef } from "../pointer";

/**
 * A look at each control table, once a run, for replicas among which the last writer wins: two stacks
 * in two Regions could both succeed there. It only warns, so a caller that may not describe the table,
 * and whatever else goes wrong, is let be; `swap doctor` says when it could not look.
 * Cost: one DescribeTable a control table.
 */
export function replicaWatch(
  warn: (line: string) => void,
): (ref: ControlTableRef) => Promise<void> {
  const looks = new Map<string, Promise<void>>();
  return (ref) => {
    const look = looks.get(ref.controlTable) ?? lookAt(ref, warn).catch(() => {});
    looks.set(ref.controlTable, look);
    return look;
  };
}

async function lookAt({ client, controlTable }: ControlTableRef, warn: (line: string) => void) {
  const description = await describe(client, controlTable);
  const regions = description ? lastWriterWins(description) : [];
  if (regions.length > 0) warn(lastWriterWinsWarning(controlTable, regions));
}
