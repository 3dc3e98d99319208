import type { TableDescription } from "@aws-sdk/client-dynamodb";

/**
 * The Regions of a global table with last-writer-wins replication, where a condition is checked only in the
 * Region of the write. Empty for a table of one Region or with multi-Region strong consistency.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
 */
export function lastWriterWinsRegions({
  Replicas,
  MultiRegionConsistency,
}: TableDescription): string[] {
  if (MultiRegionConsistency === "STRONG") return [];
  return (Replicas ?? []).flatMap(({ RegionName }) => RegionName ?? []);
}

/**
 * The message about a control table with last-writer-wins replication, for a warning and for `swap doctor`.
 */
export function lastWriterWinsMessage(controlTable: string, regions: readonly string[]): string {
  return `control table "${controlTable}" is a global table (${regions.join(", ")}) where the last writer wins: conditional writes do not hold across Regions`;
}

/** The fix for {@link lastWriterWinsMessage}. */
export const LAST_WRITER_WINS_FIX =
  "use a control table of one Region, or a global table with multi-Region strong consistency";

/** The message and its fix on one line. */
export function lastWriterWinsWarning(controlTable: string, regions: readonly string[]): string {
  return `${lastWriterWinsMessage(controlTable, regions)}; ${LAST_WRITER_WINS_FIX}`;
}
