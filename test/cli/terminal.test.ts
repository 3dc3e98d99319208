import { stripVTControlCharacters, styleText } from "node:util";
import { type Database, goRow, startDatabase } from "./database";
import { startProxy } from "./proxy";
import { ownRow } from "./rows";
import { swap } from "./swap";
import { hasTerminal, terminal } from "./terminal";

const ESCAPE = "\u001b[";
const GREEN_7 = styleText("green", "7", { validateStream: false });
let db: Database;
beforeAll(async () => {
  db = await startDatabase();
  await db.put(goRow("orders", 7));
});
afterAll(() => db.stop());

const onTerminal = async (args: string[], env: Record<string, string>) =>
  (await terminal(args, { ...db.env, ...env })).out;

(hasTerminal ? describe : describe.skip)("on a terminal", () => {
  test("tables have colour", async () => {
    expect(await onTerminal(["list"], {})).toContain(GREEN_7);
  });

  test("NO_COLOR turns color off; the rest is the same as in a pipe", async () => {
    // A dumb terminal gets no progress, which a slow machine would show.
    const plain = await onTerminal(["list"], { NO_COLOR: "1", TERM: "dumb" });
    expect(plain).not.toContain(ESCAPE);
    expect(plain).toBe((await swap(["list"], db.env)).stdout);
  });

  test.each([
    [["get", "orders"], 0],
    [["get", "nobody"], 3],
    [["resolve", "nobody"], 0],
    [["list"], 0],
    [["versions", "orders"], 0],
    [["history", "orders"], 0],
    [["env", "orders"], 0],
    [["doctor", "orders", "--grace", "1h"], 8],
    [["wait", "orders", "--version", "7"], 0],
    [["wait", "orders", "--version", "8", "--timeout", "0s"], 9],
    [["get", "a/b"], 2],
    [["list", "--help"], 0],
  ])("%j says there what it says in a pipe: exit code %i", async (args, code) => {
    const shown = await terminal(args, { ...db.env, NO_COLOR: "1", TERM: "dumb" });
    const piped = await swap(args, db.env);
    expect([shown.code, piped.code]).toEqual([code, code]);
    const lines = (text: string) => text.split("\n").sort();
    expect(lines(shown.out)).toEqual(lines(piped.stdout + piped.stderr));
  });

  test("watch goes on until it is interrupted there", async () => {
    const { code, out } = await terminal(["watch", "orders"], db.env, {
      until: "another writer\r\n",
    });
    expect(code).toBe(130);
    expect(out).toMatch(/^\S+Z {2}orders {2}7 {2}orders_v7 {2}by another writer$/m);
  });

  test("a long run shows its progress, and clears it at the end", async () => {
    const proxy = await startProxy(db.endpoint, new Set(["Scan", "DescribeTable", "ListTables"]));
    proxy.slow = 600;
    try {
      const env = { AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
      const shown = await onTerminal(["doctor"], env);
      expect(shown).toContain(`\r${ESCAPE}2Kswap: examining alias 1 of 1\r${ESCAPE}2K`);
      expect(await onTerminal(["doctor"], { ...env, TERM: "dumb" })).not.toContain("examining");
      expect(await onTerminal(["doctor", "--json"], env)).not.toContain("examining");
      expect((await swap(["doctor"], { ...db.env, ...env })).stderr).not.toContain("examining");
    } finally {
      await proxy.stop();
    }
  });

  test("get and JSON are plain all the same", async () => {
    expect(await onTerminal(["get", "orders"], {})).toBe("7\n");
    expect(await onTerminal(["get", "orders", "--json"], {})).not.toContain(ESCAPE);
  });
});

describe("in a pipe", () => {
  test("there is no colour", async () => {
    expect((await swap(["list"], db.env)).stdout).not.toContain(ESCAPE);
  });

  test("FORCE_COLOR asks for it", async () => {
    const { stdout } = await swap(["list"], { ...db.env, FORCE_COLOR: "1" });
    expect(stdout).toContain(GREEN_7);
    const json = await swap(["list", "--json"], { ...db.env, FORCE_COLOR: "1" });
    expect(json.stdout).not.toContain(ESCAPE);
  });
});

(hasTerminal ? describe : describe.skip)("on a terminal, with more rows", () => {
  test("a blocked version and a missing table stand out", async () => {
    await db.putAll([
      ownRow(
        "carts",
        [
          { version: 2, at: 1_760_000_000_000 },
          { version: 1, at: 1_760_000_000_001, kind: "rollback" },
        ],
        [2],
      ),
      { pk: { S: "torn" }, ver: { S: "4" } },
    ]);
    for (const version of [2, 3]) await db.createTable(`carts_v${version}`);
    const painted = (style: "red" | "yellow", text: string) =>
      styleText(style, text, { validateStream: false });
    const versions = await onTerminal(["versions", "carts"], {});
    const status = await onTerminal(["status", "carts"], {});
    const list = await onTerminal(["list"], {});
    const doctor = await onTerminal(["doctor", "carts"], {});
    for (const out of [versions, status]) {
      expect(out).toContain(painted("yellow", "previous, barred"));
      expect(out).toContain(painted("red", "MISSING"));
    }
    expect(list).toContain(painted("red", "?"));
    expect(doctor).toContain(painted("red", "error  "));
    // The same in words, for readers who see no colour.
    const plain = await onTerminal(["versions", "carts"], { NO_COLOR: "1" });
    expect(plain).toBe(stripVTControlCharacters(versions));
    expect(plain).toContain("MISSING");
    expect(plain).toContain("barred");
  });
});
