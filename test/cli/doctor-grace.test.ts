import { PutItemCommand, UpdateContinuousBackupsCommand } from "@aws-sdk/client-dynamodb";
import { lineStart } from "../support/refused-inputs";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "./database";
import { ownRow } from "./rows";
import { jsonOf, swap } from "./swap";

const HOUR = 3_600_000;
const now = Date.now();
const iso = (at: number) => new Date(at).toISOString();
const times = { second: now - 30 * HOUR, third: now - 3 * HOUR, fourth: now - HOUR };

let db: Database;
beforeAll(async () => {
  db = await startDatabase();
  const tables = ["orders_v1", "orders_v2", "orders_v4", "go_v1", "go_v2", "back_v1", "back_v3"];
  for (const table of tables) await db.createTable(table);
  for (const table of [CONTROL_TABLE, "orders_v4", "go_v2", "back_v1"]) {
    await db.protect(table);
    await db.client.send(
      new UpdateContinuousBackupsCommand({
        TableName: table,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
  }
  await db.putAll([
    ownRow("orders", [
      { version: 1, at: now - 99 * HOUR },
      { version: 2, at: times.second },
      { version: 3, at: times.third },
      { version: 4, at: times.fourth },
    ]),
    goRow("go", 2, times.fourth),
    ownRow(
      "back",
      [
        { version: 3, at: times.second },
        { version: 2, at: times.third, kind: "rollback" },
        { version: 1, at: times.fourth, kind: "rollback" },
      ],
      [2, 3],
    ),
  ]);
});
afterAll(() => db.stop());

interface Report {
  grace: string | null;
  readersRefresh: string | null;
  findings: { severity: string; code: string; table: string | null; until?: string }[];
}

async function doctor(...args: string[]) {
  const ran = await swap(["doctor", "--json", ...args], db.env);
  const { findings, ...rest } = jsonOf(ran) as Report;
  const found = findings.map(({ severity, code, table, until }) =>
    `${severity} ${code} ${table} ${until ?? ""}`.trimEnd(),
  );
  return { ...rest, code: ran.code, found };
}

test("without the flags doctor says what it did not check, and asks for no grace", async () => {
  const ran = await swap(["doctor", "orders"], db.env);
  expect(ran).toEqual({
    code: 0,
    stdout: "1 alias examined: 0 errors, 0 warnings, 0 remarks\n",
    stderr: expect.stringMatching(/^swap: not checked: .*--grace and --readers-refresh\n$/),
  });
  expect(await doctor("orders")).toMatchObject({ grace: null, readersRefresh: null, found: [] });
});

test("with a grace each deactivated version shows when it may be deleted, and a drop too soon is found", async () => {
  expect(await doctor("orders", "--grace", "24h")).toMatchObject({
    code: 8,
    grace: "24h",
    readersRefresh: null,
    found: [
      `warning dropped-in-grace orders_v3 ${iso(times.fourth + 24 * HOUR)}`,
      "info may-go orders_v1",
      `info in-grace orders_v2 ${iso(times.third + 24 * HOUR)}`,
    ],
  });
  const { stdout, stderr } = await swap(["doctor", "orders", "--grace", "24h"], db.env);
  const until = iso(times.third + 24 * HOUR);
  expect(stdout).toMatch(
    new RegExp(
      `^info     table "orders_v2" .*${iso(times.third)}.*${until} \\[in-grace\\]\\n {9}fix: .*${until}$`,
      "m",
    ),
  );
  expect(stdout).toMatch(/^info {5}table "orders_v1" .* \[may-go\]\n {9}fix: .*\b1\b.*pulumi up$/m);
  expect(stdout).toMatch(
    new RegExp(`^warning  table "orders_v3" .*${iso(times.fourth)}.* \\[dropped-in-grace\\]$`, "m"),
  );
  expect(stderr).toMatch(/^swap: not checked: [^-]*pass --readers-refresh\n$/);
});

test("of a long list only those with one deadline, or one version to take out, are one", async () => {
  const TABLE = "queue_swap";
  await db.createTable(TABLE);
  const left = [
    [1, times.third],
    [1, times.third],
    [1, times.fourth],
    [1, times.second],
    [1, times.second],
    [2, times.second],
  ] as const;
  for (const [index, [version, at]] of left.entries()) {
    await db.createTable(`queue${index}_v${version}`);
    const moves = [
      { version, at: now - 99 * HOUR },
      { version: 3, at },
    ];
    const Item = ownRow(`queue${index}`, moves);
    await db.client.send(new PutItemCommand({ TableName: TABLE, Item }));
  }
  for (let n = 0; n < 9; n++)
    await db.client.send(
      new PutItemCommand({ TableName: TABLE, Item: ownRow(`gone${n}`, [{ version: 3, at: now }]) }),
    );
  const { stdout } = await swap(["doctor", "--control-table", TABLE, "--grace", "24h"], db.env);
  const shown = stdout.split("\n").flatMap((line) => {
    const found = /^info .*"(\w+)" .*\[(in-grace|may-go)\]$/.exec(line);
    return found ? [`${found[1]} ${found[2]}`] : (/the same of 1 more: queue.*/.exec(line) ?? []);
  });
  expect(shown).toEqual([
    "queue0_v1 in-grace",
    "the same of 1 more: queue1_v1",
    "queue2_v1 in-grace",
    "queue3_v1 may-go",
    "the same of 1 more: queue4_v1",
    "queue5_v2 may-go",
  ]);
  expect(stdout).toContain(`fix: nothing; leave it until ${iso(times.fourth + 24 * HOUR)}`);
});

test("outside the grace the same drop is no finding", async () => {
  expect(await doctor("orders", "--grace", "30m")).toMatchObject({
    code: 0,
    found: ["info may-go orders_v1", "info may-go orders_v2"],
  });
});

test("a version that a foreign writer may have deactivated is blocked for the grace, and is an orphan beyond it", async () => {
  expect((await doctor("go", "--grace", "2h")).found).toEqual([
    "info foreign-writer go_v2",
    `info in-grace go_v1 ${iso(times.fourth + 2 * HOUR)}`,
  ]);
  expect((await doctor("go", "--grace", "30m")).found).toEqual([
    "warning orphan go_v1",
    "info foreign-writer go_v2",
  ]);
});

test("a version that was rolled back from is no table ahead while its grace lasts", async () => {
  expect((await doctor("back", "--grace", "4h")).found).toEqual([
    `warning dropped-in-grace back_v2 ${iso(times.fourth + 4 * HOUR)}`,
    `info in-grace back_v3 ${iso(times.third + 4 * HOUR)}`,
  ]);
  expect((await doctor("back", "--grace", "2h")).found).toEqual([
    `warning dropped-in-grace back_v2 ${iso(times.fourth + 2 * HOUR)}`,
    "info ahead back_v3",
  ]);
});

test("a grace shorter than the readers' refresh is an error with its fix", async () => {
  const flags = ["--grace", "30s", "--readers-refresh", "1m"];
  const ran = await swap(["doctor", "go", ...flags], db.env);
  expect(ran).toMatchObject({ code: 8, stderr: "" });
  expect(ran.stdout.split("\n").slice(0, 2)).toEqual([
    expect.stringMatching(/^error {4}.*\b30s\b.*\b1m\b.* \[grace-shorter-than-refresh\]$/),
    expect.stringMatching(/^ {9}fix: .*\b1m\b.*\b30s$/),
  ]);
  const { grace, readersRefresh, found } = await doctor("go", ...flags);
  expect([grace, readersRefresh, found[0]]).toEqual([
    "30s",
    "1m",
    "error grace-shorter-than-refresh null",
  ]);
});

test.each(["1m", "60s", "24h"])("a grace of %s outlasts a refresh of 1m", async (grace) => {
  const { found } = await doctor("orders", "--grace", grace, "--readers-refresh", "1m");
  expect(found.filter((each) => each.includes("refresh"))).toEqual([]);
});

test.each([
  [["--grace", "1 day"], lineStart("flag --grace", '"1 day"')],
  [["--grace", ""], lineStart("flag --grace", '""')],
  [["--grace=-1h"], lineStart("flag --grace", '"-1h"')],
  [["--readers-refresh", "1m"], lineStart("flag --readers-refresh", '"1m"')],
  [["--grace", "1h", "--readers-refresh", "5"], lineStart("flag --readers-refresh", '"5"')],
])("%j is refused in one line, before any request", async (args, message) => {
  const ran = await swap(["doctor", "orders", ...args, "--endpoint-url", "http://127.0.0.1:1"], {
    SWAP_CONTROL_TABLE: CONTROL_TABLE,
  });
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(`swap: ${message}`);
  expect(ran.stderr.trimEnd().split("\n")).toHaveLength(2);
});
