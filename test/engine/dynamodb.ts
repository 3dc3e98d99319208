import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { createControlTable } from "../../src/pointer";

/** The engine tests' DynamoDB, as a team's own scripts would reach it. */
export const dynamodb = () =>
  new DynamoDBClient({
    region: "eu-west-1",
    endpoint: process.env.TEST_DYNAMODB as string,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

/** An existing control table, made outside Pulumi. */
export async function controlTable(name: string): Promise<string> {
  await createControlTable({ client: dynamodb(), controlTable: name });
  return name;
}

/** An existing table of a version, with its key. */
export async function versionTable(name: string, key = "id"): Promise<string> {
  await dynamodb().send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
      KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
    }),
  );
  return name;
}

/** The tables of an alias that exist, by name. */
export async function versionTables(alias: string): Promise<string[]> {
  const { TableNames = [] } = await dynamodb().send(
    new ListTablesCommand({ ExclusiveStartTableName: `${alias}_` }),
  );
  return TableNames.filter((name) => name.startsWith(`${alias}_v`));
}

/** Whether DynamoDB has a table of this name. */
export const tableExists = (table: string): Promise<boolean> =>
  dynamodb()
    .send(new DescribeTableCommand({ TableName: table }))
    .then(
      () => true,
      () => false,
    );

/** The Go implementation's write, to the letter of the wire contract. */
export async function goSet(table: string, alias: string, version: number): Promise<void> {
  await dynamodb().send(
    new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: alias } },
      UpdateExpression: "SET ver = :new, #at = :now",
      ConditionExpression: "attribute_not_exists(ver) OR ver < :new",
      ExpressionAttributeNames: { "#at": "at" },
      ExpressionAttributeValues: {
        ":new": { N: String(version) },
        ":now": { N: String(Date.now()) },
      },
    }),
  );
}

/** Puts a row as it is, valid or not. */
export async function putRow(
  table: string,
  alias: string,
  rest: Record<string, { S: string } | { N: string }>,
): Promise<void> {
  await dynamodb().send(
    new PutItemCommand({ TableName: table, Item: { pk: { S: alias }, ...rest } }),
  );
}

export async function deleteRow(table: string, alias: string): Promise<void> {
  await dynamodb().send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: alias } } }));
}
