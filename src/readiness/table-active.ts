import { DescribeTableCommand, type TableDescription } from "@aws-sdk/client-dynamodb";
import type { Gate, Verdict } from "./gate";

/** The version's table exists and is ACTIVE, and so is each of its global secondary indexes. */
export const tableActive: Gate = {
  name: "table",
  async check({ client, table }, signal): Promise<Verdict> {
    try {
      const { Table } = await client.send(
        new DescribeTableCommand({ TableName: table }),
        signal && { abortSignal: signal },
      );
      return verdictOf(table, Table);
    } catch (error) {
      if ((error as Error).name !== "ResourceNotFoundException") throw error;
      return {
        ready: false,
        reason: `table "${table}" does not exist`,
        fix: "create and fill the version's table first, or name a version that has one",
      };
    }
  },
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
