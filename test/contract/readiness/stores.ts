import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  type ScalarAttributeType,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import type { Candidate } from "../../../src/readiness";
import { type Backend, onEveryBackend } from "../../support/backends";

export type Item = Record<string, AttributeValue>;

/** Runs the tests on each store. */
export function onEachStore(
  tests: (store: Pick<Backend, "measuresCapacity"> & { client: () => DynamoDBClient }) => void,
): void {
  onEveryBackend(({ measuresCapacity }, endpoint) =>
    tests({ measuresCapacity, client: clientsOf(endpoint) }),
  );
}

/** Makes clients of an endpoint, each tried once a request and closed after its test. */
export function clientsOf(endpoint: () => string): () => DynamoDBClient {
  const clients: DynamoDBClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
  });
  return () => {
    const client = new DynamoDBClient({
      endpoint: endpoint(),
      region: "us-east-1",
      maxAttempts: 1,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    clients.push(client);
    return client;
  };
}

let made = 0;

/** A new table; `key` such as `{ pk: "S", sk: "N" }`, partition key first. */
export async function newTable(
  client: DynamoDBClient,
  key: Record<string, ScalarAttributeType>,
  items: readonly Item[] = [],
): Promise<string> {
  made += 1;
  const table = `readiness-${process.pid}-${made}_v1`;
  await createTable(client, table, key);
  await fill(client, table, items);
  return table;
}

export async function createTable(
  client: DynamoDBClient,
  TableName: string,
  key: Record<string, ScalarAttributeType>,
): Promise<void> {
  const names = Object.keys(key);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: names.map((name) => ({
        AttributeName: name,
        AttributeType: key[name] as ScalarAttributeType,
      })),
      KeySchema: names.map(
        (name, index): KeySchemaElement => ({
          AttributeName: name,
          KeyType: index === 0 ? "HASH" : "RANGE",
        }),
      ),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 300, minDelay: 1 }, { TableName });
}

export async function fill(
  client: DynamoDBClient,
  table: string,
  items: readonly Item[],
): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    const puts = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
  }
}

/** Items with the text key `pk`: "a1" to "a<count>", each with a value that no message may show. */
export const numbered = (count: number): Item[] =>
  Array.from({ length: count }, (_, index) => ({
    pk: { S: `a${index + 1}` },
    secret: { S: "hunter2" },
  }));

export const candidate = (
  client: DynamoDBClient,
  table: string,
  activeTable?: string,
): Candidate => ({
  client,
  alias: "orders",
  version: 5,
  table,
  ...(activeTable !== undefined && { activeTable }),
});

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
