import type { TableDescription } from "@aws-sdk/client-dynamodb";

/**
 * The Regions among which the last writer wins, so that a conditional write holds only in its own
 * Region; none for a table of one Region, nor under multi-Region strong consistency.
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

/** The sentence about such a control table, for a warning and for `swap doctor`. */
export function lastWriterWinsMessage(controlTable: string, regions: readonly string[]): string {
  return `control table "${controlTable}" is a global table (${regions.join(", ")}) where the last writer wins: conditional writes do not hold across Regions`;
}

/** What to do about it. */
export const LAST_WRITER_WINS_FIX =
  "use a control table of one Region, or a global table with multi-Region strong consistency";

/** Both in one line. */
export function lastWriterWinsWarning(controlTable: string, regions: readonly string[]): string {
  return `${lastWriterWinsMessage(controlTable, regions)}; ${LAST_WRITER_WINS_FIX}`;
}
