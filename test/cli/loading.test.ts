import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Database, goRow, startDatabase } from "./database";
import { CHECKOUT, HOME, swap } from "./swap";

let db: Database;
beforeAll(async () => {
  db = await startDatabase();
  await db.put(goRow("orders", 1));
});
afterAll(() => db.stop());

async function loadedBy(args: string[]): Promise<string[]> {
  const file = join(HOME, "loaded.json");
  await swap(args, {
    ...db.env,
    NODE_OPTIONS: `--require ${join(__dirname, "record-modules.cjs")}`,
    LOADED_MODULES: file,
  });
  return JSON.parse(readFileSync(file, "utf8")) as string[];
}

const ours = (loaded: string[]) =>
  loaded
    .filter((path) => !/node_modules|record-modules/.test(path))
    .map((path) => relative(CHECKOUT, path));

/** The scopes of the packages that were loaded. */
const scopes = (loaded: string[]) =>
  new Set(loaded.flatMap((path) => /node_modules\/([^/]+)/.exec(path)?.[1] ?? []));

test.each([[["get", "orders"]], [["list"]], [["versions", "orders"]], [["doctor"]]])(
  "%j loads one file and the AWS SDK",
  async (args) => {
    const loaded = await loadedBy(args);
    expect(ours(loaded)).toEqual(["bin/run.js", "dist/command/swap.js"]);
    expect(scopes(loaded)).toContain("@aws-sdk");
    for (const scope of scopes(loaded))
      expect(scope).toMatch(/^(@aws-sdk|@smithy|@aws|bowser|obliterator|mnemonist|tslib)$/);
  },
);

test.each([
  [["get", "--help"]],
  [["--help"]],
  [["get", "a/b"]],
  [["get", "orders", "--nope"]],
  [["env", "orders", "--offline"]],
  [["versions", "a/b"]],
  [["doctor", "a/b"]],
  [["watch", "--interval", "x"]],
])("%j is answered from one file, without the AWS SDK", async (args) => {
  const loaded = await loadedBy(args);
  expect(ours(loaded)).toEqual(["bin/run.js", "dist/command/swap.js"]);
  expect([...scopes(loaded)]).toEqual([]);
});
