import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { MigrationStore } from "../../src/migration";
import { compared, grants } from "../engine/policies-page";
import { type RecordingProxy, recordingProxy } from "../support/recording-proxy";
import { CONTROL_TABLE, type Database, goRow, type Row, startDatabase } from "./database";
import { type Ended, swap } from "./swap";

const ACCESS_DENIED = 6;

/** Changes the key, and fails for one item. */
const TRANSFORM = join(mkdtempSync(join(tmpdir(), "swap-policies-")), "to-v4.mjs");
writeFileSync(
  TRANSFORM,
  `export default ({ pk, n }) => {
  if (n.N === "2") throw new Error("no room");
  return { pk: { S: "new-" + pk.S }, n };
};`,
);

let db: Database;
let proxy: RecordingProxy;
let env: Record<string, string>;
let made = 0;

beforeAll(async () => {
  db = await startDatabase();
  proxy = await recordingProxy(db.endpoint);
  env = { SWAP_CONTROL_TABLE: CONTROL_TABLE, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
});
afterAll(async () => {
  await proxy.stop();
  await db.stop();
});

const copying = (alias: string) => [alias, "--from", "3", "--to", "4", "--transform", TRANSFORM];
const verifying = (alias: string) => ["verify", alias, "3", "4", "--transform", TRANSFORM];

const storeOf = (alias: string) => new MigrationStore({ client: db.client }, alias, 4);

/** Records that the item `a0` is parked, as a run may leave it whose service had refused the item for a while. */
async function parkFirst(alias: string): Promise<void> {
  const recorder = await storeOf(alias).parkedKeys([{ name: "pk", type: "S" }]);
  await recorder.park({ sourceKey: { pk: { S: "a0" } }, kind: "refused", reason: "too large" });
}

/** What each command does in all its parts: each run has to end with the code. */
const STORIES: Record<
  string,
  (run: (args: string[], code: number) => Promise<void>, alias: string) => Promise<void>
> = {
  async copy(run, alias) {
    await run(["migrate", "copy", ...copying(alias)], 10);
    await parkFirst(alias);
    await run(["migrate", "copy", ...copying(alias)], 10);
    await run(["migrate", "copy", ...copying(alias), "--restart"], 10);
  },
  async verify(run, alias) {
    await run(verifying(alias), 10);
    await run(verifying(alias), 10);
  },
  async repair(run, alias) {
    await swap(verifying(alias), db.env);
    await parkFirst(alias);
    await run(["migrate", "repair", ...copying(alias)], 10);
  },
  async control(run, alias) {
    await swap(["migrate", "copy", ...copying(alias)], db.env);
    await run(["migrate", "pause", alias, "4"], 0);
    await run(["migrate", "resume", alias, "4"], 0);
    await run(["migrate", "throttle", alias, "4", "500"], 0);
    const asProgram = { from: 3, transform: "none", segments: 1, startedAt: 1 } as const;
    const store = new MigrationStore({ client: db.client }, alias, 5);
    const tables = { source: "3", target: "5" };
    const { run: copy } = await store.start({ ...asProgram, tables, engine: "lambda" });
    await store.beginReplay(copy, 2);
    await run(["migrate", "verify", alias, "5"], 0);
    await run(["migrate", "cancel", alias, "4", "--yes"], 0);
  },
  async status(run, alias) {
    await swap(["migrate", "copy", ...copying(alias)], db.env);
    await run(["status", alias], 0);
    await run(["status", alias, "4", "--json"], 0);
  },
};

class Stopped extends Error {
  constructor(readonly ran: Ended) {
    super();
  }
}

/** An alias with three items in version 3, which is active, and in version 4 an item that belongs to none. */
async function newAlias(): Promise<string> {
  made += 1;
  const alias = `allowed${made}`;
  await db.put(goRow(alias, 3));
  for (const version of [3, 4]) await db.createTable(`${alias}_v${version}`);
  const put = (Item: Row) => ({ PutRequest: { Item } });
  const items = ["0", "1", "2"].map((n) => put({ pk: { S: `a${n}` }, n: { N: n } }));
  await db.client.send(
    new BatchWriteItemCommand({
      RequestItems: { [`${alias}_v3`]: items, [`${alias}_v4`]: [put({ pk: { S: "extra" } })] },
    }),
  );
  return alias;
}

/** A call in the names of docs/iam.md. */
const documented = (alias: string) => (call: string) =>
  call.replace(` ${CONTROL_TABLE}`, " shop_swap").replace(` ${alias}_`, " orders_");

const rows = async () =>
  (await db.client.send(new ScanCommand({ TableName: CONTROL_TABLE }))).Items ?? [];

describe.each(["copy", "verify", "repair", "control", "status"])("the policy %s", (name) => {
  const story = STORIES[name] as (typeof STORIES)[string];

  test("grants exactly what the command asks for, and no write of the pointer", async () => {
    const alias = await newAlias();
    const before = await rows();
    proxy.calls.clear();
    await story(async (args, code) => {
      expect([args, (await swap(args, env)).code]).toEqual([args, code]);
    }, alias);
    const asked = [...proxy.calls].map(documented(alias)).sort();
    expect(compared(asked, grants(name))).toEqual({ refused: [], unused: [] });
    expect(await rows()).toEqual(before);
  });

  test.each(grants(name).map(({ action, resource }) => [action, resource]))(
    "without %s on %s the error names it",
    async (action, resource) => {
      const alias = await newAlias();
      const table = (resource ?? "")
        .replace("table/", "")
        .replace("shop_swap", CONTROL_TABLE)
        .replace("orders_", `${alias}_`);
      proxy.refused.add(`${action} ${table}`);
      const denied = await story(async (args, code) => {
        const ran = await swap(args, env);
        // The first run that ends otherwise ends the story.
        if (ran.code !== code) throw new Stopped(ran);
      }, alias)
        .catch((error: unknown) => {
          if (error instanceof Stopped) return error.ran;
          throw error;
        })
        .finally(() => proxy.refused.clear());
      expect(denied).toMatchObject({ code: ACCESS_DENIED, stdout: "" });
      const [line, fix] = (denied as Ended).stderr.split("\n").slice(-3);
      expect(line).toContain(`${action} on "${table}"`);
      expect(fix).toContain(`dynamodb:${action}`);
    },
  );
});
