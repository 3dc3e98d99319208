import {
  DescribeTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { match, SwapError } from "../errors";
import { fromAws } from "./aws-errors";
import { isNotFound } from "./aws-failure";
import { send } from "./send";

/** Lists the names of the account's tables in the Region, page by page. */
export async function* tableNames(client: DynamoDBClient): AsyncGenerator<string> {
  let start: string | undefined;
  do {
    const { TableNames = [], LastEvaluatedTableName } = await send(
      client,
      new ListTablesCommand({ ExclusiveStartTableName: start }),
    ).catch(async (error: unknown) => {
      throw withListTablesFix(await fromAws(error, { client, action: "ListTables", table: "*" }));
    });
    yield* TableNames;
    start = LastEvaluatedTableName;
  } while (start !== undefined);
}

/** Describes a table; undefined if it does not exist. */
export async function describeTable(
  client: DynamoDBClient,
  table: string,
): Promise<TableDescription | undefined> {
  try {
    return (await send(client, new DescribeTableCommand({ TableName: table }))).Table;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw await fromAws(error, { client, action: "DescribeTable", table });
  }
}

/** Adapts the fix for ListTables, which IAM can only allow on resource `*`. */
function withListTablesFix(error: SwapError): SwapError {
  if (!match(error, "swap.access-denied") || !error.payload.fix.startsWith("allow ")) return error;
  const fix = 'allow dynamodb:ListTables on resource "*" for this caller';
  return new SwapError("swap.access-denied", { ...error.payload, fix }, { cause: error });
}
