import type { TableDescription } from "@aws-sdk/client-dynamodb";
import type { Gate, Verdict } from "./gate";
import { describe, refuseIfTableMissing } from "./request";

/**
 * The version's table exists and is ACTIVE, and so is each of its global secondary indexes.
 * Cost: one DescribeTable, which uses no read capacity.
 */
export const tableActive: Gate = {
  name: "table",
  check: (candidate, signal) =>
    refuseIfTableMissing(candidate, async () => {
      const { client, table } = candidate;
      return verdictOf(table, await describe({ client, table, signal }));
    }),
};

function verdictOf(table: string, description: TableDescription | undefined): Verdict {
  const wait = "wait until it is ACTIVE, or let pulumi up wait with readiness.waitFor";
  const status = description?.TableStatus ?? "unknown";
  if (status !== "ACTIVE")
    return { ready: false, reason: `table "${table}" is ${status}`, fix: wait };
  const index = description?.GlobalSecondaryIndexes?.find((each) => each.IndexStatus !== "ACTIVE");
  if (index)
    return {
      ready: false,
      reason: `index "${index.IndexName}" of table "${table}" is ${index.IndexStatus ?? "unknown"}`,
      fix: wait,
    };
  return { ready: true };
}
