import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import {
  type ExecutionListItem,
  ListExecutionsCommand,
  SFNClient,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { MigrationStore } from "../../src/migration";
import { lacksPython } from "../../tools/local-aws/ministack/install";
import { type MiniStack, startMiniStack } from "../../tools/local-aws/ministack/start";
import { swap } from "../cli/swap";
import { Project } from "./project";

const unavailable = lacksPython();
if (unavailable) console.warn(`SKIPPED control of a program's migration: ${unavailable}`);
const onMiniStack = unavailable ? test.skip : test;

const SEGMENTS = 4;
const ITEMS = 400;
const BATCH = 25;
const MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:orders-v2-copy";
/** What the transform has been called with, a line each. */
const calls = join(mkdtempSync(join(tmpdir(), "pulumi-swap-calls-")), "calls");

const program = (versions: string) => `
new swap.VersionedTable("orders", {
  alias: "orders",
  table: { hashKey: "pk", attributes: [{ name: "pk", type: "S" }], deletionProtectionEnabled: false },
  versions: ${versions},
  activeVersion: 1,
});`;
const migrating = (concurrency: number) => `{
  1: {},
  2: { migrateFrom: { version: 1, transform: "./to-v2.mjs", segments: ${SEGMENTS}, concurrency: ${concurrency} } },
}`;

let server: MiniStack | undefined;
let db: DynamoDBClient;
let sfn: SFNClient;
let project: Project;
let store: MigrationStore;

beforeAll(async () => {
  if (unavailable) return;
  server = await startMiniStack({ waitScale: 0.05 });
  const { endpoint } = server;
  const connection = {
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  db = new DynamoDBClient(connection);
  sfn = new SFNClient(connection);
  store = new MigrationStore({ client: db }, "orders", 2);
  project = new Project(program("{ 1: {} }"), {
    env: { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_DYNAMODB: endpoint },
  });
  await project.init();
});
afterAll(async () => {
  db?.destroy();
  sfn?.destroy();
  project?.remove();
  await server?.stop();
  rmSync(join(calls, ".."), { recursive: true });
});

async function up(): Promise<void> {
  const { code, output } = await project.up();
  if (code !== 0) throw new Error(output);
}

async function migrate(...args: string[]): Promise<void> {
  const [command = "", ...rest] = args;
  const env = {
    SWAP_CONTROL_TABLE: "any_table",
    AWS_ENDPOINT_URL_DYNAMODB: server?.endpoint ?? "",
  };
  const ran = await swap(["migrate", command, "orders", "2", ...rest], env);
  if (ran.code !== 0) throw new Error(ran.stderr);
}

/** The keys of a table, sorted. */
async function keys(TableName: string): Promise<string[]> {
  const { Items = [] } = await db.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.map(({ pk }) => pk?.S ?? "").sort();
}

const put = (pk: string) =>
  db.send(new PutItemCommand({ TableName: "orders_v1", Item: { pk: { S: pk } } }));

/** Items that the copy has read, as its saved positions say. */
async function copied(): Promise<number> {
  const started = await store.started();
  if (started === undefined) return 0;
  return (await store.segments(started.run)).reduce((sum, { read }) => sum + read, 0);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(200);
}

/** What stays the same for 5 s, in which a copy without a limit reads about 200 items more. */
async function settled<T>(look: () => Promise<T>): Promise<T> {
  for (let last = await look(); ; ) {
    await sleep(5_000);
    const next = await look();
    if (JSON.stringify(next) === JSON.stringify(last)) return next;
    last = next;
  }
}

async function executions(): Promise<ExecutionListItem[]> {
  const command = new ListExecutionsCommand({ stateMachineArn: MACHINE });
  return (await sfn.send(command)).executions ?? [];
}

onMiniStack(
  "a copy is throttled, paused, resumed, stopped and started again, and its replay is paused",
  async () => {
    await up();
    for (let start = 0; start < ITEMS; start += BATCH)
      await db.send(
        new BatchWriteItemCommand({
          RequestItems: {
            orders_v1: Array.from({ length: BATCH }, (_, n) => ({
              PutRequest: { Item: { pk: { S: `k${start + n}` } } },
            })),
          },
        }),
      );
    writeFileSync(
      join(project.folder, "to-v2.mjs"),
      `import { appendFileSync } from "node:fs";
export default async (item) => {
  appendFileSync(${JSON.stringify(calls)}, item.pk.S + "\\n");
  await new Promise((resolve) => setTimeout(resolve, 50));
  return item;
};
`,
    );
    project.write(program(migrating(2)));
    await up();
    await until(async () => (await copied()) > 0);

    await migrate("throttle", "2");
    expect(await settled(copied)).toBeLessThan(ITEMS);
    // The workers wait for the limit when they see the pause. Without it, the copy would go on to its end.
    await migrate("pause", "--reason", "peak hours");
    await migrate("throttle", "off");
    const atPause = await settled(copied);
    expect(atPause).toBeLessThan(ITEMS);
    expect((await keys("orders_v2")).length).toBeLessThan(ITEMS);

    await migrate("throttle", "10");
    await migrate("resume");
    await until(async () => (await copied()) > atPause);
    expect(await copied()).toBeLessThan(ITEMS);
    const [running] = await executions();
    await sfn.send(new StopExecutionCommand({ executionArn: running?.executionArn }));
    expect((await executions()).map(({ status }) => status)).toEqual(["ABORTED"]);

    // On MiniStack the children of a stopped execution go on: the next one takes over from them.
    project.write(program(migrating(3)));
    await up();
    await migrate("throttle", "off");
    await until(async () => (await executions()).some(({ status }) => status === "SUCCEEDED"));
    expect((await executions()).map(({ status }) => status).sort()).toEqual([
      "ABORTED",
      "SUCCEEDED",
    ]);
    expect(await copied()).toBe(ITEMS);
    const read = readFileSync(calls, "utf8").trimEnd().split("\n");
    expect(new Set(read).size).toBe(ITEMS);
    // Each of two workers repeats a batch after the pause. After the stop, it repeats a batch and what it read in
    // the second since it saved its position, and may read on for the 2 s of its last check and the batch at hand.
    const again = 2 * BATCH + 2 * (BATCH + 20 + 40 + BATCH);
    expect(read.length - ITEMS).toBeLessThanOrEqual(again);
    await put("late");
    await until(async () => (await keys("orders_v2")).length === ITEMS + 1);
    expect(await keys("orders_v2")).toEqual(await keys("orders_v1"));

    await migrate("pause");
    await put("while-paused");
    expect(await settled(() => keys("orders_v2"))).not.toContain("while-paused");
    await migrate("resume");
    await until(async () => (await keys("orders_v2")).includes("while-paused"));

    await migrate("cancel", "--yes");
    await put("never");
    expect(await settled(() => keys("orders_v2"))).not.toContain("never");
    project.write(program(migrating(4)));
    const { code, output } = await project.up();
    expect(code).not.toBe(0);
    expect(output).toContain("cancelled by");
    project.write(program("[1, 2]"));
    await up();
  },
);
