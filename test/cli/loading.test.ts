import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Database, goRow, startDatabase } from "./database";
import { HOME, swap } from "./swap";

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

const within = (loaded: string[], scope: string) =>
  loaded.filter((path) => path.includes(`node_modules/${scope}/`));

test.each([[["get", "orders"]], [["list"]], [["versions", "orders"]], [["doctor"]]])(
  "%j never loads Pulumi",
  async (args) => {
    const loaded = await loadedBy(args);
    expect(within(loaded, "@aws-sdk")).not.toEqual([]);
    expect(within(loaded, "@pulumi")).toEqual([]);
  },
);

test.each([
  [["get", "--help"]],
  [["--help"]],
  [["get", "a/b"]],
  [["get", "orders", "--nope"]],
  [["env", "orders"]],
  [["versions", "a/b"]],
  [["doctor", "a/b"]],
  [["watch", "--interval", "x"]],
])("%j is answered without the AWS SDK", async (args) => {
  const loaded = await loadedBy(args);
  expect(within(loaded, "@oclif")).not.toEqual([]);
  expect(within(loaded, "@aws-sdk")).toEqual([]);
  expect(within(loaded, "@smithy")).toEqual([]);
});
