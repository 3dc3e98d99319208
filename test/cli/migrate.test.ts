import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  PutItemCommand,
  ScanCommand,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { withBar } from "../../src/cli/migrate/command";
import { outcomeText } from "../../src/cli/migrate/differences";
import { MigrationStore } from "../../src/migration";
import { CONTROL_TABLE, type Database, goRow, type Row, startDatabase } from "./database";
import { live } from "./live";
import { startProxy } from "./proxy";
import { named, ownRow } from "./rows";
import { jsonOf, swap } from "./swap";

const folder = mkdtempSync(join(tmpdir(), "swap-transform-"));
const TO_V2 = module_("to-v2.mjs", "export default ({ n, ...item }) => ({ ...item, m: n });");

let db: Database;
let made = 0;

beforeAll(async () => {
  db = await startDatabase();
});
afterAll(() => db.stop());

function module_(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A new alias with version 1 active, its items, and an empty table of version 2. */
async function newAlias(items: Row[] = []): Promise<string> {
  made += 1;
  const alias = `moved${made}`;
  await db.put(goRow(alias, 1));
  for (const version of [1, 2]) await db.createTable(`${alias}_v${version}`);
  await fill(`${alias}_v1`, items);
  return alias;
}

async function fill(table: string, items: Row[]): Promise<void> {
  for (let start = 0; start < items.length; start += 25)
    await db.client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [table]: items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } })),
        },
      }),
    );
}

const numbered = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    pk: { S: `a${index}` },
    n: { N: String(index) },
  }));

const itemsOf = async (table: string): Promise<Row[]> =>
  (await db.client.send(new ScanCommand({ TableName: table, ConsistentRead: true }))).Items ?? [];

const versions = ["--from", "1", "--to", "2"];

test("version 1 under another name is the source of a copy, a verification and a repair", async () => {
  made += 1;
  const alias = `moved${made}`;
  const table = `${alias}.items`;
  await db.put(named(goRow(alias, 1), table));
  for (const name of [table, `${alias}_v2`]) await db.createTable(name);
  await fill(table, numbered(40));
  expect(await swap(["migrate", "copy", alias, ...versions], db.env)).toMatchObject({
    code: 0,
    stdout: `${table} to ${alias}_v2: 40 read, 40 written, 0 left out, 0 parked\n`,
  });
  await db.client.send(
    new DeleteItemCommand({ TableName: `${alias}_v2`, Key: { pk: { S: "a7" } } }),
  );
  expect((await swap(["verify", alias, "1", "2"], db.env)).code).toBe(10);
  expect(await swap(["migrate", "repair", alias, ...versions], db.env)).toMatchObject({ code: 0 });
  expect((await swap(["verify", alias, "1", "2"], db.env)).code).toBe(0);
  expect(await itemsOf(`${alias}_v2`)).toHaveLength(40);
  expect(await itemsOf(table)).toHaveLength(40);
});

test("a copy is verified, spoilt, found out exactly, repaired and verified again", async () => {
  const alias = await newAlias(numbered(120));
  const transform = ["--transform", TO_V2];
  const copied = await swap(["migrate", "copy", alias, ...versions, ...transform], db.env);
  expect(copied).toMatchObject({
    code: 0,
    stdout: `${alias}_v1 to ${alias}_v2: 120 read, 120 written, 0 left out, 0 parked\n`,
  });
  const good = await swap(["verify", alias, "1", "2", ...transform], db.env);
  expect(good).toMatchObject({ code: 0, stderr: "" });
  expect(good.stdout).toContain("120 items, 0 left out, 120 in the target");
  expect(good.stdout).toContain("they agree");

  const TableName = `${alias}_v2`;
  const put = (Item: Row) => db.client.send(new PutItemCommand({ TableName, Item }));
  await put({ pk: { S: "a7" }, m: { N: "6" } });
  await put({ pk: { S: "a8" }, m: { N: "8.0" } });
  await put({ pk: { S: "gone" }, m: { N: "1" } });
  await db.client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: "a9" } } }));

  const bad = await swap(["verify", alias, "1", "2", ...transform], db.env);
  expect(bad).toMatchObject({ code: 10 });
  expect(bad.stdout).toMatch(/: 3 differences\nKIND +COUNT +KEYS\n/);
  expect(bad.stdout).toMatch(/^missing +1 +\{"pk":"a9"\}$/m);
  expect(bad.stdout).toMatch(/^different +1 +\{"pk":"a7"\}$/m);
  expect(bad.stdout).toMatch(/^extra +1 +\{"pk":"gone"\}$/m);
  expect(bad.stderr).toBe(
    `swap: next: swap migrate repair ${alias} --from 1 --to 2 --transform ${TO_V2}\n`,
  );

  const repaired = await swap(["migrate", "repair", alias, ...versions, ...transform], db.env);
  expect(repaired).toMatchObject({
    code: 0,
    stdout: `${alias}_v2: of 3 differences, 2 written, 1 deleted, 0 agreed by now, 0 left\n`,
  });
  const json = await swap(["verify", alias, "1", "2", ...transform, "--json"], db.env);
  expect(json).toMatchObject({ code: 0, stderr: "" });
  expect(jsonOf(json)).toMatchObject({ event: "verified", differences: 0, targetItems: 120 });
});

test("a transform that fails for each item ends a copy before it has made anything", async () => {
  const alias = await newAlias(numbered(30));
  const plain = module_("plain.mjs", "export default (item) => ({ ...item, m: 1 });");
  const copy = ["migrate", "copy", alias, ...versions, "--transform"];
  const refused = await swap([...copy, plain], db.env);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(
    `flag --transform "${plain}" is not valid: it fails for each of`,
  );
  expect(refused.stderr).toContain('attribute "m" in another form: a number, want { N: "1" }');
  expect(refused.stderr.trimEnd().split("\n")).toHaveLength(2);
  expect(await itemsOf(`${alias}_v2`)).toEqual([]);
  // Nothing was recorded of it, so that the corrected one needs no --restart.
  expect((await swap([...copy, TO_V2], db.env)).code).toBe(0);
  expect((await swap(["verify", alias, "1", "2", "--transform", plain], db.env)).code).toBe(10);
});

test("a recorded copy goes on, and a repair works, though the transform fails for all that is left", async () => {
  const alias = await newAlias(numbered(2));
  const breaks = 'if (item.pk.S === "a1") throw new Error("no room"); return item;';
  const file = module_("breaks-last.mjs", `export default (item) => { ${breaks} };`);
  const at = [alias, ...versions, "--transform", file];
  expect(await swap(["migrate", "copy", ...at], db.env)).toMatchObject({ code: 10 });
  await db.client.send(
    new DeleteItemCommand({ TableName: `${alias}_v1`, Key: { pk: { S: "a0" } } }),
  );
  const again = await swap(["migrate", "copy", ...at], db.env);
  expect(again).toMatchObject({ code: 10 });
  expect(again.stdout).toContain("of 1 parked keys, 0 are no longer parked");
  const verified = await swap(["verify", alias, "1", "2", "--transform", file], db.env);
  expect(verified.stderr).toContain("next: swap migrate repair");
  const repaired = await swap(["migrate", "repair", ...at], db.env);
  expect(repaired.stdout).toContain("1 deleted");
  expect(await itemsOf(`${alias}_v2`)).toEqual([]);
  // A restart is tried as the first one.
  const restarted = await swap(["migrate", "copy", ...at, "--restart"], db.env);
  expect(restarted).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("each of 1 item that"),
  });
});

test("a transform without a return leaves everything out, which is not said to agree", async () => {
  const alias = await newAlias(numbered(30));
  const silent = module_("silent.mjs", "export default (item) => { item.m = item.n; };");
  const transform = ["--transform", silent];
  const copied = await swap(["migrate", "copy", alias, ...versions, ...transform], db.env);
  expect(copied).toMatchObject({ code: 10 });
  expect(copied.stderr).toContain("left out each item");
  const verified = await swap(["verify", alias, "1", "2", ...transform], db.env);
  expect(verified).toMatchObject({ code: 10 });
  expect(verified.stderr).toContain("leaves out each item");
  const status = await swap(["status", alias], db.env);
  expect(status.stdout).toMatch(/^next +correct the transform, .*--restart$/m);
});

test("a .ts file is a module in a package of CommonJS, as npm init makes one", async () => {
  const alias = await newAlias(numbered(3));
  module_("package.json", '{ "type": "commonjs" }');
  const typed = module_(
    "typed.ts",
    "export default (item: Record<string, object>): Record<string, object> => item;",
  );
  const copied = await swap(["migrate", "copy", alias, ...versions, "--transform", typed], db.env);
  expect(copied).toMatchObject({ code: 0 });
  expect(copied.stderr).not.toContain("ES module");
});

test("a transform that uses the time is refused by each command that would call it", async () => {
  const alias = await newAlias(numbered(3));
  const dated = module_(
    "dated.mjs",
    "let calls = 0; export default (item) => ({ ...item, call: { N: String(++calls) } });",
  );
  for (const command of [
    ["migrate", "copy", alias, ...versions],
    ["verify", alias, "1", "2"],
  ]) {
    const { code, stderr } = await swap([...command, "--transform", dated], db.env);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('two results for the same item: attribute "call" differs'),
    });
  }
  // So a repair with it never finds a verification to go by.
  const repair = ["migrate", "repair", alias, ...versions, "--transform", dated];
  expect((await swap(repair, db.env)).stderr).toContain("no finished verification");
  expect(await itemsOf(`${alias}_v2`)).toEqual([]);
});

test("differences that no repair can end are not sent to one", async () => {
  const alias = await newAlias(numbered(3));
  const breaks = 'if (pk.S === "a1") throw new Error("no"); return { pk, ...rest };';
  const throwing = module_("throws.mjs", `export default ({ pk, ...rest }) => { ${breaks} };`);
  const verify = ["verify", alias, "1", "2", "--transform", throwing];
  await swap(["migrate", "copy", alias, ...versions, "--transform", throwing], db.env);
  const failed = await swap(verify, db.env);
  expect(failed).toMatchObject({ code: 10 });
  expect(failed.stdout).toMatch(/^failed +1 +\{"pk":"a1"\}$/m);
  expect(failed.stderr).toMatch(/ verify again\n$/);
  expect(failed.stderr).not.toContain("swap migrate");
  await db.client.send(
    new DeleteItemCommand({ TableName: `${alias}_v2`, Key: { pk: { S: "a2" } } }),
  );
  expect((await swap(verify, db.env)).stderr).toMatch(/next: swap migrate repair /);
});

test("an interrupted copy goes on, and copies each item once more at most", async () => {
  const alias = await newAlias(numbered(200));
  const args = ["migrate", "copy", alias, ...versions, "--concurrency", "1"];
  const proxy = await startProxy(db.endpoint, new Set(EVERYTHING));
  try {
    const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
    const running = live([...args, "--rate", "20"], env);
    // With the second batch on its way, the first is written.
    await until(() => proxy.asked.filter((each) => each === "BatchWriteItem").length > 1);
    running.interrupt();
    const stopped = await running.end;
    expect(stopped).toMatchObject({ code: 130, stdout: "" });
    expect(stopped.stderr).toMatch(/interrupted; .*same command/);
    const before = (await itemsOf(`${alias}_v2`)).length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(200);
    // The batch that was on its way when the command stopped is written or not, and is not counted.
    const [, counted] = /copied (\d+) /.exec(stopped.stderr) ?? [];
    expect(before - Number(counted)).toBeGreaterThanOrEqual(0);
    expect(before - Number(counted)).toBeLessThanOrEqual(25);
    const verified = await swap(["verify", alias, "1", "2"], db.env);
    expect(verified).toMatchObject({ code: 10 });
    expect(verified.stderr).toMatch(/not complete; next: swap migrate copy /);
  } finally {
    await proxy.stop();
  }
  const went = await swap([...args, "--json"], db.env);
  expect(went).toMatchObject({ code: 0, stderr: "" });
  expect(jsonOf(went)).toMatchObject({ event: "copied", read: 200, written: 200, parked: 0 });
  expect(await itemsOf(`${alias}_v2`)).toHaveLength(200);
});

/** Makes a table again, as destroy and up would: empty, and another table. */
async function recreate(TableName: string): Promise<void> {
  await db.client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists(
    { client: db.client, maxWaitTime: 300, minDelay: 1 },
    { TableName },
  );
  await db.createTable(TableName);
}

test.each(["copy", "repair"])("a %s stops when its target becomes active", async (command) => {
  const alias = await newAlias(numbered(200));
  if (command === "repair") await swap(["verify", alias, "1", "2"], db.env);
  const proxy = await startProxy(db.endpoint, new Set(EVERYTHING));
  try {
    const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
    const running = live(["migrate", command, alias, ...versions, "--rate", "20"], env);
    await until(() => proxy.asked.includes("BatchWriteItem"));
    await db.put(goRow(alias, 2));
    const stopped = await running.end;
    expect(stopped).toMatchObject({ code: 2, stdout: "" });
    expect(stopped.stderr).toMatch(/is the active version.*the run was stopped/s);
    expect((await itemsOf(`${alias}_v2`)).length).toBeLessThan(200);
  } finally {
    await proxy.stop();
  }
});

test("a copy stops when another one restarts, and the other copies all items", async () => {
  // The first one has 50 s to see the other.
  const alias = await newAlias(numbered(1_000));
  const args = ["migrate", "copy", alias, ...versions, "--concurrency", "1"];
  const proxy = await startProxy(db.endpoint, new Set(EVERYTHING));
  try {
    const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
    const running = live([...args, "--rate", "20"], env);
    await until(() => proxy.asked.includes("BatchWriteItem"));
    const other = await swap([...args, "--restart", "--json"], db.env);
    expect(jsonOf(other)).toMatchObject({ read: 1_000, written: 1_000 });
    const stopped = await running.end;
    expect(stopped).toMatchObject({ code: 2, stdout: "" });
    expect(stopped.stderr).toMatch(/another run/);
    expect(jsonOf(await swap([...args, "--json"], db.env))).toMatchObject({ read: 1_000 });
  } finally {
    await proxy.stop();
  }
});

test.each([[[]], [["--restart"]]])(
  "a copy that a program's functions make is refused, and its record stays: %j",
  async (more) => {
    const alias = await newAlias(numbered(3));
    const store = new MigrationStore({ client: db.client }, alias, 2);
    await store.createTable();
    const tables = { source: "s", target: "t" };
    const start = { from: 1, transform: "hash", segments: 1, startedAt: 1, tables };
    const { run } = await store.start({ ...start, engine: "lambda" });
    const refused = await swap(["migrate", "copy", alias, ...versions, ...more], db.env);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/recorded copy .*migrateFrom/);
    expect((await store.started())?.run).toBe(run);
    expect(await itemsOf(`${alias}_v2`)).toEqual([]);
  },
);

test("an interrupted copy with --restart says to go on without it", async () => {
  const alias = await newAlias(numbered(200));
  const proxy = await startProxy(db.endpoint, new Set(EVERYTHING));
  try {
    const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
    const running = live(["migrate", "copy", alias, ...versions, "--restart", "--rate", "20"], env);
    await until(() => proxy.asked.includes("BatchWriteItem"));
    running.interrupt();
    expect((await running.end).stderr).toMatch(/interrupted; .*without --restart/);
  } finally {
    await proxy.stop();
  }
});

test("a target of an alias without an active version is refused, unless --allow-no-active", async () => {
  const alias = await newAlias(numbered(1));
  const { client } = db;
  await client.send(new DeleteItemCommand({ TableName: CONTROL_TABLE, Key: { pk: { S: alias } } }));
  const args = ["migrate", "copy", alias, ...versions];
  const refused = await swap(args, db.env);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(`"${CONTROL_TABLE}"`);
  expect(refused.stderr).toContain("--allow-no-active");
  expect(await itemsOf(`${alias}_v2`)).toEqual([]);
  expect(await swap([...args, "--allow-no-active"], db.env)).toMatchObject({ code: 0 });
});

test("a row whose set of barred versions is lost is refused", async () => {
  const alias = await newAlias(numbered(1));
  await db.put({ ...ownRow(alias, [{ version: 1, at: 1 }]), barred: { S: "2" } });
  const ran = await swap(["migrate", "copy", alias, ...versions], db.env);
  expect(ran).toMatchObject({ code: 5, stdout: "" });
  expect(ran.stderr).toContain("has barred =");
  expect(await itemsOf(`${alias}_v2`)).toEqual([]);
});

test("a copy that is complete says that nothing was copied, and --restart copies again", async () => {
  const alias = await newAlias(numbered(3));
  const args = ["migrate", "copy", alias, ...versions];
  expect(jsonOf(await swap([...args, "--json"], db.env))).toMatchObject({ alreadyComplete: false });
  await db.client.send(
    new DeleteItemCommand({ TableName: `${alias}_v2`, Key: { pk: { S: "a1" } } }),
  );
  const again = await swap(args, db.env);
  expect(again).toMatchObject({
    code: 0,
    stdout: `${alias}_v1 to ${alias}_v2: already complete, nothing copied; --restart copies all items again\n`,
  });
  expect(jsonOf(await swap([...args, "--json"], db.env))).toMatchObject({ alreadyComplete: true });
  expect(await itemsOf(`${alias}_v2`)).toHaveLength(2);
  await swap([...args, "--restart"], db.env);
  expect(await itemsOf(`${alias}_v2`)).toHaveLength(3);
});

test.each([1, 2])(
  "a record of a table v%i that was recreated since is refused",
  async (version) => {
    const alias = await newAlias(numbered(3));
    const args = ["migrate", "copy", alias, ...versions];
    await swap(args, db.env);
    await swap(["verify", alias, "1", "2"], db.env);
    await recreate(`${alias}_v${version}`);
    const copied = await swap(args, db.env);
    expect(copied).toMatchObject({ code: 2, stdout: "" });
    expect(copied.stderr).toContain(`table "${alias}_v${version}"`);
    expect(copied.stderr).toContain("--restart");
    const repaired = await swap(["migrate", "repair", alias, ...versions], db.env);
    expect(repaired).toMatchObject({ code: 2, stdout: "" });
    expect(repaired.stderr).toMatch(/created again.*run swap verify/s);
    expect(await swap([...args, "--restart"], db.env)).toMatchObject({ code: 0 });
  },
);

test("an item that can't be written is parked with its reason, and leaves with exit code 10", async () => {
  const alias = await newAlias(numbered(3));
  const transform = module_(
    "partly.mjs",
    "export default (item) => { if (item.n.N === '1') throw new Error('no room'); return item; };",
  );
  const args = ["migrate", "copy", alias, ...versions, "--transform", transform];
  const ran = await swap(args, db.env);
  expect(ran).toMatchObject({ code: 10 });
  expect(ran.stdout).toBe(
    `${alias}_v1 to ${alias}_v2: 3 read, 2 written, 0 left out, 1 parked\n` +
      'parked {"pk":"a1"}: the transform threw: no room\n',
  );
  const listed = await swap([...args, "--json"], db.env);
  expect(listed).toMatchObject({ code: 10 });
  expect(jsonOf(listed)).toMatchObject({
    alreadyComplete: true,
    parkedKeys: [{ key: '{"pk":"a1"}', kind: "transform" }],
  });
  const other = await swap(["migrate", "copy", alias, ...versions], db.env);
  expect(other).toMatchObject({ code: 2, stdout: "" });
  expect(other.stderr).toMatch(/copy .*another transform/);
  const again = await swap(["migrate", "copy", alias, ...versions, "--restart"], db.env);
  expect(again).toMatchObject({ code: 0 });
});

test.each<[string, (alias: string) => Promise<string[]>, RegExp]>([
  [
    "the active version",
    async (alias) => {
      await db.put(goRow(alias, 2));
      return [];
    },
    /is the active version/,
  ],
  [
    "a version that was active",
    async (alias) => {
      await db.put(
        ownRow(alias, [
          { version: 2, at: 1 },
          { version: 3, at: 2 },
        ]),
      );
      return [];
    },
    /has been active/,
  ],
  [
    "a version below the active one",
    async (alias) => {
      await db.put(goRow(alias, 3));
      return [];
    },
    /version 3 is active/,
  ],
  [
    "a version below the floor of barred ones",
    async (alias) => {
      await db.put({ ...ownRow(alias, [{ version: 1, at: 1 }]), blow: { N: "3" } });
      return [];
    },
    /has been active/,
  ],
  [
    "a missing file",
    async () => ["--transform", "./nowhere.mjs"],
    /"\.\/nowhere\.mjs" .*no such file/,
  ],
  ["a folder", async () => ["--transform", folder], /can't be read \(EISDIR\)/],
  [
    "a module that fails",
    async () => ["--transform", module_("throws.mjs", "throw new Error('no\\n    at you');")],
    /can't be loaded: no$/m,
  ],
  [
    "a module without a function",
    async () => ["--transform", module_("empty.mjs", "export const a = 1;")],
    /default export is no function/,
  ],
  ["a rate of nothing", async () => ["--rate", "0"], /whole number from 1 to 1,000,000/],
])("%s is refused in one line, before anything is written", async (_what, prepare, line) => {
  const alias = await newAlias(numbered(1));
  const flags = await prepare(alias);
  const ran = await swap(["migrate", "copy", alias, ...versions, ...flags], db.env);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toMatch(line);
  expect(ran.stderr.split("\n")).toHaveLength(3);
  expect(await itemsOf(`${alias}_v2`)).toEqual([]);
});

test("a file of the home folder is named shorter, one that only sounds like it is not", async () => {
  const alias = await newAlias(numbered(1));
  for (const [file, shown] of [
    ["/home/ann/x.mjs", "~/x.mjs"],
    ["/home/anna/x.mjs", "/home/anna/x.mjs"],
    ["/mnt/home/ann/x.mjs", "/mnt/home/ann/x.mjs"],
  ] as const) {
    const copy = ["migrate", "copy", alias, ...versions, "--transform", file];
    const { stderr } = await swap(copy, { ...db.env, HOME: "/home/ann/" });
    expect(stderr).toContain(`"${shown}"`);
  }
});

test.each([[["migrate", "copy", "nobody", ...versions]], [["verify", "nobody", "1", "2"]]])(
  "%j says which table is missing",
  async (args) => {
    await db.put(goRow("nobody", 1));
    const ran = await swap(args, db.env);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain('its table "nobody_v1" does not exist');
  },
);

test.each([[["migrate", "copy", "movde1", ...versions]], [["verify", "movde1", "1", "2"]]])(
  "%j suggests the alias that was meant",
  async (args) => {
    await db.put(goRow("moved1", 1));
    const ran = await swap(args, db.env);
    expect(ran).toMatchObject({ code: 3, stdout: "" });
    expect(ran.stderr).toContain('did you mean "moved1"?');
  },
);

test.each([
  [60, "copied 5 of about 10 items, 1/s, 5 s left"],
  [80, "[##########..........] copied 5 of about 10 items, 1/s, 5 s left"],
])("in %i columns the progress is on one line", (columns, line) => {
  expect(withBar(5, 10, "copied 5 of about 10 items, 1/s, 5 s left", columns)).toBe(line);
});

test("no repair is suggested for the active version", async () => {
  const alias = await newAlias(numbered(1));
  await db.put(goRow(alias, 2));
  const ran = await swap(["verify", alias, "1", "2"], db.env);
  expect(ran).toMatchObject({ code: 10 });
  expect(ran.stderr).toMatch(/is the active version/);
  expect(ran.stderr).not.toContain("migrate repair");
});

test("an interrupted verification says that the last one no longer counts", async () => {
  const alias = await newAlias(numbered(200));
  const proxy = await startProxy(db.endpoint, new Set(EVERYTHING));
  try {
    const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
    const running = live(["verify", alias, "1", "2", "--rate", "1"], env);
    await until(() => proxy.asked.includes("Scan"));
    running.interrupt();
    expect(await running.end).toMatchObject({
      code: 130,
      stderr: expect.stringContaining("no longer counts"),
    });
  } finally {
    await proxy.stop();
  }
});

test("a second interrupt ends a copy, a verification and a repair at once, and says what is left", async () => {
  // A transform that waits for ever, where the first interrupt ends nothing, once the file exists: after as many calls as it
  // says, which try the transform.
  const signal = join(folder, "waits");
  const text = `import { existsSync, readFileSync, writeSync } from "node:fs";
    const waits = () => { writeSync(2, "it waits\\n"); setInterval(() => {}, 1000); return new Promise(() => {}); };
    let calls = 0;
    const file = ${JSON.stringify(signal)};
    export default (item) => existsSync(file) && ++calls > Number(readFileSync(file)) ? waits() : { ...item };`;
  const transform = ["--transform", module_("waits.mjs", text)];
  const alias = await newAlias(numbered(1));
  const verification = ["verify", alias, "1", "2", ...transform];
  expect((await swap(verification, db.env)).code).toBe(10);
  writeFileSync(signal, "0");
  const interruptedTwice = async (args: string[], left: RegExp) => {
    const running = live(args, db.env);
    await running.remark((line) => line.includes("it waits"));
    const again = setInterval(() => running.interrupt(), 50);
    const end = await running.end;
    clearInterval(again);
    expect(end).toMatchObject({ code: 130, stdout: "", stderr: expect.stringMatching(left) });
  };
  // In this order: a verification that has begun leaves nothing to repair by.
  const at = [alias, ...versions, ...transform];
  await interruptedTwice(["migrate", "repair", ...at], /interrupted at once, .*; run it again$/m);
  writeFileSync(signal, "2");
  await interruptedTwice(["migrate", "copy", ...at], /interrupted at once, .* goes on where it/);
  await interruptedTwice(verification, /interrupted at once, .* no longer counts, run it again/);
  rmSync(signal);
  expect((await swap(["migrate", "copy", ...at], db.env)).code).toBe(0);
});

test.each([
  [0, true, /^they agree$/],
  [0, false, /not all/],
  [1, true, /^1 difference$/],
  [2000, false, /^at least 2,000 differences$/],
])("%i differences, complete %s, are not more than they are", (found, complete, text) => {
  expect(outcomeText(found, complete)).toMatch(text);
});

test("a repair without a verification, or of another transform, is refused", async () => {
  const alias = await newAlias(numbered(1));
  const repair = ["migrate", "repair", alias, ...versions];
  expect((await swap(repair, db.env)).stderr).toMatch(/no finished verification/);
  await swap(["verify", alias, "1", "2"], db.env);
  const other = await swap([...repair, "--transform", TO_V2], db.env);
  expect(other).toMatchObject({ code: 2 });
  expect(other.stderr).toContain("of version 1 with transform none");
  expect(other.stderr).toContain(`swap verify ${alias} 1 2 --transform ${TO_V2} first`);
});

const EVERYTHING = [
  "BatchGetItem",
  "BatchWriteItem",
  "CreateTable",
  "DeleteItem",
  "DescribeTable",
  "GetItem",
  "PutItem",
  "Query",
  "Scan",
];

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("a verification names a transform that only the copy had, and no repair goes without it", async () => {
  const alias = await newAlias(numbered(30));
  const transform = ["--transform", TO_V2];
  const copy = ["migrate", "copy", alias, ...versions];
  expect((await swap([...copy, ...transform], db.env)).code).toBe(0);
  const forgotten = await swap(["verify", alias, "1", "2"], db.env);
  expect(forgotten).toMatchObject({ code: 10 });
  expect(forgotten.stderr).toContain(`next: swap verify ${alias} 1 2 --transform FILE`);
  expect(forgotten.stderr).not.toContain("migrate repair");
  const refused = await swap(["migrate", "repair", alias, ...versions, "--json"], db.env);
  expect(refused.code).toBe(2);
  expect(jsonOf(refused)).toMatchObject({ error: { name: "flag --transform", value: "none" } });
  expect(await swap(["verify", alias, "1", "2", ...transform], db.env)).toMatchObject({ code: 0 });

  // Items unchanged after all.
  expect((await swap([...copy, "--restart"], db.env)).code).toBe(0);
  expect((await swap(["verify", alias, "1", "2"], db.env)).code).toBe(0);
});
