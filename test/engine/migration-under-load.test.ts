import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { swap } from "../cli/swap";
import { sendSignal, upKilledAt } from "./killed-up";
import { onMiniStack, Stand, until } from "./on-ministack";

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
const SEEDED = 2_000;
/** Calls after which the copy stops on its way, to be killed: 50 of its trial, and more than two of its four segments. */
const HELD_AFTER = 1_500;
/** How it stops, in files of the project's folder: `mapped` grows by each item, `held` has the processes that wait for `go`. */
const transform = () => `import { appendFileSync, existsSync, statSync } from "node:fs";
const folder = ${JSON.stringify(`${stand.project.folder}/`)};
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
export default ({ n, ...item }) => {
  if (item.poison) throw new Error("poison");
  if (!existsSync(folder + "go")) {
    appendFileSync(folder + "mapped", ".");
    if (statSync(folder + "mapped").size > ${HELD_AFTER}) {
      appendFileSync(folder + "held", process.pid + "\\n");
      while (!existsSync(folder + "go")) pause();
    }
  }
  return { ...item, count: n };
};
`;
const PAUSE_MS = 20;

const stopped = new AbortController();
let writers: Promise<void>[] = [];
// Before the stand's end: a test that failed leaves them writing, and the next file would get their failures.
afterAll(async () => {
  stopped.abort();
  await Promise.allSettled(writers);
});
const stand = new Stand(program(""), { language: "yaml" });

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
      await stand.db.send(new DeleteItemCommand({ TableName, Key: keyOf(pk) }));
      acknowledged.delete(pk);
      counts.deleted++;
    } else if (n % 5 === 1) {
      const fresh = `new${writer}-${n}`;
      await stand.db.send(new PutItemCommand({ TableName, Item: { ...keyOf(fresh), n: { N } } }));
      acknowledged.set(fresh, n);
      counts.put++;
    } else {
      await stand.db.send(
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
    await stand.db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  }
}

/** Rows of the migration's table whose sort key begins so. */
async function rows(prefix: string) {
  const found = [];
  for await (const { Items = [] } of paginateQuery(
    { client: stand.db },
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
    { client: stand.db },
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

const executions = async () => (await stand.executions("load", 2)).map(({ status }) => status);

onMiniStack("a migration under load survives kills, and loses no acknowledged write", async () => {
  expect(await stand.project.up()).toMatchObject({ code: 0 });
  await seed();
  const poisoned = { ...keyOf("poisoned"), n: { N: "1" }, poison: { BOOL: true } };
  await stand.db.send(new PutItemCommand({ TableName, Item: poisoned }));
  writers = [0, 1].map((writer) => write(writer, stopped.signal));

  const path = (file: string) => join(stand.project.folder, file);
  writeFileSync(path("to-v2.mjs"), transform());
  stand.project.write(program(SECOND));
  await upKilledAt(stand.project, /aws:lambda:Invocation \S+ creating/);
  // It calls the function that copies: to kill that before it has answered would fail the update.
  expect(await stand.project.up()).toMatchObject({ code: 0 });
  // A function makes the file before it writes its line.
  const held = () => existsSync(path("held")) && readFileSync(path("held"), "utf8");
  await until(async () => /\n$/.test(held() || ""));
  expect((await rows("segment/")).length).toBeGreaterThan(0);
  const killed = new Set(readFileSync(path("held"), "utf8").match(/^\d+$/gm)?.map(Number));
  for (const pid of killed) sendSignal(pid, "SIGKILL");
  writeFileSync(path("go"), "");
  await until(async () => (await executions())[0] !== "RUNNING");
  expect(await executions()).toEqual(["SUCCEEDED"]);
  expect(await rows("parked/")).toHaveLength(1);

  await stand.db.send(new PutItemCommand({ TableName, Item: { ...poisoned, ...keyOf("late") } }));
  await until(async () => (await rows("parked/")).length === 2);
  for (const pk of ["poisoned", "late"]) {
    await stand.db.send(new PutItemCommand({ TableName, Item: { ...keyOf(pk), n: { N: "2" } } }));
    acknowledged.set(pk, 2);
  }
  await sleep(2_000);
  stopped.abort();
  await Promise.all(writers);
  await until(async () => (await wrong()).length === 0);
  expect(await rows("parked/")).toEqual([]);

  const env = { ...stand.environment, SWAP_CONTROL_TABLE: "load_swap" };
  const flags = ["--transform", path("to-v2.mjs")];
  const verified = await swap(["verify", "load", "1", "2", ...flags], env);
  expect(verified).toMatchObject({ code: 0 });
  expect(await wrong()).toEqual([]);
  const { put, updated, deleted } = counts;
  console.info(
    `${SEEDED} items copied; ${put} puts, ${updated} updates and ${deleted} deletions meanwhile; ${killed.size} functions killed; ${acknowledged.size} items in both`,
  );
});

/** MiniStack's expiry writes no stream records: the function gets one in the form of DynamoDB's. */
onMiniStack("a deletion by time to live is replayed", async () => {
  const image = { ...keyOf("expired"), n: { N: "1" } };
  const stray = { ...keyOf("expired"), count: { N: "1" } };
  await stand.db.send(new PutItemCommand({ TableName: "load_v2", Item: stray }));
  const Records = [
    {
      eventName: "REMOVE",
      eventSource: "aws:dynamodb",
      eventSourceARN:
        "arn:aws:dynamodb:eu-west-1:000000000000:table/load_v1/stream/2026-01-01T00:00:00.000",
      userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" },
      dynamodb: { SequenceNumber: "1", Keys: keyOf("expired"), OldImage: image },
    },
  ];
  const { FunctionError, Payload } = await stand.lambda.send(
    new InvokeCommand({
      FunctionName: "load-v2-replay",
      Payload: Buffer.from(JSON.stringify({ Records })),
    }),
  );
  expect(FunctionError).toBeUndefined();
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toEqual({ batchItemFailures: [] });
  expect((await target()).has("expired")).toBe(false);
});
