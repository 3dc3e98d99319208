import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  type TableDescription,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

/** A client of a local DynamoDB that does not retry, so that every refusal is the first answer. */
export const clientOf = (endpoint: string, region = "us-east-1"): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

let made = 0;

/** Makes a table with its own name, waits until it is active, answers its description. */
export async function newTable(
  client: DynamoDBClient,
  settings: Partial<CreateTableCommandInput> = {},
): Promise<TableDescription & { TableName: string; TableArn: string }> {
  made += 1;
  const TableName = settings.TableName ?? `table-${process.pid}-${made}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      ...settings,
    }),
  );
  await active(client, TableName);
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  return Table as never;
}

export const active = (client: DynamoDBClient, TableName: string): Promise<unknown> =>
  waitUntilTableExists({ client, maxWaitTime: 300, minDelay: 0.02, maxDelay: 0.1 } as never, {
    TableName,
  });
