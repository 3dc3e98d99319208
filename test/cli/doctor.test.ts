import {
  DeleteItemCommand,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { CONTROL_TABLE, type Database, goRow, type Row, startDatabase } from "./database";
import { startProxy } from "./proxy";
import { named, ownRow } from "./rows";
import { jsonOf, swap } from "./swap";

let db: Database;
const at = 1_760_000_000_000;
const READS = ["GetItem", "Scan", "DescribeTable", "ListTables"];

async function guard(table: string): Promise<void> {
  await db.protect(table);
  await db.client.send(
    new UpdateContinuousBackupsCommand({
      TableName: table,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
}

interface Found {
  aliases: number;
  findings: { severity: string; code: string; alias: string | null; table: string | null }[];
}

async function doctor(args: string[], env: Record<string, string> = {}) {
  const ran = await swap(["doctor", "--json", ...args], { ...db.env, ...env });
  const { aliases, findings } = jsonOf(ran) as Found;
  const found = findings.map(({ severity, code, table }) => `${severity} ${code} ${table}`);
  return { code: ran.code, aliases, found };
}

beforeAll(async () => {
  db = await startDatabase();
  for (const table of ["sound_v1", "sound_v2", "left_v1", "left_v2", "left_v3", "fresh_v1"])
    await db.createTable(table);
  for (const table of [CONTROL_TABLE, "sound_v2", "left_v2", "fresh_v1"]) await guard(table);
  await db.putAll([
    ownRow("sound", [
      { version: 1, at: at - 1 },
      { version: 2, at },
    ]),
    goRow("left", 2, at),
    ownRow("lost", [{ version: 8, at }]),
    ownRow("barred", [{ version: 8, at }], [8]),
    { pk: { S: "broken" }, ver: { S: "4" } },
  ]);
});
afterAll(() => db.stop());

test("finds nothing on a sound alias", async () => {
  expect(await swap(["doctor", "sound"], db.env)).toEqual({
    code: 0,
    stdout: "1 alias examined: 0 errors, 0 warnings, 0 remarks\n",
    stderr: expect.stringMatching(/^swap: not checked: .*\n$/),
  });
});

test("an alias with neither a row nor a table is an error", async () => {
  const ran = await swap(["doctor", "sond", "--json"], db.env);
  expect(ran.code).toBe(3);
  expect(jsonOf(ran)).toMatchObject({
    error: { code: "swap.no-active-version", alias: "sond", nearest: "sound" },
  });
});

test("--severity shows and counts only what matters as much", async () => {
  expect(await doctor(["left", "--severity", "warning"])).toEqual({
    code: 8,
    aliases: 1,
    found: ["warning orphan left_v1"],
  });
  expect(await doctor(["left", "--severity", "error"])).toEqual({ code: 0, aliases: 1, found: [] });
  const ran = await swap(["doctor", "left", "--severity", "error"], db.env);
  expect(ran.stdout).toBe("1 alias examined: 0 errors, 0 warnings, 0 remarks\n");
  expect(ran.stderr).toMatch(/^swap: 3 of lesser severity /m);
});

test("finds leftovers, tables ahead and a foreign writer", async () => {
  expect(await doctor(["left"])).toEqual({
    code: 8,
    aliases: 1,
    found: ["warning orphan left_v1", "info foreign-writer left_v2", "info ahead left_v3"],
  });
});

test("prints each finding with its fix", async () => {
  const { stdout, stderr, code } = await swap(["doctor", "left"], db.env);
  expect(code).toBe(8);
  expect(stderr).toMatch(/^swap: not checked: .*\n$/);
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    expect.stringMatching(/^warning {2}table "left_v1" .*\b2\b.* \[orphan\]$/),
    expect.stringMatching(/^ {9}fix: \S/),
  ]);
  expect(stdout).toContain("1 alias examined: 0 errors, 1 warning, 2 remarks\n");
});

test("finds a pointer to a table that does not exist", async () => {
  expect(await doctor(["lost"])).toMatchObject({
    code: 8,
    found: ["error active-table-missing lost_v8"],
  });
});

test("finds an active version that is barred", async () => {
  expect((await doctor(["barred"])).found).toContain("warning active-version-barred barred_v8");
});

test("finds an active version that is retired, and a retired table that is still there", async () => {
  await db.put({
    ...ownRow("permitted", [{ version: 4, at }], [], [3, 5]),
    ...goRow("permitted", 5, at + 1),
  });
  for (const version of [3, 5]) await db.createTable(`permitted_v${version}`);
  const { code, found } = await doctor(["permitted"]);
  expect(code).toBe(8);
  expect(found).toContain("error active-version-retired permitted_v5");
  expect(found).toContain("info retired permitted_v3");
  await db.client.send(
    new DeleteItemCommand({ TableName: CONTROL_TABLE, Key: { pk: { S: "permitted" } } }),
  );
});

test("finds an attribute of ours that something overwrote", async () => {
  const row = { ...ownRow("spoilt", [{ version: 1, at }]), retired: { S: "3" } };
  await db.put(row);
  expect((await doctor(["spoilt"])).found).toContain("error corrupt-attribute spoilt_v1");
  await db.client.send(
    new DeleteItemCommand({ TableName: CONTROL_TABLE, Key: { pk: { S: "spoilt" } } }),
  );
});

test("without a row no table is said to be deletable, with and without a grace", async () => {
  for (const version of [1, 2, 3]) await db.createTable(`rowless_v${version}`);
  const held = [
    "info no-row rowless_v1",
    "info held-without-row rowless_v2",
    "info held-without-row rowless_v3",
  ];
  for (const flags of [[], ["--grace", "0s"]]) {
    const { found } = await doctor(["rowless", ...flags]);
    expect(found.filter((each) => each.startsWith("info"))).toEqual(held);
  }
});

test("finds what a table with another name is mistaken for", async () => {
  for (const table of ["handmade", "people_v1", "people_v2"]) await db.createTable(table);
  const first = { version: 1, at: 0, kind: "seed" as const };
  await db.putAll([
    named(ownRow("people", [first, { version: 2, at }]), "handmade"),
    named(ownRow("persons", [first]), "handmade"),
  ]);
  const alone = await doctor(["people"]);
  expect(alone.code).toBe(8);
  expect(alone.found).toContain("error conventional-table-exists people_v1");
  expect(alone.found.filter((each) => /handmade|orphan/.test(each))).toEqual([]);
  const all = await doctor(["--all"]);
  expect(all.found.filter((each) => each === "error table-of-two-aliases handmade")).toHaveLength(
    2,
  );
  await db.putAll([named(ownRow("people", [first, { version: 2, at }], [], [1]), "handmade")]);
  const retired = await doctor(["people"]);
  expect(retired.found).toContain("info retired handmade");
  expect((await doctor(["--all"])).found).not.toContain("error table-of-two-aliases handmade");
  for (const alias of ["people", "persons"])
    await db.client.send(
      new DeleteItemCommand({ TableName: CONTROL_TABLE, Key: { pk: { S: alias } } }),
    );
});

test("finds a row whose key is no alias", async () => {
  await db.put(goRow("no/alias", 1, at));
  expect((await doctor(["--all"])).found).toContain("error alias-invalid null");
  await db.client.send(
    new DeleteItemCommand({ TableName: CONTROL_TABLE, Key: { pk: { S: "no/alias" } } }),
  );
});

test("finds a malformed row", async () => {
  expect(await doctor(["broken"])).toMatchObject({ code: 8, found: ["error malformed-row null"] });
});

test("only remarks are no failure", async () => {
  expect(await doctor(["fresh"])).toMatchObject({ code: 0, found: ["info no-row fresh_v1"] });
});

test("examines every alias when none is named, the gravest findings first", async () => {
  const all = await doctor([]);
  expect(all).toMatchObject({ code: 8, aliases: 5 });
  expect(all.found.map((each) => each.split(" ")[0])).toEqual(
    [...all.found.map((each) => each.split(" ")[0])].sort(
      (a, b) =>
        ["error", "warning", "info"].indexOf(a ?? "") -
        ["error", "warning", "info"].indexOf(b ?? ""),
    ),
  );
  expect(await doctor([], { SWAP_ALIAS: "sound" })).toMatchObject({ aliases: 1 });
  expect(await doctor(["--all"], { SWAP_ALIAS: "sound" })).toMatchObject({ aliases: 5 });
});

describe("many findings", () => {
  const MANY = "many_swap";
  const lost = Array.from({ length: 19 }, (_, n) => `lost${n + 1}`);
  const run = (args: string[]) => swap(["doctor", "--control-table", MANY, ...args], db.env);

  beforeAll(async () => {
    await db.createTable(MANY);
    const put = (Item: Row) => db.client.send(new PutItemCommand({ TableName: MANY, Item }));
    for (const alias of lost) await put(ownRow(alias, [{ version: 3, at }]));
    await put({ pk: { S: "torn" }, ver: { S: "4" } });
    await put(ownRow("torn2", [{ version: 8, at }], [8]));
    await guard(MANY);
  });

  test("with the same fix are one, which names the first tables", async () => {
    const { code, stdout, stderr } = await run([]);
    expect(code).toBe(8);
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^error .*"lost1_v3".*\[active-table-missing\]$/),
      expect.stringMatching(/^ {9}fix: .*"lost1"/),
      "         the same of 19 more: lost2_v3, lost3_v3, lost4_v3, lost5_v3, lost6_v3, lost7_v3, lost8_v3, lost9_v3, and 11 others",
      expect.stringMatching(/^error .*"torn" .*\[malformed-row\]$/),
      expect.stringMatching(/^ {9}fix: /),
      expect.stringMatching(/^warning .*"torn2" .*\[active-version-barred\]$/),
      expect.stringMatching(/^ {9}fix: /),
      "21 aliases examined: 21 errors, 1 warning, 0 remarks",
      "",
    ]);
    expect(stderr).toContain("--each");
  });

  test("are all printed with --each, and all in JSON", async () => {
    const { stdout, stderr } = await run(["--each"]);
    for (const alias of lost)
      expect(stdout).toContain(`fix: restore or create that table, or roll alias "${alias}" back`);
    expect(stdout).toMatch(/\nerror {4}active-table-missing: 20\n(.*\n)+21 aliases examined: /);
    expect(stderr).not.toContain("--each");
    expect((jsonOf(await run(["--json"])) as Found).findings).toHaveLength(22);
  });

  test("are counted by code where more than 20 have separate fixes", async () => {
    const TABLE = "barred_swap";
    await db.createTable(TABLE);
    for (let version = 3; version < 24; version++) {
      const Item = ownRow(`barred${version}`, [{ version, at }], [version]);
      await db.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    }
    const args = ["doctor", "--control-table", TABLE, "--severity", "warning"];
    const { stdout } = await swap(args, db.env);
    for (let version = 3; version < 24; version++)
      expect(stdout).toContain(`declare liftBar: ${version} if`);
    expect(stdout).toMatch(/\nwarning {2}active-version-barred: 21\n(.*\n)*21 aliases examined: /);
  });

  test("of 20 are not grouped, of 21 are", async () => {
    const errors = ["--severity", "error"];
    expect((await run(errors)).stdout).toContain("the same of 19 more");
    const Key = { pk: { S: "torn" } };
    await db.client.send(new DeleteItemCommand({ TableName: MANY, Key }));
    const { stdout, stderr } = await run(errors);
    expect(stdout.match(/^error .*\[active-table-missing\]$/gm)).toHaveLength(20);
    expect(stdout).not.toContain("the same of");
    expect(stderr).not.toContain("--each");
  });
});

test("finds unguarded tables", async () => {
  await db.put(ownRow("bare", [{ version: 1, at }]));
  await db.createTable("bare_v1");
  expect(await doctor(["bare"])).toMatchObject({
    code: 8,
    found: [
      "warning deletion-protection-off bare_v1",
      "warning point-in-time-recovery-off bare_v1",
    ],
  });
});

test("a refused look at point-in-time recovery is a remark, and no failure", async () => {
  const proxy = await startProxy(db.endpoint, new Set(READS));
  try {
    expect(await doctor(["sound", "--endpoint-url", proxy.url])).toMatchObject({
      code: 0,
      found: [
        `info point-in-time-recovery-not-checked ${CONTROL_TABLE}`,
        "info point-in-time-recovery-not-checked sound_v2",
      ],
    });
  } finally {
    await proxy.stop();
  }
});

test.each([
  ["EVENTUAL", 8],
  ["STRONG", 0],
])("a global control table with %s consistency: exit code %i", async (consistency, code) => {
  const all = new Set([...READS, "DescribeContinuousBackups"]);
  const proxy = await startProxy(db.endpoint, all, (operation, body) => {
    if (operation !== "DescribeTable" || !body.includes(`"${CONTROL_TABLE}"`)) return body;
    const answer = JSON.parse(body);
    answer.Table.Replicas = [{ RegionName: "eu-west-1" }, { RegionName: "us-east-1" }];
    answer.Table.MultiRegionConsistency = consistency;
    return JSON.stringify(answer);
  });
  try {
    const found = code === 8 ? [`error last-writer-wins ${CONTROL_TABLE}`] : [];
    expect(await doctor(["sound", "--endpoint-url", proxy.url])).toMatchObject({ code, found });
  } finally {
    await proxy.stop();
  }
});

test("a table being deleted is reported", async () => {
  const proxy = await startProxy(
    db.endpoint,
    new Set([...READS, "DescribeContinuousBackups"]),
    (operation, body) =>
      operation === "DescribeTable" && body.includes('"sound_v2"')
        ? body.replace('"TableStatus":"ACTIVE"', '"TableStatus":"DELETING"')
        : body,
  );
  try {
    expect(await doctor(["sound", "--endpoint-url", proxy.url])).toMatchObject({
      code: 8,
      found: ["error active-table-not-active sound_v2"],
    });
  } finally {
    await proxy.stop();
  }
});

test("a missing control table exits with 4, not with 8", async () => {
  expect(await swap(["doctor", "--control-table", "nowhere"], db.env)).toMatchObject({ code: 4 });
});
