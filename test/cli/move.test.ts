import { MigrationStore, readTableIds } from "../../src/migration";
import { type ControlTableRef, getActive, placeFence, setActive } from "../../src/pointer";
import { goSet } from "../support/go-writer";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "./database";
import { live } from "./live";
import { startProxy } from "./proxy";
import { jsonOf, swap } from "./swap";

let db: Database;
let ref: ControlTableRef;
const WHY = ["--reason", "totals are wrong"];

beforeAll(async () => {
  db = await startDatabase();
  ref = { client: db.client, controlTable: CONTROL_TABLE };
});
afterAll(() => db.stop());

let aliases = 0;
/** An alias at version 2, which came after version 1; both have tables. */
async function newAlias({ tables = [1, 2, 3] } = {}): Promise<string> {
  const alias = `moved${++aliases}`;
  for (const version of tables) await db.createTable(`${alias}_v${version}`);
  for (const version of [1, 2]) await setActive(ref, alias, version);
  return alias;
}

const active = (alias: string) => getActive(ref, alias);

describe("swap rollback", () => {
  test("rolls back to the version before, bars the other, and prints the program's lines", async () => {
    const alias = await newAlias();
    const ran = await swap(["rollback", alias, "--from", "2", ...WHY, "--yes"], db.env);
    expect(ran).toMatchObject({ code: 0, stdout: `${alias}: 2 -> 1\n` });
    expect(ran.stderr).toMatch(/next: .*activeVersion: 1, rollbackFrom: 2 /);
    const row = await active(alias);
    expect(row).toMatchObject({ version: 1, barred: [2] });
    expect(row.history.at(-1)).toMatchObject({
      kind: "rollback",
      why: "totals are wrong",
      by: expect.stringMatching(/^swap:./),
    });
  });

  test("--json has the move", async () => {
    const alias = await newAlias();
    const ran = await swap(
      ["rollback", alias, "--from", "2", "--to", "1", ...WHY, "--yes", "--json"],
      db.env,
    );
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    const { at, by, ...rest } = jsonOf(ran) as Record<string, unknown>;
    expect(rest).toEqual({
      event: "rolled-back",
      controlTable: CONTROL_TABLE,
      region: "eu-west-1",
      gates: [],
      loss: expect.stringContaining(`${alias}_v2 since 20`),
      alias,
      from: 2,
      to: 1,
      table: `${alias}_v1`,
      reason: "totals are wrong",
      program: "activeVersion: 1, rollbackFrom: 2",
    });
    expect(at).toBe(new Date((await active(alias)).activatedAt ?? 0).toISOString());
    expect(by).toMatch(/^swap:/);
  });

  test.each([
    { what: "a version that is not active", args: ["--from", "3"], code: 11 },
    { what: "a target that is not smaller", args: ["--from", "2", "--to", "2"], code: 2 },
    { what: "no reason", args: ["--from", "2", "--reason", " "], code: 2 },
    {
      what: "a reason that is too long",
      args: ["--from", "2", "--reason", "x".repeat(257)],
      code: 2,
    },
  ])("refuses $what, and moves nothing", async ({ args, code }) => {
    const alias = await newAlias();
    const reason = args.includes("--reason") ? [] : WHY;
    const ran = await swap(["rollback", alias, ...args, ...reason, "--yes"], db.env);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(await active(alias)).toMatchObject({ version: 2, barred: [] });
  });

  test("refuses a target whose table is not there", async () => {
    const alias = await newAlias({ tables: [2] });
    const ran = await swap(["rollback", alias, "--from", "2", ...WHY, "--yes"], db.env);
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain(`${alias}_v1`);
    expect(await active(alias)).toMatchObject({ version: 2 });
  });

  test("wants --to after another writer, whose moves the history may lack", async () => {
    const alias = `moved${++aliases}`;
    for (const version of [1, 2, 3, 4]) await db.createTable(`${alias}_v${version}`);
    for (const version of [1, 2]) await setActive(ref, alias, version);
    for (const version of [3, 4]) await goSet(ref, alias, version, Date.now());
    const args = ["rollback", alias, "--from", "4", ...WHY, "--yes"];
    const ran = await swap(args, db.env);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toMatch(/flag --to[\s\S]*--to 2/);
    expect(await active(alias)).toMatchObject({ version: 4 });
    expect(await swap([...args, "--to", "3"], db.env)).toMatchObject({
      code: 0,
      stdout: `${alias}: 4 -> 3\n`,
    });
  });

  test("names no target where the history has none", async () => {
    const alias = `moved${++aliases}`;
    await db.createTable(`${alias}_v1`);
    await db.put(goRow(alias, 2));
    const ran = await swap(["rollback", alias, "--from", "2", ...WHY, "--yes"], db.env);
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toMatch(/swap versions/);
    expect(ran.stderr).not.toMatch(/--to \d/);
  });

  test("a stale --from is refused as such, whatever the history has", async () => {
    const alias = await newAlias();
    const ran = await swap(["rollback", alias, "--from", "1", ...WHY, "--yes"], db.env);
    expect(ran).toMatchObject({ code: 11, stdout: "" });
    expect(ran.stderr).toContain("2");
  });

  test("a time of another writer that is none does not stop it", async () => {
    const alias = await newAlias();
    await goSet(ref, alias, 3, 8_700_000_000_000_000);
    const args = ["rollback", alias, "--from", "3", "--to", "2", ...WHY, "--yes"];
    expect(await swap(args, db.env)).toMatchObject({ code: 0 });
  });
});

describe("swap cutover", () => {
  test("wants a verification, and goes live after one", async () => {
    const alias = await newAlias();
    const args = ["cutover", alias, "3", ...WHY, "--yes"];
    const refused = await swap(args, db.env);
    expect(refused).toMatchObject({ code: 11, stdout: "" });
    expect(refused.stderr).toContain(`swap verify ${alias} 2 3`);
    expect(await active(alias)).toMatchObject({ version: 2 });

    expect(await swap(["verify", alias, "2", "3"], db.env)).toMatchObject({ code: 0 });
    const ran = await swap(args, db.env);
    expect(ran).toMatchObject({ code: 0, stdout: `${alias}: 2 -> 3\n` });
    expect(ran.stderr).toMatch(/^swap: verify: 0 differences[\s\S]*activeVersion: 3 /);
    expect(await active(alias)).toMatchObject({ version: 3, previous: 2 });
  });

  test("--unverified goes without one, and never to a smaller or a barred version", async () => {
    const alias = await newAlias();
    const cutover = (version: string) =>
      swap(["cutover", alias, version, ...WHY, "--yes", "--unverified", "--json"], db.env);
    expect(await cutover("1")).toMatchObject({ code: 11 });
    expect(jsonOf(await cutover("3"))).toMatchObject({ event: "cut-over", from: 2, to: 3 });
    expect(await swap(["rollback", alias, "--from", "3", ...WHY, "--yes"], db.env)).toMatchObject({
      code: 0,
    });
    expect(await cutover("3")).toMatchObject({ code: 11 });
    expect(await active(alias)).toMatchObject({ version: 2, barred: [3] });
  });
});

test("a version that a copy has not filled is refused, unverified or not", async () => {
  const alias = await newAlias();
  const store = new MigrationStore({ client: db.client }, alias, 3);
  await store.createTable();
  const tables = { source: `${alias}_v2`, target: `${alias}_v3` };
  await store.start({
    from: 2,
    transform: "none",
    segments: 4,
    startedAt: Date.now(),
    tables: await readTableIds(db.client, tables),
  });
  const ran = await swap(["cutover", alias, "3", ...WHY, "--yes", "--unverified"], db.env);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toMatch(/0 of 4[\s\S]*swap status/);
  expect(await active(alias)).toMatchObject({ version: 2 });
});

test.each([
  ["rollback", "--from", "2"],
  ["cutover", "3", "--unverified"],
])(
  "%s waits while a switch holds writes, then sees that it has moved",
  async (command, ...args) => {
    const alias = await newAlias();
    await placeFence(ref, alias, { from: 2, to: 3, operation: "switch", budgetMs: 60_000 });
    const running = live([command, alias, ...args, ...WHY, "--yes"], db.env);
    await running.remark((line) => line.includes("waits 60 s for it at most"));
    expect(await active(alias)).toMatchObject({ version: 2, fence: { to: 3 } });
    await setActive(ref, alias, 3, { fence: "switch" });
    expect(await running.end).toMatchObject({ code: 11, stdout: "" });
    expect(await active(alias)).toMatchObject({ version: 3 });
  },
);

test("the fence of a switch that has died is removed after its budget", async () => {
  const alias = await newAlias();
  await placeFence(ref, alias, { from: 2, to: 3, operation: "dead", budgetMs: 1_000 });
  const ran = await swap(["cutover", alias, "3", "--unverified", ...WHY, "--yes"], db.env);
  expect(ran).toMatchObject({ code: 0, stdout: `${alias}: 2 -> 3\n` });
  await expect(setActive(ref, alias, 4, { fence: "dead" })).rejects.toMatchObject({
    code: "swap.fence-removed",
  });
});

test.each([
  ["rollback", "--from", "2"],
  ["cutover", "3"],
])("%s without a terminal wants --yes before it reads anything", async (command, ...args) => {
  const alias = await newAlias();
  const proxy = await startProxy(db.endpoint, new Set());
  try {
    const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
    const ran = await swap([command, alias, ...args, ...WHY], env);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("--yes");
    expect(proxy.asked).toEqual([]);
  } finally {
    await proxy.stop();
  }
});

test.each([
  { command: "rollback", args: ["--from", "2"] },
  { command: "cutover", args: ["3", "--unverified"] },
])("$command reads the row and the table, and needs UpdateItem to move", async (how) => {
  const alias = await newAlias();
  const reads = ["DescribeTable", "GetItem"];
  const run = async (allowed: string[]) => {
    const proxy = await startProxy(db.endpoint, new Set(allowed));
    try {
      const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
      const ran = await swap([how.command, alias, ...how.args, ...WHY, "--yes"], env);
      return { ran, asked: [...new Set(proxy.asked)].sort() };
    } finally {
      await proxy.stop();
    }
  };
  const { ran } = await run(reads);
  expect(ran).toMatchObject({ code: 6, stdout: "" });
  expect(ran.stderr).toContain("dynamodb:UpdateItem");
  expect(await active(alias)).toMatchObject({ version: 2 });
  expect(await run([...reads, "UpdateItem"])).toMatchObject({
    ran: { code: 0 },
    asked: [...reads, "UpdateItem"],
  });
});
