import { spawnSync } from "node:child_process";
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "./database";
import { named, ownRow } from "./rows";
import { jsonOf, swap } from "./swap";

let db: Database;
const at = 1_760_000_000_000;
const day = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();

test("an alias with neither a row nor a table is an error", async () => {
  const ran = await swap(["versions", "order"], db.env);
  expect([ran.code, ran.stdout]).toEqual([3, ""]);
  expect(ran.stderr).toMatch(
    /^swap: alias "order" .*"test_swap".*\n {2}fix: did you mean "orders"/,
  );
});

beforeAll(async () => {
  db = await startDatabase();
  await db.putAll([
    ownRow("orders", [
      { version: 2, at: at - 2 * day, by: "deploy" },
      { version: 3, at: at - day, by: "deploy", why: "new index" },
      { version: 4, at, by: "deploy", why: "smaller items" },
    ]),
    ownRow(
      "rolled",
      [
        { version: 1, at: 0, kind: "seed" },
        { version: 2, at: at - day },
        { version: 1, at, kind: "rollback", by: "ops", why: "wrong totals" },
      ],
      [2],
    ),
    ownRow(
      "permitted",
      [
        { version: 2, at: at - 2 * day },
        { version: 3, at: at - day },
        { version: 4, at },
      ],
      [],
      [2, 5],
    ),
    { ...ownRow("mixed", [{ version: 1, at: at - day, by: "deploy" }]), ...goRow("mixed", 2, at) },
    named(
      ownRow("people", [
        { version: 1, at: 0, kind: "seed" },
        { version: 2, at },
      ]),
      "people",
    ),
    goRow("go", 5, at),
    goRow("gone", 9, at),
    goRow("moved", 3, Date.now() - day / 2),
    ownRow("boot", [{ version: 2, at, by: "deploy" }]),
  ]);
  const tables = ["orders_v1", "orders_v2", "orders_v3", "orders_v4", "orders_v5", "orders_v10"];
  const near = ["orders", "orders_v", "orders_v01", "orders_vx", "orders_v1_v2", "orders-v1"];
  const others = ["moved_v2", "moved_v3", "go_v4", "go_v5", "boot_v1", "boot_v2"];
  for (const table of [
    ...tables,
    ...near,
    "rolled_v1",
    "rolled_v2",
    "permitted_v2",
    "permitted_v3",
    "permitted_v4",
    "permitted_v5",
    "fresh_v1",
    "zzz_v1",
    "people",
    "people_v1",
    "people_v2",
    ...others,
  ])
    await db.createTable(table).catch((error: Error) => {
      if (error.name !== "ValidationException") throw error;
    });
});
afterAll(() => db.stop());

describe("swap versions", () => {
  test("shows each version's table, role and state, the greatest first", async () => {
    const ran = await swap(["versions", "orders"], db.env);
    expect(ran).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^swap: .*six hours.*\n$/),
    });
    const shown = ran.stdout
      .trimEnd()
      .split("\n")
      .map((row) => row.replace(/ {2}\d{4}-\S+$/, ""));
    expect(shown).toEqual([
      "VERSION  TABLE       ROLE      STATE         ITEMS  SIZE  CREATED",
      "     10  orders_v10  ahead     ACTIVE  not counted     -",
      "      5  orders_v5   ahead     ACTIVE  not counted     -",
      "      4  orders_v4   active    ACTIVE  not counted     -",
      "      3  orders_v3   previous  ACTIVE  not counted     -",
      "      2  orders_v2   retiring  ACTIVE  not counted     -",
      "      1  orders_v1   orphan    ACTIVE  not counted     -",
    ]);
  });

  test("counts the items if that is asked for, and says what it took", async () => {
    const requests = Array.from({ length: 25 }, (_, index) => ({
      PutRequest: { Item: { pk: { S: `k${index}` } } },
    }));
    await db.client.send(new BatchWriteItemCommand({ RequestItems: { go_v5: requests } }));
    const ran = await swap(["versions", "go", "--count"], db.env);
    expect(ran.stdout).toMatch(/^ {6}5 {2}go_v5 .* 25 /m);
    expect(ran.stdout).toMatch(/^ {6}4 {2}go_v4 .* 0 /m);
    expect(ran.stderr).toMatch(/ \d[\d.]* read units/);
    const json = jsonOf(await swap(["versions", "go", "--count", "--json"], db.env));
    expect(json).toMatchObject({
      versions: [
        { version: 5, counted: 25 },
        { version: 4, counted: 0 },
      ],
      readUnits: expect.any(Number),
    });
    expect(jsonOf(await swap(["versions", "go", "--json"], db.env))).toMatchObject({
      versions: [{ counted: null }, { counted: null }],
      readUnits: null,
    });
    const wrong = await swap(["versions", "go", "--count", "--read-units", "0"], db.env);
    expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
    // A table that the row names and that does not exist has no items to count.
    expect(await swap(["versions", "gone", "--count"], db.env)).toMatchObject({ code: 0 });
  });

  test("shows the table that the row names for version 1, not one that is named as if it were", async () => {
    const { versions } = jsonOf(await swap(["versions", "people", "--json"], db.env)) as {
      versions: { version: number; table: string; role: string }[];
    };
    expect(versions.map(({ version, table, role }) => [version, table, role])).toEqual([
      [2, "people_v2", "active"],
      [1, "people", "previous"],
    ]);
  });

  test("--json prints the same, with the age of the figures", async () => {
    const ran = await swap(["versions", "rolled", "--json"], db.env);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(jsonOf(ran)).toEqual({
      alias: "rolled",
      active: 1,
      figuresMayLagHours: 6,
      readUnits: null,
      versions: [
        {
          version: 2,
          table: "rolled_v2",
          role: "previous",
          barred: true,
          retired: false,
          refused: "swap.version-barred",
          state: "ACTIVE",
          items: 0,
          counted: null,
          bytes: 0,
          created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        },
        expect.objectContaining({ version: 1, role: "active", barred: false }),
      ],
    });
  });

  test("shows retired versions, and why each version can't be made active", async () => {
    const { versions } = jsonOf(await swap(["versions", "permitted", "--json"], db.env)) as {
      versions: { version: number; retired: boolean; refused: string | null }[];
    };
    expect(versions.map(({ version, retired, refused }) => [version, retired, refused])).toEqual([
      [5, true, "swap.version-retired"],
      [4, false, null],
      [3, false, null],
      [2, true, "swap.version-retired"],
    ]);
    const { stdout } = await swap(["versions", "permitted"], db.env);
    expect(stdout).toMatch(/permitted_v2 +retiring, retired /);
    const history = await swap(["history", "permitted", "--json"], db.env);
    expect(jsonOf(history)).toMatchObject({ barred: [], retired: [2, 5] });
    expect((await swap(["history", "permitted"], db.env)).stderr).toContain("retired: 2, 5");
  });

  test.each([
    ["moved", "within a day of a foreign advance", ["3 active", "2 retiring"]],
    ["go", "long after a foreign advance", ["5 active", "4 orphan"]],
    ["boot", "after the first move of all", ["2 active", "1 previous"]],
  ])("tells what may still be in use: %s, %s", async (alias, _case, roles) => {
    const { versions } = jsonOf(await swap(["versions", alias, "--json"], db.env)) as {
      versions: { version: number; role: string }[];
    };
    expect(versions.map(({ version, role }) => `${version} ${role}`)).toEqual(roles);
  });

  test("shows an active table that does not exist as missing", async () => {
    const { stdout, code } = await swap(["versions", "gone"], db.env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {6}9 {2}gone_v9 {2}active {2}MISSING +- +- {2}-$/m);
  });

  test("implies version 1 for an alias without a row, and says so", async () => {
    const ran = await swap(["versions", "fresh"], db.env);
    expect(ran.stdout).toMatch(/^ {6}1 {2}fresh_v1 {2}active/m);
    expect(ran.stderr).toMatch(/alias "fresh" .*\b1\b/);
  });
});

describe("swap history", () => {
  test("shows the updates, the newest first", async () => {
    expect(await swap(["history", "rolled"], db.env)).toEqual({
      code: 0,
      stderr: "swap: barred: 2\n",
      stdout: [
        "AT                        VERSION  KIND      BY   WHY",
        `${iso(at)}        1  rollback  ops  wrong totals`,
        `${iso(at - day)}        2  set       -    -`,
        "seed                            1  seed      -    -",
        "",
      ].join("\n"),
    });
  });

  test("shows an advance by a writer that keeps no history", async () => {
    expect(jsonOf(await swap(["history", "mixed", "--json"], db.env))).toEqual({
      alias: "mixed",
      version: 2,
      barred: [],
      retired: [],
      moves: [
        { version: 2, at: iso(at), kind: "foreign", by: null, why: null, operation: null },
        { version: 1, at: iso(at - day), kind: "set", by: "deploy", why: null, operation: "op-1" },
      ],
    });
    expect((await swap(["history", "go"], db.env)).stdout).toContain("foreign  (another writer)");
  });

  test("exits with 3 for an alias without a row", async () => {
    expect(await swap(["history", "fresh"], db.env)).toMatchObject({ code: 3, stdout: "" });
  });
});

describe("swap env", () => {
  const env = { SWAP_CONTROL_TABLE: CONTROL_TABLE };

  test.each([
    ["shell", "export SWAP_CONTROL_TABLE='test_swap'\nexport SWAP_ALIAS='orders'\n"],
    ["dotenv", "SWAP_CONTROL_TABLE=test_swap\nSWAP_ALIAS=orders\n"],
    ["json", '{\n  "SWAP_CONTROL_TABLE": "test_swap",\n  "SWAP_ALIAS": "orders"\n}\n'],
  ])("prints %s", async (format, stdout) => {
    expect(await swap(["env", "orders", "--offline", "--format", format], env)).toEqual({
      code: 0,
      stdout,
      stderr: "",
    });
  });

  test("a refusal fails in a shell as well, and leaves no alias of before in force", async () => {
    const said = "unset SWAP_ALIAS; false\n";
    const nameless = await swap(["env", "a/b"], env);
    expect(nameless).toMatchObject({ code: 2, stdout: said });
    for (const more of [["--format", "shell"], ["--format=shell"], []])
      expect(await swap(["env", "a/b", "--offline", ...more], env)).toEqual({ ...nameless });
    for (const more of [["--format", "dotenv"], ["--format=json"]])
      expect(await swap(["env", "a/b", ...more], env)).toEqual({ ...nameless, stdout: "" });
    const shell = spawnSync("sh", ["-c", `eval '${said}'; echo "$? $SWAP_ALIAS."`], {
      env: { SWAP_ALIAS: "carts" },
      encoding: "utf8",
    });
    expect(shell.stdout).toBe("1 .\n");
    const help = await swap(["env", "--help"], env);
    expect([help.code, help.stdout.includes("unset SWAP_ALIAS; false")]).toEqual([0, false]);
  });

  test("--json prints JSON once, for any --format", async () => {
    for (const more of [[], ["--format", "json"]])
      expect(jsonOf(await swap(["env", "orders", "--offline", "--json", ...more], env))).toEqual({
        SWAP_CONTROL_TABLE: "test_swap",
        SWAP_ALIAS: "orders",
      });
  });
});
