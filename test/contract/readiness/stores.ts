import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  type ScalarAttributeType,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import type { Candidate } from "../../../src/readiness";
import { hasJava, startDynamoDBLocal } from "../../support/dynamodb-local";

export type Item = Record<string, AttributeValue>;

interface Store {
  name: string;
  available: boolean;
  start(): Promise<{ endpoint: string; stop(): Promise<void> }>;
}

/** The DynamoDBs that each gate is tested on. */
export const STORES: Store[] = [
  {
    name: "dynalite",
    available: true,
    async start() {
      const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const stop = async () => {
        server.closeAllConnections();
        server.close();
      };
      return { endpoint: `http://127.0.0.1:${port}`, stop };
    },
  },
  { name: "DynamoDB Local", available: hasJava(), start: startDynamoDBLocal },
];

/** Runs the tests on each store; where one can't run here, a skipped test says so. */
export function onEachStore(tests: (store: { client: () => DynamoDBClient }) => void): void {
  for (const { name, available, start } of STORES) {
    if (!available) {
      console.warn(`SKIPPED on ${name}: it needs Java 17 or newer on PATH`);
      test.skip(`on ${name}: it needs Java 17 or newer on PATH`, () => {});
      continue;
    }
    describe(`on ${name}`, () => {
      let endpoint = "";
      let stop = async () => {};
      const clients: DynamoDBClient[] = [];
      beforeAll(async () => {
        ({ endpoint, stop } = await start());
      });
      afterEach(() => {
        for (const client of clients.splice(0)) client.destroy();
      });
      afterAll(() => stop());
      const client = () => {
        clients.push(clientOf(endpoint));
        return clients.at(-1) as DynamoDBClient;
      };
      tests({ client });
    });
  }
}

const clientOf = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

let made = 0;

/** A new table; `key` such as `{ pk: "S", sk: "N" }`, partition key first. */
export async function newTable(
  client: DynamoDBClient,
  key: Record<string, ScalarAttributeType>,
  items: readonly Item[] = [],
): Promise<string> {
  made += 1;
  const TableName = `readiness-${process.pid}-${made}_v1`;
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
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
  await fill(client, TableName, items);
  return TableName;
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
