import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { DescribeExecutionCommand, ListExecutionsCommand } from "@aws-sdk/client-sfn";
import type { StatusJson } from "../../src/cli/status/status-json";
import { MigrationStore } from "../../src/migration";
import { jsonOf, swap } from "../cli/swap";
import { onMiniStack, Stand, until } from "./on-ministack";
import { refused, refusedInput } from "./refused-run";

const program = (versions: string, active = "activeVersion: 1", events = "") => `
const controlTable = new swap.ControlTable("orders", { ${events} });
new swap.VersionedTable("orders", {
  alias: "orders",
  controlTable,
  table: { hashKey: "pk", attributes: [{ name: "pk", type: "S" }], deletionProtectionEnabled: false },
  versions: ${versions},
  ${active},
});`;
const MIGRATING = `{
  1: {},
  2: { migrateFrom: { version: 1, transform: "./to-v2.ts", segments: 4, concurrency: 2, writers: "stopped" } },
}`;

// The verification that follows the copy asks once a minute whether it may begin.
const stand = new Stand(program("{ 1: {} }"), { records: true, waitScale: 0.05 });

const record = () => new MigrationStore({ client: stand.db }, "orders", 2);
const put = (pk: string, n: number) =>
  stand.db.send(
    new PutItemCommand({
      TableName: "orders_v1",
      Item: { pk: { S: pk }, n: { N: String(n) } },
    }),
  );
const remove = (pk: string) =>
  stand.db.send(new DeleteItemCommand({ TableName: "orders_v1", Key: { pk: { S: pk } } }));

/** Key and number of each item, sorted. */
async function items(TableName: string, number: string): Promise<string[]> {
  const { Items = [] } = await stand.db.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.map((item) => `${item.pk?.S} ${item[number]?.N}`).sort();
}

async function converged(): Promise<void> {
  const both = async () => [await items("orders_v1", "n"), await items("orders_v2", "count")];
  for (;;) {
    const [source, target] = await both();
    if (JSON.stringify(source) === JSON.stringify(target)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What the functions have asked for since the last time. */
function takeCalls(): string[] {
  const calls = [...(stand.functions?.calls ?? [])];
  stand.functions?.calls.clear();
  return calls;
}

async function called(call: RegExp): Promise<void> {
  while (![...(stand.functions?.calls ?? [])].some((each) => call.test(each)))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

interface Statement {
  Sid: string;
  Action: string[];
  Resource: string[];
}

/** Grants that Lambda itself uses: to read the stream and to write logs. */
const OF_LAMBDA = ["WriteLog", "ReadStream", "ListStreams"];

/** What a function's policy grants to its code, in the form of recorded calls. */
async function grantsOf(part: string): Promise<string[]> {
  const { inputs } = await stand.project.resource(`RolePolicy::orders-v2-migration-${part}`);
  const { Statement } = JSON.parse(String(inputs.policy)) as { Statement: Statement[] };
  return Statement.filter(({ Sid }) => !OF_LAMBDA.includes(Sid)).flatMap(({ Action, Resource }) =>
    Action.flatMap((action) =>
      Resource.map((arn) => `${action.split(":")[1]} ${arn.replace(BEFORE_NAME, "")}`),
    ),
  );
}

const BEFORE_NAME = /^arn:.*?:(table\/|stateMachine:|execution:|event-source-mapping:)/;

const covers = (grant: string) => (call: string) =>
  grant.endsWith(":*") ? call.startsWith(grant.slice(0, -1)) : call === grant;

onMiniStack(
  "a version that is declared with migrateFrom follows the one that is active",
  async () => {
    await stand.up();
    for (let n = 0; n < 20; n++) await put(`k${n}`, n);
    writeFileSync(
      join(stand.project.folder, "to-v2.ts"),
      `export default ({ n, ...item }: Record<string, object>): object => {
        if (item.poison) throw new Error("poison");
        return { ...item, count: n };
      };
`,
    );
    stand.project.write(program(MIGRATING));
    await stand.up();
    const executions = async () =>
      (await stand.executions("orders", 2)).map(({ status }) => status);
    // What comes after it is the replay's; the verification that it has started waits for that.
    await until(async () => (await executions())[0] === "SUCCEEDED");
    const copy = takeCalls();
    await put("k1", 100);
    await remove("k2");
    await converged();
    await stand.db.send(
      new PutItemCommand({
        TableName: "orders_v1",
        Item: { pk: { S: "late" }, poison: { BOOL: true } },
      }),
    );
    await called(/^PutItem orders_migration$/);
    await put("late", 1);
    await remove("k3");
    await put("k4", 400);
    await converged();
    expect(await items("orders_v2", "count")).toHaveLength(19);

    expect(await executions()).toEqual(["SUCCEEDED"]);
    const unchanged = await stand.up();
    expect(unchanged).not.toMatch(/created|updated|deleted/);
    expect(await executions()).toEqual(["SUCCEEDED"]);
    // It begins once the replay has caught up, and its calls are not the copy's.
    const verifications = () => stand.executions("orders", 2, "verify");
    await until(async () => (await verifications())[0]?.status === "SUCCEEDED");

    const replay = takeCalls();
    // It calls the function that starts the copy again, which finds it done.
    stand.project.write(program(MIGRATING.replace("concurrency: 2", "concurrency: 3")));
    await stand.up();
    copy.push(...takeCalls());
    expect(await executions()).toEqual(["SUCCEEDED"]);
    /** @param other another function that runs meanwhile, and whose calls are among these */
    const compared = async (part: string, calls: string[], other?: string) => {
      const grants = await grantsOf(part);
      const permitted = [...grants, ...(other ? await grantsOf(other) : [])];
      return {
        refused: calls.filter((call) => !permitted.some((grant) => covers(grant)(call))),
        unused: grants.filter((grant) => !calls.some(covers(grant))),
      };
    };
    // A key is unparked by a copy that goes on after a call that parked it.
    const unused = ["DeleteItem orders_migration"];
    expect(await compared("copy", copy)).toEqual({ refused: [], unused });
    // Once the pointer has moved, it tells late changes from those that were replicated.
    const later = ["BatchGetItem orders_v2", "BatchGetItem orders_migration"];
    // With those of the verification that the copy's end has started.
    expect(await compared("replay", replay, "verify")).toEqual({ refused: [], unused: later });

    const [byItself] = await verifications();
    expect(byItself?.name).toBe(`verify-${(await record().started())?.run}`);
    const { outputs } = await stand.project.resource("EventSourceMapping::orders-v2-migration");
    const replays = async (Enabled: boolean) =>
      stand.lambda.send(
        new UpdateEventSourceMappingCommand({ UUID: String(outputs.uuid), Enabled }),
      );
    await replays(false);
    await put("not-replayed", 1);
    takeCalls();
    const run = await record().requestVerification({ by: "op@host", at: Date.now() });
    const isOver = async () =>
      (await verifications()).some(
        ({ name, status }) => name === `verify-${run}` && status === "SUCCEEDED",
      );
    await until(isOver);
    expect(await record().verification()).toMatchObject({
      run,
      sourceItems: 20,
      targetItems: 19,
      counts: { missing: 1, different: 0, extra: 0 },
    });
    // An execution is asked for after one of the name has ended, and a row changed when a verification gives up.
    expect(await compared("verify", takeCalls())).toEqual({
      refused: [],
      unused: ["UpdateItem orders_migration", "DescribeExecution orders-v2-copy:*"],
    });
    await replays(true);
    await converged();
    const events = `events: "default"`;
    stand.project.write(program(MIGRATING, undefined, events));
    const turnedOn = await stand.up();
    expect(turnedOn).toMatch(/aws:dynamodb:Table orders updated/);
    expect(turnedOn).not.toMatch(/Table .*(replac|creat|delet)/);
    // The migration's table has a stream of keys, which its functions read.
    const taken = `new swap.ControlTable("taken", { name: "orders_migration", ${events} });`;
    stand.project.write(program(MIGRATING, undefined, events) + taken);
    refused(await stand.project.preview(), refusedInput("events", '"orders_migration"'));

    const next = `activeVersion: 2, readiness: { migration: { lag: "1h" } }`;
    stand.project.write(program(MIGRATING, next, events));
    const early = await stand.project.preview();
    expect([early.code, early.output]).toEqual([0, expect.stringMatching(/gate migration.*verif/)]);
    expect((await stand.project.up()).code).not.toBe(0);
    const cli = { ...stand.environment, SWAP_CONTROL_TABLE: "orders_swap" };
    const seen = async () =>
      (jsonOf(await swap(["status", "orders", "2", "--json"], cli)) as StatusJson).migrations[0];
    expect(await seen()).toMatchObject({
      phase: "catching up",
      engine: "lambda",
    });
    const verified = await swap(["migrate", "verify", "orders", "2", "--wait"], cli);
    expect(verified).toMatchObject({ code: 0 });
    const then = await seen();
    expect(then).toMatchObject({
      copy: { segmentsDone: 4, segments: 4 },
      replay: { failing: null, records: expect.any(Number) },
      verification: { differences: 0 },
    });
    // The changes waited until the replay began, which counts for five minutes.
    for (const refusal of then?.refusals ?? [])
      expect(refusal).toContain("lag in the last 5 minutes");
    expect((await stand.project.preview()).output).toMatch(
      /migration: \d+ items of version 1 copied/,
    );
    await stand.up();
    expect(await seen()).toMatchObject({ phase: "switched" });
    const machine = await stand.project.resource("StateMachine::orders-events");
    const stateMachineArn = String(machine.outputs.arn);
    const sent: unknown[] = [];
    // The changes of the row that move nothing, such as a fence, start executions too, which send none.
    await until(async () => {
      const { executions = [] } = await stand.sfn.send(
        new ListExecutionsCommand({ stateMachineArn }),
      );
      const all = await Promise.all(
        executions.map(async ({ executionArn }) =>
          stand.sfn.send(new DescribeExecutionCommand({ executionArn })),
        ),
      );
      expect(all.filter(({ status }) => status === "FAILED")).toEqual([]);
      sent.splice(0, sent.length, ...all.flatMap(({ output }) => JSON.parse(output ?? "[]")));
      return sent.length > 0;
    });
    expect(sent).toMatchObject([
      { alias: "orders", from: 1, to: 2, controlTable: "orders_swap", by: "pulumi:test/dev" },
    ]);

    stand.project.write(program("[1, 2]", "activeVersion: 2"));
    await stand.up();
    await put("after", 1);
    expect(await items("orders_v2", "count")).toHaveLength(20);
  },
);
