import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchWriteItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { MigrationStore } from "../../src/migration";
import { swap } from "../cli/swap";
import { onMiniStack, Stand, until } from "./on-ministack";

const SEGMENTS = 4;
const ITEMS = 400;
const BATCH = 25;
/** Calls of the trial before the copy is recorded: 25 items, twice. */
const TRIED = 50;
/** Calls after which the transform waits for the limit, so that the copy does not end before there is one. */
const UNLIMITED = TRIED + 100;
const folder = mkdtempSync(join(tmpdir(), "pulumi-swap-calls-"));
/** What the transform has been called with, a line each. */
const calls = join(folder, "calls");
/** Is there once a limit is set. */
const limited = join(folder, "limited");

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

const stand = new Stand(program("{ 1: {} }"), {
  waitScale: 0.05,
});
const store = () => new MigrationStore({ client: stand.db }, "orders", 2);
afterAll(() => rmSync(folder, { recursive: true }));

async function migrate(...args: string[]): Promise<void> {
  const [command = "", ...rest] = args;
  const env = { ...stand.environment, SWAP_CONTROL_TABLE: "any_table" };
  const ran = await swap(["migrate", command, "orders", "2", ...rest], env);
  if (ran.code !== 0) throw new Error(ran.stderr);
}

/** The keys of a table, sorted. */
async function keys(TableName: string): Promise<string[]> {
  const { Items = [] } = await stand.db.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.map(({ pk }) => pk?.S ?? "").sort();
}

const put = (pk: string) =>
  stand.db.send(new PutItemCommand({ TableName: "orders_v1", Item: { pk: { S: pk } } }));

/** Items that the copy has read, as its saved positions say. */
async function copied(): Promise<number> {
  const started = await store().started();
  if (started === undefined) return 0;
  return (await store().segments(started.run)).reduce((sum, { read }) => sum + read, 0);
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

const executions = () => stand.executions("orders", 2);

onMiniStack(
  "a copy is throttled, paused, resumed, stopped and started again, and its replay is paused",
  async () => {
    await stand.up();
    for (let start = 0; start < ITEMS; start += BATCH)
      await stand.db.send(
        new BatchWriteItemCommand({
          RequestItems: {
            orders_v1: Array.from({ length: BATCH }, (_, n) => ({
              PutRequest: { Item: { pk: { S: `k${start + n}` } } },
            })),
          },
        }),
      );
    writeFileSync(
      join(stand.project.folder, "to-v2.mjs"),
      `import { appendFileSync, existsSync, readFileSync } from "node:fs";
const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
const called = () => readFileSync(${JSON.stringify(calls)}, "utf8").split("\\n").length - 1;
export default async (item) => {
  appendFileSync(${JSON.stringify(calls)}, item.pk.S + "\\n");
  do await pause();
  while (!existsSync(${JSON.stringify(limited)}) && called() > ${UNLIMITED});
  return item;
};
`,
    );
    stand.project.write(program(migrating(2)));
    await stand.up();
    await until(async () => (await copied()) > 0);

    await migrate("throttle", "2");
    writeFileSync(limited, "");
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
    await stand.sfn.send(new StopExecutionCommand({ executionArn: running?.executionArn }));
    expect((await executions()).map(({ status }) => status)).toEqual(["ABORTED"]);

    // On MiniStack the children of a stopped execution go on: the next one takes over from them.
    stand.project.write(program(migrating(3)));
    await stand.up();
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
    const again = TRIED + 2 * BATCH + 2 * (BATCH + 20 + 40 + BATCH);
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
    stand.project.write(program(migrating(4)));
    const { code, output } = await stand.project.up();
    expect(code).not.toBe(0);
    expect(output).toContain("cancelled by");
    stand.project.write(program("[1, 2]"));
    await stand.up();
  },
);
