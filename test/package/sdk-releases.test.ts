import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { LOWEST_SDK } from "../../src/aws";
import { type LocalDynamoDB, startEmbeddedDynamoDB } from "../../tools/local-aws/embedded-dynamodb";
import { bodyOf, forward } from "../support/forward";
import { CHECKOUT, installed, pack, type Ran, run, write } from "./packed";

/** The last release before the lowest that works. */
const TOO_OLD = "3.927.0";

let dynamodb: LocalDynamoDB;
/** Passes everything on, and drops the answer to the first UpdateItem of a path after it was applied. */
let proxy: Server;
const folders: string[] = [];
let archive: string;
beforeAll(async () => {
  archive = (await pack()).file;
  dynamodb = await startEmbeddedDynamoDB();
  const dropped = new Set<string>();
  proxy = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const { authorization = "" } = incoming.headers;
    const key = authorization.split("/")[0] ?? "";
    const drop =
      String(incoming.headers["x-amz-target"]).endsWith(".UpdateItem") && !dropped.has(key);
    if (!drop) return forward(dynamodb.endpoint, incoming, body, outgoing);
    dropped.add(key);
    const applied = await fetch(dynamodb.endpoint, {
      method: "POST",
      headers: Object.fromEntries(
        ["content-type", "x-amz-target", "x-amz-date", "authorization"].map((name) => [
          name,
          String(incoming.headers[name]),
        ]),
      ),
      body,
    });
    await applied.text();
    outgoing.destroy();
  });
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await dynamodb.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Runs a script where the packed package is installed with the SDK of one release. */
async function inApplication(release: string, name: string, script: string): Promise<Ran> {
  const others = [`@aws-sdk/client-dynamodb@${release}`, `@aws-sdk/lib-dynamodb@${release}`];
  // An older client comes from a second copy of the SDK: npm refuses it in the place of the peer.
  const isOld = release === TOO_OLD;
  const folder = await installed(archive, isOld ? ["@aws-sdk/client-dynamodb"] : others);
  if (isOld) {
    mkdirSync(join(folder, "older"));
    await installed(undefined, others.slice(0, 1), join(folder, "older"));
  }
  folders.push(folder);
  write(folder, { [name]: script });
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: "eu-west-1",
    // The stand-in tells the runs apart by it.
    AWS_ACCESS_KEY_ID: `sdk${release.replaceAll(".", "")}`,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  };
  return run(process.execPath, [name], { cwd: folder, env });
}

/** Everything that takes a client, with clients of the application's release. */
const everything = `
import { createRequire } from "node:module";
import * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, paginateScan } from "@aws-sdk/lib-dynamodb";
import * as pointer from "pulumi-swap/pointer";
import { createResolver, follow, pin, snapshotAt } from "pulumi-swap/reader";
import { match } from "pulumi-swap/errors";
import { copy, MigrationStore, readTableIds, repair, verify } from "pulumi-swap/migration";

const client = new sdk.DynamoDBClient({});
const cached = new sdk.DynamoDBClient({ cacheMiddleware: true });
const ref = { client, controlTable: "shop_swap" };
const done = {};
await pointer.createControlTable(ref);
for (const version of [1, 2, 3]) {
  const TableName = pointer.tableName("orders", version);
  await client.send(new sdk.CreateTableCommand({
    TableName, BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  }));
  while ((await client.send(new sdk.DescribeTableCommand({ TableName }))).Table.TableStatus !== "ACTIVE");
}

// The answer to this one is lost on its way.
done.set = (await pointer.setActive(ref, "orders", 1)).version;
done.again = match(await pointer.setActive(ref, "orders", 1).catch((e) => e), "swap.version-regressed");
await pointer.setActive(ref, "orders", 2);
done.rolledBack = (await pointer.rollback(ref, "orders", { from: 2, to: 1 })).version;
done.listed = [];
for await (const { alias } of pointer.listAliases(ref)) done.listed.push(alias);

const orders = createResolver({ alias: "orders", ...ref });
const other = createResolver({ alias: "other", ...ref });
done.resolved = (await Promise.all([orders.resolve(), other.resolve()])).map(({ table }) => table);

const Item = { id: "a", n: 1 };
const documents = follow(DynamoDBDocumentClient.from(client), orders);
await documents.send(new PutCommand({ TableName: "orders", Item }));
done.document = (await documents.send(new GetCommand({ TableName: "orders", Key: { id: "a" } }))).Item;
done.pages = [];
const pinned = pin(documents, snapshotAt("orders", 1));
for await (const { Items } of paginateScan({ client: pinned }, { TableName: "orders" })) done.pages.push(...Items);
const get = () => new sdk.GetItemCommand({ TableName: "orders", Key: { id: { S: "a" } } });
// It has composed the stack of this command, without the alias.
done.plain = (await cached.send(get()).catch((e) => e)).name;
done.cached = (await follow(cached, orders).send(get())).Item.n;
done.stillPlain = (await cached.send(get()).catch((e) => e)).name;

const require = createRequire(import.meta.resolve("pulumi-swap/package.json"));
const { createGates, runGates } = require("./dist/readiness/index.js");
const { gates } = createGates({ canaries: [{ key: { id: "a" } }], minItems: { count: 1 } });
const candidate = { client, alias: "orders", version: 1, table: "orders_v1" };
done.gates = (await runGates(candidate, gates)).length >= 0;

const schema = [{ name: "id", type: "S" }];
const context = { alias: "orders", from: 1, to: 3 };
const moved = {
  client, source: "orders_v1", concurrency: 2, control: ref,
  mapping: { context, sourceSchema: schema, targetSchema: schema, target: "orders_v3" },
};
const store = new MigrationStore({ client }, "orders", 3);
await store.createTable();
const tables = await readTableIds(client, { source: "orders_v1", target: "orders_v3" });
const start = await store.start({ from: 1, transform: "none", segments: 2, startedAt: 1, tables });
done.copied = (await copy({ ...moved, store, start })).written;
const differences = async () => {
  const found = await verify(moved);
  return [found.targetItems, found.differences.map(({ kind }) => kind).sort(), found];
};
done.agree = (await differences()).slice(0, 2);
for (const Item of [{ id: { S: "a" }, n: { N: "0" } }, { id: { S: "b" } }])
  await client.send(new sdk.PutItemCommand({ TableName: "orders_v3", Item }));
const spoilt = await differences();
done.differ = spoilt.slice(0, 2);
const begun = await store.startVerification({ from: 1, transform: "none", startedAt: 1, tables });
await store.finishVerification(begun, spoilt[2], 2);
const parked = await store.parkedKeys(schema);
await parked.park({ sourceKey: { id: { S: "gone" } }, kind: "refused", reason: "once" });
await repair({ ...moved, differences: await store.differences(), parked });
done.repaired = (await differences()).slice(0, 2);
done.parked = (await copy({ ...moved, store, start })).unparked;
orders.stop();
other.stop();
console.log(JSON.stringify(done));
`;

test(`the lowest release, ${LOWEST_SDK}, works with clients of the application's own`, async () => {
  const ran = await inApplication(LOWEST_SDK, "everything.mjs", everything);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(ran.stdout)).toEqual({
    set: 1,
    again: true,
    rolledBack: 1,
    listed: ["orders"],
    resolved: ["orders_v1", "other_v1"],
    document: { id: "a", n: 1 },
    pages: [{ id: "a", n: 1 }],
    plain: "ResourceNotFoundException",
    cached: { N: "1" },
    stillPlain: "ResourceNotFoundException",
    gates: true,
    copied: 1,
    agree: [1, []],
    differ: [2, ["different", "extra"]],
    repaired: [1, []],
    parked: 1,
  });
});

/** What each entry does with a client that is too old, without an endpoint to ask. */
const refused = `
import { DynamoDBClient } from "./older/node_modules/@aws-sdk/client-dynamodb/dist-cjs/index.js";
import * as pointer from "pulumi-swap/pointer";
import { createResolver, follow, pin, snapshotAt } from "pulumi-swap/reader";
import { copySegment, MigrationStore, verify } from "pulumi-swap/migration";

const client = new DynamoDBClient({ endpoint: "http://127.0.0.1:1", region: "eu-west-1" });
const ref = { client, controlTable: "shop_swap" };
const told = {};
const tried = async (name, entry) => {
  try { await entry(); told[name] = "accepted"; } catch ({ code, line }) { told[name] = [code, line]; }
};
await tried("createResolver", () => void createResolver({ alias: "orders", ...ref }));
await tried("follow", () => void follow(client));
await tried("pin", () => void pin(client, snapshotAt("orders", 1)));
await tried("getActive", () => pointer.getActive(ref, "orders"));
await tried("setActive", () => pointer.setActive(ref, "orders", 1));
await tried("rollback", () => pointer.rollback(ref, "orders", { from: 2, to: 1 }));
await tried("liftBar", () => pointer.liftBar(ref, "orders", 1));
await tried("releaseActive", () => pointer.releaseActive(ref, "orders", 1));
await tried("listAliases", async () => { for await (const _ of pointer.listAliases(ref)); });
await tried("createControlTable", () => pointer.createControlTable(ref));
const schema = [{ name: "id", type: "S" }];
const context = { alias: "orders", from: 1, to: 2 };
const mapping = { context, sourceSchema: schema, targetSchema: schema, target: "orders_v2" };
const moved = { client, source: "orders_v1", mapping };
const segment = { segment: 0, totalSegments: 1, onProgress() {} };
await tried("verify", () => verify({ ...moved, concurrency: 1 }));
await tried("copySegment", () => copySegment({ ...moved, ...segment, parked: { count: 0 } }));
await tried("MigrationStore", () => new MigrationStore({ client }, "orders", 2).segments("1"));
console.log(JSON.stringify(told));
`;

test(`an older release, ${TOO_OLD}, is refused by its version before anything is asked`, async () => {
  const ran = await inApplication(TOO_OLD, "refused.mjs", refused);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  const told: Record<string, [string, string]> = JSON.parse(ran.stdout);
  expect(Object.keys(told)).toHaveLength(13);
  for (const [entry, [code, line]] of Object.entries(told)) {
    expect([entry, code]).toEqual([entry, "swap.input-invalid"]);
    expect(line).toContain(LOWEST_SDK);
    expect(line).not.toContain("\\n");
    expect(line).toContain(TOO_OLD);
  }
});

test("the documented lowest release is the tested one", () => {
  expect(readFileSync(join(CHECKOUT, "docs/reader.md"), "utf8")).toContain(LOWEST_SDK);
});
