import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import { SwapError } from "../errors";
import { formatValue } from "../validation";
import type { ControlTableRef } from "./control-table-ref";

/** Polls of a new control table until it is ACTIVE, and the pause between two, in milliseconds. */
const MAX_POLLS = 240;
const POLL_MS = 500;

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
  const key = formatKey(await waitUntilActive({ client, controlTable }));
  if (key !== "pk S")
    throw new SwapError("swap.input-invalid", {
      name: "control table",
      value: formatValue(controlTable),
      rule: `its key is (${key}), a control table's is (pk S)`,
      fix: "choose another name",
    });
}

/** Not the SDK's waiter: it wraps a refusal in its own text and drops the refusal's name and cause. */
async function waitUntilActive({
  client,
  controlTable,
}: ControlTableRef): Promise<TableDescription> {
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    if (poll > 0) await sleep(POLL_MS);
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
    reason: `the table was not ACTIVE within ${(MAX_POLLS * POLL_MS) / 1000} s`,
  });
}

/** The key with its types, as `pk S, sk N`. */
function formatKey({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): string {
  return KeySchema.map(({ AttributeName: name }) => {
    const definition = AttributeDefinitions.find((each) => each.AttributeName === name);
    return `${name} ${definition?.AttributeType}`;
  }).join(", ");
}
