import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type Tag,
  UpdateTableCommand,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  Clients,
  guardedTables,
  RetentionPlanHandler,
  VersionGuardHandler,
} from "../../../src/dynamic";
import type { RetentionPlanInputs } from "../../../src/dynamic/retention-plan-handler";
import type { VersionGuardInputs } from "../../../src/dynamic/version-guard-handler";
import { SwapError } from "../../../src/errors";
import {
  createControlTable,
  findActive,
  permitDeletion,
  setActive,
  tableName,
} from "../../../src/pointer";
import { deletionBlock } from "../../../src/retention";
import { UNKNOWN } from "../../../src/validation";
import type { LocalDynamoDB } from "../../../tools/local-aws/dynamodb-emulator";
import { startEmbeddedDynamoDB } from "../../../tools/local-aws/embedded-dynamodb";
import { lineStart } from "../../support/refused-inputs";

const HOUR = 3_600_000;

let db: LocalDynamoDB;
let client: DynamoDBClient;
let made = 0;
beforeAll(async () => {
  db = await startEmbeddedDynamoDB();
  client = new DynamoDBClient({
    endpoint: db.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
});
afterAll(async () => {
  client.destroy();
  await db.stop();
});
beforeEach(() => guardedTables.clear());

/** An alias whose pointer went through the versions given; all have a table. */
async function dataSet(through: readonly number[], more: readonly number[] = [], Tags?: Tag[]) {
  made += 1;
  const alias = `set${made}`;
  const controlTable = `${alias}-swap`;
  await createControlTable({ client, controlTable });
  const ref = { client, controlTable };
  for (const version of new Set([...through, ...more])) await makeTable(alias, version, Tags);
  for (const version of through) await setActive(ref, alias, version);
  const clock = { ahead: 0 };
  const now = () => Date.now() + clock.ahead;
  const said: string[] = [];
  const clients = new Clients(() => client);
  const plan = new RetentionPlanHandler(clients, {
    now,
    info: (line) => said.push(line),
    warn: (line) => said.push(line),
  });
  const guard = new VersionGuardHandler(clients, now);
  /** What a program declares, with the defaults of this file. */
  const declare = (versions: number[], args: Partial<RetentionPlanInputs> = {}) => ({
    alias,
    controlTable,
    versions,
    grace: "1h",
    ...args,
  });
  const guardOf = (version: number, args: Partial<VersionGuardInputs> = {}) => ({
    alias,
    controlTable,
    version,
    table: tableName(alias, version),
    grace: "1h",
    deletionProtection: true,
    ...args,
  });
  return { alias, controlTable, ref, plan, guard, declare, guardOf, clock, said };
}

async function makeTable(alias: string, version: number, Tags?: Tag[]): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: tableName(alias, version),
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      ...(Tags && { Tags }),
    }),
  );
}

async function drop(alias: string, version: number): Promise<void> {
  const TableName = tableName(alias, version);
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists({ client, minDelay: 1, maxWaitTime: 300 }, { TableName });
}

const isProtected = async (alias: string, version: number) =>
  (await client.send(new DescribeTableCommand({ TableName: tableName(alias, version) }))).Table
    ?.DeletionProtectionEnabled === true;

type DataSet = Awaited<ReturnType<typeof dataSet>>;

/** The record that a run leaves, which the next one gets. */
async function ran(
  plan: RetentionPlanHandler,
  olds: object,
  news: object,
): Promise<RetentionPlanInputs> {
  const { inputs, failures = [] } = await plan.check(olds, news);
  expect(failures).toEqual([]);
  const record = inputs as unknown as RetentionPlanInputs;
  const changed = (await plan.diff("", olds as RetentionPlanInputs, record)).changes;
  if (changed) await plan.update("", olds as RetentionPlanInputs, record);
  return record;
}

async function refusal(plan: RetentionPlanHandler, olds: object, news: object): Promise<string> {
  const { failures = [] } = await plan.check(olds, news);
  expect(failures).toHaveLength(1);
  return failures[0]?.reason ?? "";
}

/** How the refusal of a removal begins where the version blocks its own deletion. */
async function blocked({ ref, alias, clock }: DataSet, version: number): Promise<string> {
  const policy = { graceMs: HOUR, now: Date.now() + clock.ahead };
  const { reason = "" } = deletionBlock(await findActive(ref, alias), version, policy) ?? {};
  expect(reason).not.toBe("");
  const table = tableName(alias, version);
  return new SwapError("swap.version-in-use", { alias, version, table, reason }).message;
}

describe("the retention plan", () => {
  test("refuses to take a version in use off the list, and lets one go that is not", async () => {
    const set = await dataSet([1, 2]);
    const { plan, declare, clock } = set;
    const record = await ran(plan, {}, declare([1, 2]));
    expect(await refusal(plan, record, declare([1]))).toContain(await blocked(set, 2));
    expect(await refusal(plan, record, declare([2]))).toContain(await blocked(set, 1));
    clock.ahead = 2 * HOUR;
    expect(await ran(plan, record, declare([2]))).toMatchObject({ deleting: [1], retained: [] });
  });

  test("without a row refuses every removal", async () => {
    const set = await dataSet([], [1, 2]);
    const { plan, declare, clock } = set;
    const record = await ran(plan, {}, declare([1, 2]));
    clock.ahead = 100 * HOUR;
    expect(await refusal(plan, record, declare([1]))).toContain(await blocked(set, 2));
    expect(await ran(plan, record, declare([1], { keep: 0 }))).toMatchObject({ retained: [2] });
  });

  test("retains with keep the versions in use and those that were live last", async () => {
    const { plan, declare, clock } = await dataSet([1, 2, 3]);
    const record = await ran(plan, {}, declare([1, 2, 3], { keep: 1 }));
    const early = await ran(plan, record, declare([3], { keep: 1 }));
    expect(early).toMatchObject({ retained: [1, 2], deleting: [] });
    clock.ahead = 2 * HOUR;
    const late = await ran(plan, early, declare([3], { keep: 1 }));
    expect(late).toMatchObject({ retained: [2], deleting: [1] });
  });

  test("records a version until its table is deleted", async () => {
    const { alias, plan, declare, clock } = await dataSet([1, 2]);
    const record = await ran(plan, {}, declare([1, 2]));
    clock.ahead = 2 * HOUR;
    const deleting = await ran(plan, record, declare([2]));
    expect(await ran(plan, deleting, declare([2]))).toMatchObject({ deleting: [1] });
    await drop(alias, 1);
    const after = await ran(plan, deleting, declare([2]));
    expect(after).toMatchObject({ deleting: [], retained: [] });
    expect(await plan.diff("", deleting, after)).toEqual({ changes: false });
  });

  test("refuses if a version in use has no table, until it is declared unmanaged", async () => {
    const set = await dataSet([1, 2]);
    const { alias, plan, declare } = set;
    const record = await ran(plan, {}, declare([1, 2], { keep: 0 }));
    await drop(alias, 1);
    const gone = await refusal(plan, record, declare([2], { keep: 0 }));
    expect(gone).toContain(await blocked(set, 1));
    expect(gone).toMatch(/adopt: true.*unmanaged: \[1\]/);
    const forgetting = declare([2], { keep: 0, unmanaged: [1] });
    expect(await ran(plan, record, forgetting)).toMatchObject({ retained: [], deleting: [] });
    expect(await refusal(plan, record, declare([1], { unmanaged: [2] }))).toContain(
      lineStart("retention.unmanaged", "2"),
    );
  });

  test("refuses if the control table is not the one that the record was made with", async () => {
    const set = await dataSet([1, 2]);
    const { plan, declare, clock, ref, alias } = set;
    const record = await ran(plan, {}, declare([1, 2]));
    clock.ahead = 2 * HOUR;
    const elsewhere = { ...record, place: record.place?.replace("eu-west-1", "us-east-1") };
    expect(await refusal(plan, elsewhere, declare([2]))).toMatch(/:eu-west-1:.*:us-east-1:/);
    // Readers may still follow the pointer of the control table used before.
    const other = await dataSet([]);
    const now = () => Date.now() - 3 * HOUR;
    await setActive({ client, controlTable: other.controlTable, now }, alias, 2);
    await ran(plan, {}, declare([1, 2]));
    expect(await findActive(ref, alias)).toMatchObject({ version: 2 });
    clock.ahead = 0;
    const moved = declare([2], { controlTable: other.controlTable });
    expect(await refusal(plan, record, moved)).toContain(await blocked(set, 1));
  });

  test("the first run with keep takes over what its tag shows, and refuses the rest", async () => {
    const owner = "shop/dev/data";
    const tags = [{ Key: "pulumi-swap:owner", Value: owner }];
    const { alias, plan, declare, clock } = await dataSet([1, 2], [], tags);
    clock.ahead = 2 * HOUR;
    const first = declare([2], { keep: 0, owner });
    expect(await ran(plan, {}, first)).toMatchObject({ deleting: [1] });
    const other = declare([2], { keep: 0, owner: "shop/prod/data" });
    expect(await refusal(plan, {}, other)).toMatch(/unmanaged: \[1\]/);
    const unmanaged = { ...other, unmanaged: [1] };
    expect(await ran(plan, {}, unmanaged)).toMatchObject({ deleting: [], retained: [] });
    await makeTable(alias, 7);
    expect(await refusal(plan, {}, first)).toMatch(/unmanaged: \[7\]/);
    // Only the first run looks.
    const record = await ran(plan, {}, declare([1, 2], { keep: 0, unmanaged: [7] }));
    expect(await ran(plan, record, first)).toMatchObject({ deleting: [1], retained: [] });
  });

  test("deletion protection that the program sets can't be combined with keep or forceDestroy", async () => {
    const { alias, plan, declare, clock } = await dataSet([1, 2]);
    const protect = { TableName: tableName(alias, 1), DeletionProtectionEnabled: true };
    await client.send(new UpdateTableCommand(protect));
    const locked = { locked: [1] };
    expect(await refusal(plan, {}, declare([1, 2], { ...locked, keep: 0 }))).toContain(
      lineStart("retention.keep", "0"),
    );
    const forced = declare([1, 2], { ...locked, forceDestroy: true });
    expect(await refusal(plan, {}, forced)).toContain(lineStart("forceDestroy", "true"));
    const record = await ran(plan, {}, declare([1, 2], locked));
    clock.ahead = 2 * HOUR;
    for (const news of [declare([2]), declare([2], { keep: 0 })])
      expect(await refusal(plan, record, news)).toMatch(/_v1" .*deletionProtectionEnabled/);
    const unlocked = await ran(plan, record, declare([1, 2]));
    expect(await ran(plan, unlocked, declare([2]))).toMatchObject({ deleting: [1] });
  });

  test("forceDestroy counts from the run after the one that sets it", async () => {
    const set = await dataSet([1, 2]);
    const { plan, declare } = set;
    const record = await ran(plan, {}, declare([1, 2]));
    const forced = declare([2], { forceDestroy: true });
    const early = await refusal(plan, record, forced);
    expect(early).toContain(await blocked(set, 1));
    expect(early).toContain("forceDestroy: true");
    const applied = await ran(plan, record, declare([1, 2], { forceDestroy: true }));
    expect(await ran(plan, applied, forced)).toMatchObject({ deleting: [1] });
  });

  test("an alias that is given up is judged by its own row", async () => {
    const set = await dataSet([1, 2]);
    const { plan, declare } = set;
    const record = await ran(plan, {}, declare([1, 2]));
    const renamed = { ...declare([1, 2]), alias: "another" };
    expect(await refusal(plan, record, renamed)).toContain(await blocked(set, 2));
    expect(await ran(plan, { ...record, forceDestroy: true }, renamed)).toMatchObject({
      retained: [],
    });
  });

  test("a version that is declared again is no longer retired", async () => {
    const { alias, plan, declare, ref, clock } = await dataSet([1, 2]);
    const record = await ran(plan, {}, declare([1, 2]));
    clock.ahead = 2 * HOUR;
    const deleting = await ran(plan, record, declare([2]));
    await permitDeletion(ref, alias, 1, () => {});
    await ran(plan, deleting, declare([1, 2]));
    expect(await findActive(ref, alias)).toMatchObject({ retired: [] });
    // A partial destroy leaves the record as it was, and the version retired.
    await permitDeletion(ref, alias, 1, () => {});
    await ran(plan, record, declare([1, 2]));
    expect(await findActive(ref, alias)).toMatchObject({ retired: [] });
  });

  test("decides by the control table used before while the new one is not made yet", async () => {
    const set = await dataSet([1, 2]);
    const { plan, declare } = set;
    const record = await ran(plan, {}, declare([1, 2]));
    const news = declare([1], { controlTable: UNKNOWN });
    expect(await refusal(plan, record, news)).toContain(await blocked(set, 2));
    expect((await plan.check({}, news)).failures ?? []).toEqual([]);
  });
});

describe("the guard", () => {
  test("permits, records and lifts, and only then", async () => {
    const { alias, guard, guardOf, ref, clock } = await dataSet([1, 2]);
    for (const version of [1, 2]) await guard.create(guardOf(version));
    expect(await isProtected(alias, 1)).toBe(true);
    for (const version of [1, 2])
      await expect(guard.delete("", guardOf(version))).rejects.toMatchObject({
        code: "swap.version-in-use",
      });
    expect(await isProtected(alias, 1)).toBe(true);
    clock.ahead = 2 * HOUR;
    await guard.delete("", guardOf(1));
    expect(await isProtected(alias, 1)).toBe(false);
    expect(await findActive(ref, alias)).toMatchObject({ retired: [1] });
    await guard.create(guardOf(1));
    expect(await isProtected(alias, 1)).toBe(true);
    expect(await findActive(ref, alias)).toMatchObject({ retired: [] });
  });

  test.each([
    ["created before the old one is deleted", false],
    ["deleted before the new one is created", true],
  ])("%s: the table of a replaced guard stays protected", async (_order, deleteFirst) => {
    const { alias, guard, guardOf, ref, clock } = await dataSet([1, 2]);
    clock.ahead = 2 * HOUR;
    for (const version of [1, 2])
      for (const forceDestroy of [false, true]) {
        const inputs = guardOf(version, { forceDestroy });
        await guard.create(inputs);
        guardedTables.clear();
        expect((await guard.check({}, inputs)).failures).toEqual([]);
        if (deleteFirst) await guard.delete("", inputs);
        await guard.create(inputs);
        if (!deleteFirst) await guard.delete("", inputs);
        expect(await isProtected(alias, version)).toBe(true);
      }
    expect(await findActive(ref, alias)).toMatchObject({ version: 2, retired: [] });
  });

  test("a preview refuses to replace a table in use, with the old inputs and without", async () => {
    const set = await dataSet([1, 2]);
    const { alias, guard, guardOf, clock } = set;
    const reasons = async (olds: object, version: number) =>
      (await guard.check(olds, guardOf(version, { table: UNKNOWN }))).failures?.map(
        ({ reason }) => reason,
      );
    for (const olds of [{}, guardOf(2)])
      expect(await reasons(olds, 2)).toEqual([expect.stringContaining(await blocked(set, 2))]);
    expect(await reasons({}, 1)).toEqual([expect.stringContaining("aliases if the component was")]);
    clock.ahead = 2 * HOUR;
    expect(await reasons(guardOf(1), 1)).toEqual([]);
    expect(await reasons(guardOf(2, { forceDestroy: true }), 2)).toEqual([]);
    await drop(alias, 2);
    expect(await reasons({}, 2)).toEqual([]);
  });

  test("leaves deletion protection that is not its own unchanged, and turns it off when the program says so", async () => {
    const { alias, guard, guardOf, clock } = await dataSet([1, 2]);
    clock.ahead = 2 * HOUR;
    await guard.create(guardOf(1));
    const { deletionProtection: _, ...silent } = guardOf(1);
    await guard.delete("", silent);
    expect(await isProtected(alias, 1)).toBe(true);
    await guard.update("", guardOf(1), guardOf(1, { deletionProtection: false }));
    expect(await isProtected(alias, 1)).toBe(false);
  });

  test("a refresh finds protection that was turned off by hand", async () => {
    const { guard, guardOf } = await dataSet([1]);
    const TableName = guardOf(1).table;
    const found = await client.send(new DescribeTableCommand({ TableName }));
    const inputs = guardOf(1, { tableArn: found.Table?.TableArn as string });
    await guard.create(inputs);
    expect((await guard.read("id", inputs)).props).toEqual(inputs);
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    const { props } = await guard.read("id", inputs);
    expect((await guard.diff("id", props as VersionGuardInputs, inputs)).changes).toBe(true);
  });
});
