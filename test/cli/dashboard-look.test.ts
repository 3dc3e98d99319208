import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { changesOf, withChanges } from "../../src/cli/dashboard/changes";
import type { DashboardJson } from "../../src/cli/dashboard/dashboard-json";
import { TableWatch } from "../../src/cli/dashboard/look";
import { liveLine } from "../../src/cli/dashboard/page/live-line";
import { MigrationStore, migrationTable, readTableIds } from "../../src/migration";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "./database";

const OPTIONS = { aliases: undefined, graceMs: 86_400_000, terms: undefined };
const NAMES = Array.from({ length: 45 }, (_, index) => `alias${10 + index}`);

let db: Database;
let listed = 0;
/** Requests for records of migrations, by table. */
const asked = new Set<string>();
beforeAll(async () => {
  db = await startDatabase();
  await db.putAll(NAMES.map((alias) => goRow(alias, 1)));
  for (const table of ["alias10_v1", "alias10_v2"]) await db.createTable(table);
  const store = new MigrationStore({ client: db.client }, "alias10", 2);
  await store.createTable();
  const tables = await readTableIds(db.client, { source: "alias10_v1", target: "alias10_v2" });
  await store.start({ from: 1, transform: "none", segments: 1, startedAt: Date.now(), tables });
  const send = db.client.send.bind(db.client) as (command: unknown) => Promise<unknown>;
  jest.spyOn(db.client, "send").mockImplementation(((command: unknown) => {
    if (command instanceof ListTablesCommand) listed += 1;
    const { TableName } = (command as { input: { TableName?: string } }).input;
    if (TableName?.endsWith("_migration")) asked.add(TableName);
    return send(command);
  }) as never);
});
afterAll(() => db.stop());

test("a look reads an alias with a migration each time, the others in turn, and lists tables once", async () => {
  const watch = new TableWatch({ client: db.client, controlTable: CONTROL_TABLE }, OPTIONS);
  const before = new Map<string, string | null>();
  const looks: string[][] = [];
  // A second a look: by the wall clock of a slow machine a list of tables may be old in the next one.
  let now = Date.now();
  const clock = jest.spyOn(Date, "now").mockImplementation(() => now);
  for (let look = 0; look < 4; look++) {
    now += 1_000;
    const { aliases } = await watch.lookOrThrow(false);
    looks.push(
      aliases.flatMap(({ alias, observed }) => (observed === before.get(alias) ? [] : alias)),
    );
    for (const { alias, observed } of aliases) before.set(alias, observed);
    if (look === 0) for (const { alias } of aliases) before.set(alias, before.get(alias) ?? null);
  }
  clock.mockRestore();
  expect(looks.slice(1).filter((read) => read.includes("alias10"))).toHaveLength(3);
  expect([...before.values()]).not.toContain(null);
  // Doctor lists them too.
  expect(listed).toBeLessThanOrEqual(2);
});

test("a new table of an alias is seen in the look after 5 s where the account has few tables", async () => {
  const options = { ...OPTIONS, aliases: ["alias11"] };
  const watch = new TableWatch({ client: db.client, controlTable: CONTROL_TABLE }, options);
  let now = Date.now();
  const clock = jest.spyOn(Date, "now").mockImplementation(() => now);
  const versions = async () =>
    (await watch.lookOrThrow(false)).aliases[0]?.versions.map(({ version }) => version);
  expect(await versions()).toEqual([1]);
  await db.createTable("alias11_v2");
  now += 6_000;
  expect(await versions()).toEqual([2, 1]);
  clock.mockRestore();
});

test("doctor examines an alias that has moved with the next look", async () => {
  const options = { ...OPTIONS, aliases: ["alias12", "alias13"] };
  const watch = new TableWatch({ client: db.client, controlTable: CONTROL_TABLE }, options);
  const now = Date.now();
  const clock = jest.spyOn(Date, "now").mockImplementation(() => now);
  const lost = ({
    doctor,
  }: {
    doctor: { findings: { code: string; table: string | null }[] } | null;
  }) =>
    doctor?.findings.flatMap(({ code, table }) => (code === "active-table-missing" ? table : []));
  expect(lost(await watch.lookOrThrow(true))).toEqual(["alias12_v1", "alias13_v1"]);
  await db.put(goRow("alias13", 4, now));
  // The clock stands still: that a minute is over is not why.
  let found: ReturnType<typeof lost>;
  for (let looks = 0; looks < 500 && !found?.includes("alias13_v4"); looks++)
    found = lost(await watch.lookOrThrow(false));
  expect(found).toEqual(["alias12_v1", "alias13_v4"]);
  clock.mockRestore();
});

test("records of migrations are asked for where the alias has a table of them", async () => {
  const watch = new TableWatch({ client: db.client, controlTable: CONTROL_TABLE }, OPTIONS);
  asked.clear();
  await watch.lookOrThrow(true);
  expect([...asked]).toEqual([migrationTable("alias10")]);
});

describe("what a page is sent", () => {
  const alias = (name: string, active: number) =>
    ({ alias: name, active }) as DashboardJson["controlTables"][number]["aliases"][number];
  const [a, b] = [alias("a", 1), alias("b", 1)];
  const doctor = { at: "now", findings: [], failure: null };
  const facts = (aliases: (typeof a)[], found = doctor): DashboardJson => ({
    observed: "now",
    program: "swap",
    grace: "24h",
    controlTables: [{ name: "t", failure: null, aliases, doctor: found }],
  });

  test("is all at first, then only what has changed, and gives the same facts", () => {
    const first = facts([a, b]);
    expect(changesOf(first, undefined, 1).controlTables[0]).toEqual(first.controlTables[0]);
    expect(withChanges(null, changesOf(first, undefined, 1))).toEqual(first);
    const moved = alias("b", 2);
    for (const next of [
      facts([a, moved]),
      facts([moved]),
      facts([alias("c", 1), a], { ...doctor }),
    ])
      expect(withChanges(first, changesOf(next, first, 1))).toEqual(next);
    const { aliases, doctor: sent } = changesOf(facts([a, moved]), first, 1).controlTables[0] ?? {};
    expect({ aliases, sent }).toEqual({ aliases: ["a", moved], sent: undefined });
  });

  test("is called live only while it arrives", () => {
    const known = { isReport: false, isConnected: true, intervalMs: 2_000 };
    expect(liveLine(facts([]), { ...known, silentMs: 16_000 })).toEqual({
      text: "Live, now",
      bad: false,
    });
    expect(liveLine(facts([]), { ...known, silentMs: 25_000 })).toEqual({
      text: "No facts for 20 s: these are of now",
      bad: true,
    });
    expect(liveLine(null, { ...known, silentMs: 0 }).text).toBe("Reading");
    const failure = { since: "2026-11-28T03:04:05.000Z", code: "c", message: "m", hint: null };
    const controlTables = facts([]).controlTables.map((table) => ({ ...table, failure }));
    expect(liveLine({ ...facts([]), controlTables }, { ...known, silentMs: 0 })).toEqual({
      text: "1 control table is not read since 03:04:05Z",
      bad: true,
    });
  });
});
