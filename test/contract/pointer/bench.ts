import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { createClient } from "../../../src/aws/connection";
import {
  type ControlTableRef,
  createControlTable,
  type RawRow,
  type WritableControlTableRef,
} from "../../../src/pointer";
import type { Backend } from "../../support/backends";

/** The millisecond at which a bench's clock stands at the start of each test. */
export const START = 1_700_000_000_000;

/** One control table on one backend, a clock that ticks a second a move, and what was sent. */
export interface Bench {
  backend: Backend;
  endpoint(): string;
  ref(): WritableControlTableRef;
  /** An alias that no other test uses. */
  alias(): string;
  /** Names of the requests sent by this test, retries included. */
  sent: string[];
}

export const region = "eu-west-1";

const testCredentials = { accessKeyId: "test", secretAccessKey: "test" };

export const clientAt = (endpoint: string, maxAttempts = 3): DynamoDBClient =>
  createClient({ region, endpoint }, { credentials: testCredentials, maxAttempts });

/** Records the name of every request that leaves the client, each retry as one. */
export function recordSent(client: DynamoDBClient, sent: string[]): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      sent.push(String(context.commandName).replace(/Command$/, ""));
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "recordSent" },
  );
}

let made = 0;

/** Call inside a describe: makes the table before its tests. */
export function makeBench(backend: Backend, endpoint: () => string): Bench {
  const sent: string[] = [];
  let client: DynamoDBClient | undefined;
  let now = START;
  const ref = (): WritableControlTableRef => {
    if (!client) throw new Error("a bench is there inside tests alone");
    return { client, controlTable: "bench", now: () => (now += 1_000) };
  };
  beforeAll(async () => {
    client = clientAt(endpoint());
    recordSent(client, sent);
    await createControlTable(ref());
  });
  beforeEach(() => {
    now = START;
    sent.length = 0;
  });
  afterAll(() => client?.destroy());
  return { backend, endpoint, ref, sent, alias: () => `alias${++made}` };
}

/** Puts a row as it is, past every rule. */
export async function putRaw(
  { client, controlTable }: ControlTableRef,
  alias: string,
  row: RawRow,
): Promise<void> {
  await client.send(
    new PutItemCommand({ TableName: controlTable, Item: { pk: { S: alias }, ...row } }),
  );
}

export async function getRaw(
  { client, controlTable }: ControlTableRef,
  alias: string,
): Promise<RawRow | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: controlTable,
      Key: { pk: { S: alias } },
      ConsistentRead: true,
    }),
  );
  return Item;
}

/** Overwrites one attribute of a row. */
export async function spoil(
  { client, controlTable }: ControlTableRef,
  alias: string,
  attribute: string,
  value: RawRow[string],
): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: controlTable,
      Key: { pk: { S: alias } },
      UpdateExpression: "SET #a = :v",
      ExpressionAttributeNames: { "#a": attribute },
      ExpressionAttributeValues: { ":v": value },
    }),
  );
}
