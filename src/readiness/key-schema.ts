import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import { type KeySchema, keySchemaFrom } from "../items";
import { request, type TableTarget } from "./request";

/** Reads a table's key schema: one DescribeTable, no read capacity. */
export async function keySchemaOf(at: TableTarget): Promise<KeySchema> {
  const command = new DescribeTableCommand({ TableName: at.table });
  const { Table } = await request(at, "DescribeTable", (options) =>
    send(at.client, command, options.abortSignal, "readiness"),
  );
  return keySchemaFrom(at.table, Table);
}
