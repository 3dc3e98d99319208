import { formatColumns, wrapWords } from "../../src/cli/columns";
import { compareNames, formatAge } from "../../src/cli/format";
import { type Database, goRow, startDatabase } from "./database";
import { ownRow } from "./rows";
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

  const shown = async (args: string[], columns: number) => {
    const { out } = await terminal(args, { ...db.env, NO_COLOR: "1" }, { columns });
    // What is between two erasures of a line is progress, which a slow machine shows.
    const lines = out.split(ERASE).filter((part) => part.includes("\n"));
    return lines.join("").replaceAll(since, "2025-10-09T08:53:20.000Z");
  };

  test.each([60, 80, 120])("tables, notes, findings and errors fit %i columns", async (columns) => {
    for (const args of [
      ["list"],
      ["history", "orders2"],
      ["doctor", "orders2"],
      ["get", "order2"],
      ["versions", "order2"],
      ["versions", "orders2"],
      ["status", "orders2"],
    ]) {
      const out = await shown(args, columns);
      expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(out).toMatchSnapshot();
    }
  });
});
