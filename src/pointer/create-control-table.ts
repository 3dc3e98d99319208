import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import { SwapError } from "../errors";
import { formatValue } from "../validation";
import type { ControlTableRef } from "./store";

/** Looks at a new control table until it is ACTIVE, and the pause between two, in milliseconds. */
const LOOKS = 240;
const PAUSE_MS = 500;

/**
 * Creates the control table: partition key `pk` (S), on-demand billing. For development and tests;
 * in production the ControlTable component makes it. A table that exists already is fine.
 *
 * @throws SwapError `swap.input-invalid` when a table of that name has another key,
 * `swap.access-denied`, `swap.unreachable`
 */
export async function createControlTable({ client, controlTable }: ControlTableRef): Promise<void> {
  try {
    await send(
      client,
      new CreateTableCommand({
        TableName: controlTable,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
  } catch (error) {
    if ((error as Error).name !== "ResourceInUseException")
      throw await fromAws(error, { client, action: "CreateTable", controlTable });
  }
  const key = keyOf(await activeTable({ client, controlTable }));
  if (key !== "pk S")
    throw new SwapError("swap.input-invalid", {
      name: "control table",
      value: formatValue(controlTable),
      rule: `its key is (${key}), a control table's is (pk S)`,
      fix: "choose another name",
    });
}

/** Not the SDK's waiter: that wraps a refusal in a text of its own, and its name and cause are lost. */
async function activeTable({ client, controlTable }: ControlTableRef): Promise<TableDescription> {
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) await sleep(PAUSE_MS);
    try {
      const { Table } = await send(client, new DescribeTableCommand({ TableName: controlTable }));
      if (Table?.TableStatus === "ACTIVE") return Table;
    } catch (error) {
      // A table that was made a moment ago may not be known everywhere yet.
      if ((error as Error).name !== "ResourceNotFoundException")
        throw await fromAws(error, { client, action: "DescribeTable", controlTable });
    }
  }
  throw new SwapError("swap.service-error", {
    action: "CreateTable",
    resource: controlTable,
    reason: `the table was not ACTIVE within ${(LOOKS * PAUSE_MS) / 1000} s`,
  });
}

/** The key with its types, as `pk S, sk N`. */
function keyOf({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): string {
  return KeySchema.map(({ AttributeName: name }) => {
    const definition = AttributeDefinitions.find((each) => each.AttributeName === name);
    return `${name} ${definition?.AttributeType}`;
  }).join(", ");
}
