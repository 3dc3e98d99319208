import { spawn, spawnSync } from "node:child_process";
import { type Database, goRow, startDatabase } from "./database";
import { startProxy } from "./proxy";
import { AWS_ENV, BASE_ENV, BIN, swap } from "./swap";

/** util-linux's `script` gives a command a terminal; other systems have another `script`. */
const hasTerminal = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes(
  "util-linux",
);
if (!hasTerminal) console.warn("SKIPPED: tests on a terminal need script of util-linux");

const ESCAPE = "\u001b[";
let db: Database;
beforeAll(async () => {
  db = await startDatabase();
  await db.put(goRow("orders", 7));
});
afterAll(() => db.stop());

function onTerminal(args: string[], env: Record<string, string>): Promise<string> {
  const command = [process.execPath, BIN, ...args].map((part) => `'${part}'`).join(" ");
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: { ...BASE_ENV, ...AWS_ENV, TERM: "xterm", ...db.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  return new Promise((resolve) => child.once("close", () => resolve(out.replaceAll("\r\n", "\n"))));
}

(hasTerminal ? describe : describe.skip)("on a terminal", () => {
  test("tables have colour", async () => {
    expect(await onTerminal(["list"], {})).toContain(`${ESCAPE}32m7${ESCAPE}0m`);
  });

  test("NO_COLOR takes it away, and what is left is what a pipe gets", async () => {
    const plain = await onTerminal(["list"], { NO_COLOR: "1" });
    expect(plain).not.toContain(ESCAPE);
    expect(plain).toBe((await swap(["list"], db.env)).stdout);
  });

  test("a long run tells how far it is, and leaves nothing of it", async () => {
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
    expect(stdout).toContain(`${ESCAPE}32m7${ESCAPE}0m`);
    const json = await swap(["list", "--json"], { ...db.env, FORCE_COLOR: "1" });
    expect(json.stdout).not.toContain(ESCAPE);
  });
});
