import { SwapError } from "../../src/errors";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "./database";
import { named } from "./rows";
import { jsonOf, printed, swap } from "./swap";
import { hasTerminal, terminal } from "./terminal";

let db: Database;
const at = 1_760_000_000_000;
const since = new Date(at).toISOString();

beforeAll(async () => {
  db = await startDatabase();
  await db.putAll([
    goRow("orders", 7, at),
    goRow("zero", 0),
    named(goRow("customers", 1), "customers"),
    named(goRow("people", 2), "customers"),
    { pk: { S: "no-ver" }, at: { N: "1" } },
    { pk: { S: "text-ver" }, ver: { S: "4" } },
    { pk: { S: "huge-ver" }, ver: { N: "9007199254740993" } },
    {
      ...goRow("ours", 3, at),
      prev: { N: "2" },
      op: { S: "op-1" },
      by: { S: "deploy" },
      why: { S: "new index" },
      hist: {
        L: [
          {
            M: { ver: { N: "3" }, at: { N: String(at) }, kind: { S: "set" }, op: { S: "op-1" } },
          },
        ],
      },
    },
  ]);
});
afterAll(() => db.stop());

describe("swap get", () => {
  test("suggests the alias that was meant", async () => {
    const ran = await swap(["get", "order"], db.env);
    expect([ran.code, ran.stdout]).toEqual([3, ""]);
    expect(ran.stderr).toMatch(/^ {2}fix: did you mean "orders"\? \w/m);
    expect(jsonOf(await swap(["get", "order", "--json"], db.env))).toMatchObject({
      error: { code: "swap.no-active-version", alias: "order", nearest: "orders" },
    });
  });

  test("so does each command about an alias that has neither a row nor a table", async () => {
    const commands = [
      ["versions", "order"],
      ["history", "order"],
      ["status", "order"],
      ["doctor", "order"],
      ["resolve", "order", "--strict"],
      ["env", "order"],
      ["env", "order", "--format", "dotenv"],
      ["report", "order"],
      ["dashboard", "order", "--port", "0"],
      ["verify", "order", "1", "2"],
      ["cutover", "order", "2", "-y", "-r", "now"],
      ["migrate", "copy", "order", "--from", "1", "--to", "2"],
    ];
    const error = { code: "swap.no-active-version", alias: "order", nearest: "orders" };
    for (const args of commands) {
      const ran = await swap([...args, "--json"], db.env);
      expect([args, ran.code, jsonOf(ran)]).toMatchObject([args, 3, { error }]);
    }
    const paused = await swap(
      ["migrate", "pause", "order", "2", "-r", "peak hours", "--json"],
      db.env,
    );
    const hint = expect.stringContaining('"orders"');
    expect([paused.code, jsonOf(paused)]).toMatchObject([2, { error: { hint } }]);
  });

  test("prints only the version of a row that the Go implementation wrote", async () => {
    expect(await swap(["get", "orders"], db.env)).toEqual({ code: 0, stdout: "7\n", stderr: "" });
  });

  test("prints version 0 of a foreign row unchanged", async () => {
    expect(await swap(["get", "zero"], db.env)).toEqual({ code: 0, stdout: "0\n", stderr: "" });
  });

  test("takes flags in place of the environment, and SWAP_ALIAS in place of the argument", async () => {
    const flags = ["--control-table", CONTROL_TABLE, "--endpoint-url", db.endpoint];
    const ran = await swap(["get", ...flags, "--region=us-east-1"], { SWAP_ALIAS: "orders" });
    expect(ran).toEqual({ code: 0, stdout: "7\n", stderr: "" });
  });

  test("--json prints the row's attributes", async () => {
    const ran = await swap(["get", "ours", "--json"], db.env);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(jsonOf(ran)).toEqual({
      alias: "ours",
      version: 3,
      since,
      kind: "set",
      by: "deploy",
      why: "new index",
      previous: 2,
      barred: false,
      retired: false,
    });
  });

  test("--json shows a foreign row", async () => {
    expect(jsonOf(await swap(["get", "orders", "--json"], db.env))).toEqual({
      alias: "orders",
      version: 7,
      since,
      kind: "foreign",
      by: null,
      why: null,
      previous: null,
      barred: false,
      retired: false,
    });
  });

  test("exits with 3 for an alias without a row", async () => {
    expect(await swap(["get", "nothing"], db.env)).toEqual({
      code: 3,
      stdout: "",
      stderr: printed("swap.no-active-version", { alias: "nothing", controlTable: CONTROL_TABLE }),
    });
  });

  test.each([
    ["no-ver", "nothing"],
    ["text-ver", '"4" (S)'],
  ])("exits with 5 for the malformed row %s", async (alias, found) => {
    expect(await swap(["get", alias], db.env)).toEqual({
      code: 5,
      stdout: "",
      stderr: printed("swap.malformed-row", {
        alias,
        controlTable: CONTROL_TABLE,
        attribute: "ver",
        found,
      }),
    });
  });

  test("exits with 5 for a version beyond 2^53-1, and never rounds it", async () => {
    const ran = await swap(["get", "huge-ver"], db.env);
    expect(ran).toMatchObject({ code: 5, stdout: "" });
    expect(ran.stderr).toContain(" 9007199254740993");
  });

  test("--json prints an error as one object, and nothing else", async () => {
    const ran = await swap(["get", "text-ver", "--json"], db.env);
    expect(ran).toMatchObject({ code: 5, stderr: "" });
    const payload = {
      alias: "text-ver",
      controlTable: CONTROL_TABLE,
      attribute: "ver",
      found: '"4" (S)',
    };
    const { code, message, hint } = new SwapError("swap.malformed-row", payload);
    expect(jsonOf(ran)).toEqual({ error: { code, message, hint, ...payload } });
  });
});

describe("swap resolve", () => {
  test("--strict refuses an alias without a row", async () => {
    const ran = await swap(["resolve", "nothing", "--strict"], db.env);
    expect(ran).toMatchObject({ code: 3, stdout: "" });
    expect(await swap(["resolve", "orders", "--strict"], db.env)).toMatchObject({ code: 0 });
  });

  test("prints only the active table", async () => {
    expect(await swap(["resolve", "orders"], db.env)).toEqual({
      code: 0,
      stdout: "orders_v7\n",
      stderr: "",
    });
  });

  test.each([
    ["customers", "customers"],
    ["people", "people_v2"],
  ])("prints the table of %s that the row names for its version", async (alias, table) => {
    expect(await swap(["resolve", alias], db.env)).toEqual({
      code: 0,
      stdout: `${table}\n`,
      stderr: "",
    });
  });

  test("implies version 1 for an alias without a row, and says so on stderr", async () => {
    expect(await swap(["resolve", "nothing"], db.env)).toEqual({
      code: 0,
      stdout: "nothing_v1\n",
      stderr: expect.stringMatching(
        new RegExp(`^swap: alias "nothing" .*"${CONTROL_TABLE}".*\\b1\\b.*\\n$`),
      ),
    });
  });

  (hasTerminal ? test : test.skip)("suggests the alias that was meant to a person", async () => {
    const { code, out } = await terminal(["resolve", "order"], db.env);
    expect(code).toBe(0);
    expect(out).toContain('alias "order" has no row; did you mean "orders"?');
    expect((await swap(["resolve", "order"], db.env)).stderr).not.toContain('"orders"');
  });

  test("--json shows whether version 1 is implied", async () => {
    const ran = await swap(["resolve", "nothing", "--json"], db.env);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(jsonOf(ran)).toEqual({
      alias: "nothing",
      table: "nothing_v1",
      version: 1,
      implicit: true,
    });
  });

  test("implies nothing for a malformed row", async () => {
    expect(await swap(["resolve", "no-ver"], db.env)).toMatchObject({ code: 5, stdout: "" });
  });
});
