import type { TableDescription } from "@aws-sdk/client-dynamodb";

/**
 * The Regions among which the last writer wins, so that a conditional write holds in its own Region
 * alone; none for a table of one Region, nor under multi-Region strong consistency.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
 */
export function lastWriterWins({ Replicas, MultiRegionConsistency }: TableDescription): string[] {
  if (MultiRegionConsistency === "STRONG") return [];
  return (Replicas ?? []).flatMap(({ RegionName }) => RegionName ?? []);
}
