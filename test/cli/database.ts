import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";

export type Row = Record<string, AttributeValue>;

/** A DynamoDB with a control table, to be filled with raw rows. */
export interface Database {
  endpoint: string;
  client: DynamoDBClient;
  /** Environment that makes swap read it. */
  env: Record<string, string>;
  createTable(name: string): Promise<void>;
  put(row: Row): Promise<void>;
  putAll(rows: Row[]): Promise<void>;
  protect(table: string): Promise<void>;
  stop(): Promise<void>;
}

export const CONTROL_TABLE = "test_swap";

/** A row as the Go implementation writes it. */
export function goRow(alias: string, version: number, at = 1_760_000_000_000): Row {
  return { pk: { S: alias }, ver: { N: String(version) }, at: { N: String(at) } };
}

export async function startDatabase(): Promise<Database> {
  const { endpoint, stop } = await startEmbeddedDynamoDB();
  const client = new DynamoDBClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const database: Database = {
    endpoint,
    client,
    env: { SWAP_CONTROL_TABLE: CONTROL_TABLE, AWS_ENDPOINT_URL_DYNAMODB: endpoint },
    async createTable(name) {
      await client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        }),
      );
      for (;;) {
        const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
        if (Table?.TableStatus === "ACTIVE") return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async put(row) {
      await client.send(new PutItemCommand({ TableName: CONTROL_TABLE, Item: row }));
    },
    async putAll(rows) {
      for (let i = 0; i < rows.length; i += 25) {
        const requests = rows.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } }));
        await client.send(
          new BatchWriteItemCommand({ RequestItems: { [CONTROL_TABLE]: requests } }),
        );
      }
    },
    async protect(table) {
      await client.send(
        new UpdateTableCommand({ TableName: table, DeletionProtectionEnabled: true }),
      );
    },
    async stop() {
      client.destroy();
      await stop();
    },
  };
  await database.createTable(CONTROL_TABLE);
  return database;
}
