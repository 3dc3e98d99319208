// Takes the screens of cli.md again: runs each command that the page names on an embedded DynamoDB
// and puts what it printed below its marker, or writes the page so made to the file named as an
// argument. Needs a build (npm run build).

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const { startEmbeddedDynamoDB } = require("../build/tools/local-aws/embedded-dynamodb.js");
const { createControlTable, rollback, setActive } = require("../dist/pointer/index.js");
const sdk = require("@aws-sdk/client-dynamodb");

const folder = dirname(fileURLToPath(import.meta.url));
const page = join(folder, "cli.md");
/** Where the commands run: the transform that they name is here. */
const work = mkdtempSync(join(tmpdir(), "swap-screens-"));
const controlTable = "prod_swap";
const database = await startEmbeddedDynamoDB();
const env = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  AWS_ACCESS_KEY_ID: "docs",
  AWS_SECRET_ACCESS_KEY: "docs",
  AWS_REGION: "eu-west-1",
  AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
  SWAP_CONTROL_TABLE: controlTable,
};
const client = new sdk.DynamoDBClient({
  endpoint: database.endpoint,
  region: env.AWS_REGION,
  credentials: { accessKeyId: "docs", secretAccessKey: "docs" },
});

/** What happens before a screen. */
const BEFORE = {
  "migrate copy orders --from 4 --to 5 --transform ./to-v5.mjs": fillOrders,
  "verify orders 4 5 --transform ./to-v5.mjs": changeOrders,
};

try {
  await fill();
  const parts = readFileSync(page, "utf8").split(
    /(<!-- screen: .*? -->\n)(?:\n```text\n[\s\S]*?\n```\n)?/,
  );
  let text = "";
  for (const part of parts) {
    const args = /^<!-- screen: (.*?) -->\n$/.exec(part)?.[1];
    await BEFORE[args]?.();
    text += args === undefined ? part : `${part}\n\`\`\`text\n${await screen(args)}\n\`\`\`\n`;
  }
  writeFileSync(process.argv[2] ?? page, text);
} finally {
  rmSync(work, { recursive: true });
  client.destroy();
  await database.stop();
}

/** A small shop: a cut-over done twice, a rollback, a Go worker, leftovers and a broken row. */
async function fill() {
  const ref = { client, controlTable };
  await createControlTable(ref);
  const orders = ["orders_v1", "orders_v3", "orders_v4", "orders_v5"];
  for (const table of [...orders, "customers_v1", "customers_v2"]) await makeTable(table);
  const at = (time) => ({ ...ref, now: () => Date.parse(time) });
  const by = { actor: "deploy@ci" };
  await setActive(at("2026-01-05T10:30:00Z"), "orders", 2, { ...by, reason: "first version" });
  await setActive(at("2026-01-08T14:05:12Z"), "orders", 3, { ...by, reason: "index by customer" });
  await setActive(at("2026-01-14T08:59:58Z"), "orders", 4, { ...by, reason: "smaller items" });
  await setActive(at("2026-01-06T07:00:00Z"), "customers", 1, by);
  await setActive(at("2026-01-12T16:20:00Z"), "customers", 2, by);
  await rollback(at("2026-01-12T16:41:09Z"), "customers", {
    from: 2,
    to: 1,
    actor: "ana@ops",
    reason: "totals were wrong",
  });
  const raw = (Item) => client.send(new sdk.PutItemCommand({ TableName: controlTable, Item }));
  await raw({
    pk: { S: "prices" },
    ver: { N: "31" },
    at: { N: String(Date.parse("2026-01-13T02:00:00Z")) },
  });
  await raw({ pk: { S: "carts" }, ver: { S: "2" } });
}

function order(n, total) {
  return { id: { S: `order-${n}` }, total: { S: total } };
}

/** Orders of version 4, which keeps euros as text, and a transform to the cents of version 5. */
async function fillOrders() {
  writeFileSync(
    join(work, "to-v5.mjs"),
    `export default function toVersion5({ total, ...order }) {
  return { ...order, totalCents: { N: String(Math.round(Number(total.S) * 100)) } };
}
`,
  );
  for (let start = 0; start < 1_000; start += 25) {
    const requests = Array.from({ length: 25 }, (_, n) => ({
      PutRequest: { Item: order(start + n, `${start + n}.50`) },
    }));
    await client.send(new sdk.BatchWriteItemCommand({ RequestItems: { orders_v4: requests } }));
  }
}

/** An application goes on writing to version 4 after the copy. */
async function changeOrders() {
  const TableName = "orders_v4";
  await client.send(new sdk.PutItemCommand({ TableName, Item: order(17, "19.90") }));
  await client.send(new sdk.PutItemCommand({ TableName, Item: order(1_000, "5.00") }));
  await client.send(new sdk.DeleteItemCommand({ TableName, Key: { id: { S: "order-230" } } }));
}

async function makeTable(name) {
  await client.send(
    new sdk.CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      DeletionProtectionEnabled: name !== "customers_v1",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  await sdk.waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: name });
  await client.send(
    new sdk.UpdateContinuousBackupsCommand({
      TableName: name,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
}

function screen(args) {
  const bin = join(folder, "../bin/run.js");
  const child = spawn(process.execPath, [bin, ...args.split(" ")], { env, cwd: work });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      out += text;
    });
  return new Promise((resolve) =>
    child.once("close", (code) =>
      resolve(`$ swap ${args}\n${out.trimEnd()}${code === 0 ? "" : `\n$ echo $?\n${code}`}`),
    ),
  );
}
