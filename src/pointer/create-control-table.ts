import {
  CreateTableCommand,
  DescribeTableCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { SwapError } from "../errors";
import { fromAws } from "./aws-errors";
import type { ControlTableRef } from "./store";

/** Longest wait for a new control table to become ACTIVE, in seconds. */
const WAIT_SECONDS = 120;

/**
 * Creates the control table: partition key `pk` (S), on-demand billing. For development and tests;
 * in production the ControlTable component makes it. A table that exists already is fine.
 *
 * @throws SwapError `swap.input-invalid` when a table of that name has another key,
 * `swap.access-denied`, `swap.unreachable`
 */
export async function createControlTable({ client, controlTable }: ControlTableRef): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: controlTable,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
  } catch (error) {
    if ((error as Error).name !== "ResourceInUseException")
      throw await fromAws(error, { client, action: "CreateTable", table: controlTable });
  }
  try {
    await waitUntilTableExists(
      { client, maxWaitTime: WAIT_SECONDS, minDelay: 1, maxDelay: 5 },
      { TableName: controlTable },
    );
    const { Table } = await client.send(new DescribeTableCommand({ TableName: controlTable }));
    const keys = Table?.KeySchema?.map((key) => key.AttributeName).join(", ");
    if (keys !== "pk")
      throw new SwapError("swap.input-invalid", {
        name: "control table",
        value: JSON.stringify(controlTable),
        rule: `its key is (${keys}), a control table's is (pk)`,
        fix: "choose another name",
      });
  } catch (error) {
    throw await fromAws(error, { client, action: "DescribeTable", table: controlTable });
  }
}
