import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import type { Item } from "../../../src/items";
import { MigrationStore, verify } from "../../../src/migration";
import { createControlTable, setActive } from "../../../src/pointer";
import { lacksPython } from "../../../tools/local-aws/ministack/install";
import { type MiniStack, startMiniStack } from "../../../tools/local-aws/ministack/start";
import { functionArchive } from "../../support/migration-function";
import { createTable } from "../readiness/stores";
import { ID, itemsOf, texts } from "./tables";

const unavailable = lacksPython();
if (unavailable) console.warn(`SKIPPED migration on Lambda: ${unavailable}`);
const onMiniStack = unavailable ? test.skip : test;

const TRANSFORM = `export default (item) => {
  if (item.poison) throw new Error("poisoned");
  return { ...item, total: { N: String(Number(item.n.N) * 2) } };
};`;
const transform = (item: Item): Item => {
  if (item.poison) throw new Error("poisoned");
  return { ...item, total: { N: String(Number(item.n?.N) * 2) } };
};

const connection = {
  region: "eu-west-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
let server: MiniStack | undefined;
let db: DynamoDBClient;
let lambda: LambdaClient;

beforeAll(async () => {
  if (unavailable) return;
  server = await startMiniStack();
  db = new DynamoDBClient({ ...connection, endpoint: server.endpoint });
  lambda = new LambdaClient({ ...connection, endpoint: server.endpoint });
});
afterAll(async () => {
  db?.destroy();
  lambda?.destroy();
  await server?.stop();
});

const source = "orders_v1";
const target = "orders_v2";
const put = (key: string, n: number, more: Item = {}) =>
  db.send(
    new PutItemCommand({
      TableName: source,
      Item: { pk: { S: key }, n: { N: String(n) }, raw: { B: new Uint8Array([n]) }, ...more },
    }),
  );
const remove = (key: string) =>
  db.send(new DeleteItemCommand({ TableName: source, Key: { pk: { S: key } } }));

/** Creates a function from the real archive. */
async function createFunction(name: string, handler: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "nodejs22.x",
      Role: "arn:aws:iam::000000000000:role/migration",
      Handler: `index.${handler}Handler`,
      Timeout: 60,
      Code: { ZipFile: functionArchive(TRANSFORM) },
      Environment: {
        Variables: {
          SWAP_ALIAS: "orders",
          SWAP_FROM: "1",
          SWAP_TO: "2",
          SWAP_CONTROL_TABLE: "control",
          SWAP_SOURCE_TABLE: source,
          SWAP_TARGET_TABLE: target,
          SWAP_TRANSFORM: "transform.mjs",
          SWAP_TRANSFORM_HASH: "hash",
        },
      },
    }),
  );
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 300, minDelay: 1, maxDelay: 1 },
    { FunctionName: name },
  );
}

async function invoke(name: string, event: unknown): Promise<unknown> {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError) throw new Error(text);
  return JSON.parse(text);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 200));
}

onMiniStack("a copy and the replay of the stream make the target equal to the source", async () => {
  const control = { client: db, controlTable: "control" };
  await createControlTable(control);
  await setActive(control, "orders", 1);
  await db.send(
    new CreateTableCommand({
      TableName: source,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  await createTable(db, target, { pk: "S" });
  const store = new MigrationStore({ client: db }, "orders", 2);
  await store.createTable();
  for (let n = 0; n < 40; n++) await put(`k${n}`, n);
  await put("bad", 1, { poison: { BOOL: true } });

  await createFunction("copy", "copy");
  await createFunction("replay", "replay");
  const { Table } = await db.send(new DescribeTableCommand({ TableName: source }));
  const { UUID } = await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "replay",
      EventSourceArn: Table?.LatestStreamArn,
      StartingPosition: "TRIM_HORIZON",
      Enabled: false,
      BatchSize: 10,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    }),
  );

  const { tasks } = (await invoke("copy", { segments: 2 })) as { tasks: { segment: number }[] };
  expect(tasks).toMatchObject([{ segment: 0 }, { segment: 1 }]);
  // Changes that the copy may or may not see.
  await put("k1", 100);
  await remove("k2");
  await expect(invoke("copy", { catchUp: { mapping: UUID } })).rejects.toThrow(
    /copied segments 0 is not valid/,
  );
  for (const task of tasks) expect(await invoke("copy", task)).toEqual({ ...task, done: true });
  await put("k3", 300);
  await remove("k4");
  await put("new", 7);
  expect((await store.parked()).map(({ sourceKey }) => sourceKey)).toEqual([{ pk: { S: "bad" } }]);

  await invoke("copy", { catchUp: { mapping: UUID } });
  const wanted = async () =>
    texts((await itemsOf(db, source)).filter(({ poison }) => !poison).map(transform));
  const equal = async () =>
    JSON.stringify(texts(await itemsOf(db, target))) === JSON.stringify(await wanted());
  await until(equal);
  await put("bad", 2);
  await put("k5", 500);
  await remove("k6");
  await until(async () => (await equal()) && (await store.parked()).length === 0);

  const { differences, complete, sourceItems } = await verify({
    client: db,
    source,
    mapping: {
      transform,
      context: { alias: "orders", from: 1, to: 2 },
      sourceSchema: ID,
      targetSchema: ID,
      target,
    },
    concurrency: 1,
  });
  expect({ differences, complete, sourceItems }).toEqual({
    differences: [],
    complete: true,
    sourceItems: 39,
  });

  // Once the target is active, a change of the source is recorded as a stray, and not written.
  await setActive(control, "orders", 2);
  await put("stray", 1);
  const { run } = (await store.started()) as { run: string };
  await until(async () => (await store.strays(run)).length > 0);
  expect(await store.strays(run)).toMatchObject([
    { version: 1, key: { pk: { S: "stray" } }, image: { n: { N: "1" } }, deleted: false },
  ]);
  expect((await itemsOf(db, target)).some(({ pk }) => pk?.S === "stray")).toBe(false);
});
