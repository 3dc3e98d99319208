import { DescribeTableCommand, type TableDescription } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import type { Gate, Verdict } from "./gate";
import { refuseIfTableMissing, request } from "./request";

/**
 * The version's table exists and is ACTIVE, and so is each of its global secondary indexes.
 * Cost: one DescribeTable, which uses no read capacity.
 */
export const tableActive: Gate = {
  name: "table",
  check: (candidate, signal) =>
    refuseIfTableMissing(candidate, async () => {
      const { client, table } = candidate;
      const command = new DescribeTableCommand({ TableName: table });
      const { Table } = await request({ client, table, signal }, "DescribeTable", (options) =>
        send(client, command, options.abortSignal, "readiness"),
      );
      return verdictOf(table, Table);
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
