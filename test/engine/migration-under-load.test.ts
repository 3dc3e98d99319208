import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { lacksPython } from "../../tools/local-aws/ministack/install";
import { type MiniStack, startMiniStack } from "../../tools/local-aws/ministack/start";
import { swap } from "../cli/swap";
import { killChildren, upKilledAt } from "./killed-up";
import { Project } from "./project";

const unavailable = lacksPython();
if (unavailable) console.warn(`SKIPPED a migration under load: ${unavailable}`);
const onMiniStack = unavailable ? test.skip : test;

const program = (second: string) => `
resources:
  control:
    type: swap:ControlTable
    properties: { name: load_swap, deletionProtection: false }
  data:
    type: swap:VersionedTable
    properties:
      alias: load
      controlTable: \${control}
      table:
        hashKey: pk
        attributes: [{ name: pk, type: S }]
        deletionProtectionEnabled: false
      versions:
        "1": {}
${second}
      activeVersion: 1
`;
const SECOND = `        "2":
          migrateFrom: { version: 1, transform: ./to-v2.mjs, segments: 4, concurrency: 2 }`;
/** It takes its time, so that there is a copy to kill. */
const TRANSFORM = `export default ({ n, ...item }) => {
  if (item.poison) throw new Error("poison");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  return { ...item, count: n };
};
`;
const MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:load-v2-copy";
const SEEDED = 2_000;
const PAUSE_MS = 20;

let server: MiniStack | undefined;
let db: DynamoDBClient;
let lambda: LambdaClient;
let sfn: SFNClient;
let project: Project;

beforeAll(async () => {
  if (unavailable) return;
  server = await startMiniStack();
  const { endpoint } = server;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const at = { endpoint, region: "eu-west-1", credentials };
  db = new DynamoDBClient(at);
  lambda = new LambdaClient(at);
  sfn = new SFNClient(at);
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_DYNAMODB: endpoint };
  project = new Project(program(""), { language: "yaml", env });
  await project.init();
});
afterAll(async () => {
  for (const client of [db, lambda, sfn]) client?.destroy();
  project?.remove();
  await server?.stop();
});

/** What has been acknowledged: the number of each key that exists. */
const acknowledged = new Map<string, number>();
const counts = { put: 0, updated: 0, deleted: 0 };
const keyOf = (pk: string) => ({ pk: { S: pk } });
const TableName = "load_v1";

/** Changes keys of its own at a steady pace, one after the other, until the signal. */
async function write(writer: number, signal: AbortSignal): Promise<void> {
  for (let n = 1; !signal.aborted; n++, await sleep(PAUSE_MS)) {
    const pk = `k${writer + 2 * (n % (SEEDED / 2))}`;
    const N = String(n);
    if (n % 5 === 0) {
      await db.send(new DeleteItemCommand({ TableName, Key: keyOf(pk) }));
      acknowledged.delete(pk);
      counts.deleted++;
    } else if (n % 5 === 1) {
      const fresh = `new${writer}-${n}`;
      await db.send(new PutItemCommand({ TableName, Item: { ...keyOf(fresh), n: { N } } }));
      acknowledged.set(fresh, n);
      counts.put++;
    } else {
      await db.send(
        new UpdateItemCommand({
          TableName,
          Key: keyOf(pk),
          UpdateExpression: "SET n = :n",
          ExpressionAttributeValues: { ":n": { N } },
        }),
      );
      acknowledged.set(pk, n);
      counts.updated++;
    }
  }
}

async function seed(): Promise<void> {
  for (let first = 0; first < SEEDED; first += 25) {
    const puts = Array.from({ length: 25 }, (_, at) => {
      acknowledged.set(`k${first + at}`, 0);
      return { PutRequest: { Item: { ...keyOf(`k${first + at}`), n: { N: "0" } } } };
    });
    await db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  }
}

/** Rows of the migration's table whose sort key begins so. */
async function rows(prefix: string) {
  const found = [];
  for await (const { Items = [] } of paginateQuery(
    { client: db },
    {
      TableName: "load_migration",
      KeyConditionExpression: "pk = :pk and begins_with(sk, :sk)",
      ExpressionAttributeValues: { ":pk": { S: "load#2" }, ":sk": { S: prefix } },
      ConsistentRead: true,
    },
  ))
    found.push(...Items);
  return found;
}

async function target(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { Items = [] } of paginateScan(
    { client: db },
    { TableName: "load_v2", ConsistentRead: true },
  ))
    for (const { pk, count } of Items) found.set(pk?.S ?? "", Number(count?.N));
  return found;
}

/** What is wrong in the target: lost, stale and resurrected keys. */
async function wrong(): Promise<string[]> {
  const found = await target();
  return [...new Set([...found.keys(), ...acknowledged.keys()])].filter(
    (pk) => found.get(pk) !== acknowledged.get(pk),
  );
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100);
}

async function executions(): Promise<(string | undefined)[]> {
  const listed = await sfn.send(new ListExecutionsCommand({ stateMachineArn: MACHINE }));
  return (listed.executions ?? []).map(({ status }) => status);
}

onMiniStack("a migration under load survives kills, and loses no acknowledged write", async () => {
  expect(await project.up()).toMatchObject({ code: 0 });
  await seed();
  const poisoned = { ...keyOf("poisoned"), n: { N: "1" }, poison: { BOOL: true } };
  await db.send(new PutItemCommand({ TableName, Item: poisoned }));
  const stopped = new AbortController();
  const writers = [0, 1].map((writer) => write(writer, stopped.signal));

  writeFileSync(join(project.folder, "to-v2.mjs"), TRANSFORM);
  project.write(program(SECOND));
  await upKilledAt(project, /aws:lambda:Invocation \S+ creating/);
  const again = project.up();
  await until(async () => (await rows("segment/").catch(() => [])).length > 0);
  const killed = killChildren(server?.pid as number, "_worker");
  expect(killed).toBeGreaterThan(0);
  expect(await again).toMatchObject({ code: 0 });
  await until(async () => (await executions())[0] !== "RUNNING");
  expect(await executions()).toEqual(["SUCCEEDED"]);
  expect(await rows("parked/")).toHaveLength(1);

  await db.send(new PutItemCommand({ TableName, Item: { ...poisoned, ...keyOf("late") } }));
  await until(async () => (await rows("parked/")).length === 2);
  for (const pk of ["poisoned", "late"]) {
    await db.send(new PutItemCommand({ TableName, Item: { ...keyOf(pk), n: { N: "2" } } }));
    acknowledged.set(pk, 2);
  }
  await sleep(2_000);
  stopped.abort();
  await Promise.all(writers);
  await until(async () => (await wrong()).length === 0);
  expect(await rows("parked/")).toEqual([]);

  const env = {
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL_DYNAMODB: server?.endpoint as string,
    SWAP_CONTROL_TABLE: "load_swap",
  };
  const transform = join(project.folder, "to-v2.mjs");
  const verified = await swap(["verify", "load", "1", "2", "--transform", transform], env);
  expect(verified).toMatchObject({ code: 0 });
  expect(await wrong()).toEqual([]);
  const { put, updated, deleted } = counts;
  console.info(
    `${SEEDED} items copied; ${put} puts, ${updated} updates and ${deleted} deletions meanwhile; ${killed} functions killed; ${acknowledged.size} items in both`,
  );
});

/** MiniStack's expiry writes no stream records: the function gets one in the form of DynamoDB's. */
onMiniStack("a deletion by time to live is replayed", async () => {
  const image = { ...keyOf("expired"), n: { N: "1" } };
  const stray = { ...keyOf("expired"), count: { N: "1" } };
  await db.send(new PutItemCommand({ TableName: "load_v2", Item: stray }));
  const Records = [
    {
      eventName: "REMOVE",
      eventSource: "aws:dynamodb",
      userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" },
      dynamodb: { SequenceNumber: "1", Keys: keyOf("expired"), OldImage: image },
    },
  ];
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: "load-v2-replay",
      Payload: Buffer.from(JSON.stringify({ Records })),
    }),
  );
  expect(FunctionError).toBeUndefined();
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toEqual({ batchItemFailures: [] });
  expect((await target()).has("expired")).toBe(false);
});
