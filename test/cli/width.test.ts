import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ListTablesCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { formatColumns, wrapWords } from "../../src/cli/columns";
import { compareNames, formatAge } from "../../src/cli/format";
import { MigrationStore } from "../../src/migration";
import { type Database, goRow, startDatabase } from "./database";
import { ownRow } from "./rows";
import { HOME } from "./swap";
import { hasTerminal, terminal } from "./terminal";

/** 500 and a half days ago: the age that is printed does not change during the run. */
const at = Date.now() - 500.5 * 86_400_000;
const since = new Date(at).toISOString();
const why = "the totals of March were wrong, see ticket 4711, and the backfill is complete";

/** How the progress line is erased. */
const ERASE = "\r\u001b[2K";

interface Line {
  name: string;
  note: string;
}
const rows: Line[] = [
  { name: "orders", note: "one two three four five six seven" },
  { name: "customers", note: "-" },
];
const name = { heading: "NAME", cell: (row: Line) => row.name };
const note = { heading: "NOTE", wrap: true, cell: (row: Line) => row.note };
const extra = { heading: "EXTRA", omit: 1, cell: () => "0123456789" };

describe("columns", () => {
  test("are as wide as their cells where no width is given", () => {
    expect(formatColumns(rows, [name, extra, note], false)).toEqual({
      omitted: [],
      lines: [
        "NAME       EXTRA       NOTE",
        "orders     0123456789  one two three four five six seven",
        "customers  0123456789  -",
      ],
    });
  });

  test("wrap their texts between words", () => {
    expect(formatColumns(rows, [name, note], false, 33)).toEqual({
      omitted: [],
      lines: [
        "NAME       NOTE",
        "orders     one two three four",
        "           five six seven",
        "customers  -",
      ],
    });
  });

  test("leave out what has no room, and name it", () => {
    expect(formatColumns(rows, [name, extra, note], false, 33)).toEqual({
      omitted: ["EXTRA"],
      lines: formatColumns(rows, [name, note], false, 33).lines,
    });
  });

  test("become a line a cell where nothing else helps", () => {
    expect(formatColumns(rows, [name, extra, note], false, 20)).toEqual({
      omitted: [],
      lines: [
        "NAME   orders",
        "EXTRA  0123456789",
        "NOTE   one two three",
        "       four five six",
        "       seven",
        "",
        "NAME   customers",
        "EXTRA  0123456789",
        "NOTE   -",
      ],
    });
  });

  test("never break a word", () => {
    expect(wrapWords("a orders_v1234567890 b", 10)).toEqual(["a", "orders_v1234567890", "b"]);
  });
});

test("names are sorted by the numbers in them", () => {
  const names = ["orders10", "orders2", "Orders2", "carts", "orders"];
  expect(names.toSorted(compareNames)).toEqual([
    "carts",
    "orders",
    "orders2",
    "Orders2",
    "orders10",
  ]);
});

test.each([
  [0, "now"],
  [-5_000, "now"],
  [1_000, "1 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [3_600_000, "1 h"],
  [86_399_999, "23 h"],
  [3 * 86_400_000, "3 d"],
])("%i ms ago is %s", (ms, age) => {
  expect(formatAge(at, at + ms)).toBe(age);
});

test("a seed and a row without a time have no age", () => {
  expect([formatAge(0, at), formatAge(undefined, at)]).toEqual(["-", "-"]);
});

(hasTerminal ? describe : describe.skip)("on a terminal", () => {
  let db: Database;
  beforeAll(async () => {
    db = await startDatabase();
    await db.putAll([
      goRow("orders10", 7, at),
      ownRow("orders2", [
        { version: 3, at, by: "deploy-pipeline", why: "first" },
        { version: 4, at, by: "deploy-pipeline", why },
        { version: 3, at, kind: "rollback", by: "on-call", why: "wrong totals" },
      ]),
      { pk: { S: "broken" }, ver: { S: "4" } },
    ]);
  });
  afterAll(() => db.stop());

  const shown = async (args: string[], columns: number, until?: string) => {
    const ran = await terminal(
      args,
      { ...db.env, NO_COLOR: "1" },
      { columns, ...(until && { until }) },
    );
    // What is between two erasures of a line is progress, which a slow machine shows.
    const lines = ran.out.split(ERASE).filter((part) => part.includes("\n"));
    const out = lines.join("").replaceAll(since, "2025-10-09T08:53:20.000Z");
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
    return out;
  };

  test.each([60, 80, 120])("tables, notes, findings and errors fit %i columns", async (columns) => {
    const all = [
      ["list"],
      ["history", "orders2"],
      ["doctor", "orders2"],
      ["get", "order2"],
      ["versions", "order2"],
      ["versions", "orders2"],
      ["status", "orders2"],
    ];
    for (const out of await Promise.all(all.map((args) => shown(args, columns))))
      expect(out).toMatchSnapshot();
  });

  test.each([60, 80, 120])("grouped findings fit %i columns", async (columns) => {
    const table = `many_swap_${columns}`;
    await db.createTable(table);
    for (let n = 1; n <= 21; n++) {
      const Item = goRow(`customers-of-region-${n}`, 3, at);
      await db.client.send(new PutItemCommand({ TableName: table, Item }));
    }
    const out = await shown(["doctor", "--severity", "error", "--control-table", table], columns);
    expect(out).toMatchSnapshot();
  });

  test.each([60, 80, 120])(
    "a copy, a verification and its repair fit %i columns",
    async (columns) => {
      const alias = "customers-by-name";
      await db.put(goRow(alias, 3, at));
      const [from, to] = [`${alias}_v3`, `${alias}_v4`];
      const known = (await db.client.send(new ListTablesCommand({}))).TableNames ?? [];
      for (const table of [from, to].filter((each) => !known.includes(each)))
        await db.createTable(table);
      await new MigrationStore({ client: db.client }, alias, 4).createTable();
      const put = (TableName: string, pk: string) =>
        db.client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk } } }));
      for (let item = 1; item <= 9; item++) await put(from, `customer#000${item}`);
      const throwing =
        "if (pk.S.endsWith('7')) throw new Error('the item has neither a name nor a mail address'); return { pk };";
      // The home folder is printed as ~.
      const file = join(HOME, "to-v4.mjs");
      writeFileSync(file, `export default ({ pk }) => { ${throwing} };`);
      // One segment after the other: the keys are found in the same order each time.
      const how = ["--concurrency", "1", "--transform", file];
      const copy = ["--from", "3", "--to", "4", ...how];
      expect(
        await shown(["migrate", "copy", alias, ...copy, "--restart"], columns),
      ).toMatchSnapshot();
      for (const extra of [1, 2, 3, 4]) await put(to, `prospect#${extra}`);
      expect(await shown(["verify", alias, "3", "4", ...how], columns)).toMatchSnapshot();
      expect(await shown(["migrate", "repair", alias, ...copy], columns)).toMatchSnapshot();
    },
  );

  test.each([60, 80, 120])("watch fits %i columns", async (columns) => {
    const watched = ["watch", "orders2", "broken", "order2"];
    const out = await shown(watched, columns, '"orders2"?');
    const looked = /^\d{4}-\d\d-\d\dT[\d:.]+Z/gm;
    expect(out.replace(looked, "2027-02-21T20:53:20.000Z").replace("^C", "")).toMatchSnapshot();
  });

  test("what a script reads is never wrapped", async () => {
    const env = { ...db.env, NO_COLOR: "1" };
    const { out } = await terminal(
      ["env", "orders10", "--offline", "--control-table", "x".repeat(90)],
      env,
      {
        columns: 60,
      },
    );
    expect(out).toBe(
      `export SWAP_CONTROL_TABLE='${"x".repeat(90)}'\nexport SWAP_ALIAS='orders10'\n`,
    );
  });
});
