import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ensureEngine } from "../../pulumi-engine/index.mjs";
import { playDemo } from "../play.mjs";
import { DemoFailure } from "../run.mjs";
import { checked, step } from "../screen.mjs";
import { Workspace } from "../workspace.mjs";
import { Orders } from "./orders.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const ORDERS = 2_000;
const WRITES_A_SECOND = 25;
/** After this the demo fails: the replay begins some 35 s after the copy. */
const PATIENCE_MS = 180_000;

async function open() {
  const { lacksPython } = createRequire(import.meta.url)(
    join(root, "build/tools/local-aws/ministack/install.js"),
  );
  const lacking = lacksPython();
  if (lacking) throw new DemoFailure(lacking);
  const { startMiniStack } = createRequire(import.meta.url)(
    join(root, "build/tools/local-aws/ministack/start.js"),
  );
  const server = await startMiniStack().catch((error) => {
    throw new DemoFailure(error.message);
  });
  return Workspace.open(root, await ensureEngine(), {
    folder: ".demo-migration",
    project: "tools/demo/migration",
    server,
    env: { AWS_ENDPOINT_URL: server.endpoint },
  });
}

async function story(at) {
  const orders = new Orders(at.server.endpoint);
  try {
    await migrate(at, orders);
  } finally {
    orders.close();
  }
}

async function migrate(at, orders) {
  step("1. Version 1 is live, and has orders");
  await at.stack("init", "demo");
  await at.pulumi(["up", "--yes", "--skip-preview"], { quiet: true });
  await orders.load(ORDERS);
  checked(`orders_v1 has ${ORDERS} orders`);

  step(`2. A service goes on writing: ${WRITES_A_SECOND} puts, updates and deletions a second`);
  const writing = orders.write(WRITES_A_SECOND);
  try {
    step(
      "3. Version 2 is declared with migrateFrom: pulumi up makes the functions and starts the copy",
    );
    await at.set("migrate", "true");
    await at.pulumi(["up", "--yes", "--skip-preview"]);
    await at.swap(["status", "orders"]);

    step("4. The copy ends, and the changes made meanwhile are replayed");
    const deadline = Date.now() + PATIENCE_MS;
    while ((await phase(at)) === "copying") await patience(deadline, "the copy has not ended");
    checked("the copy is done, and the replay takes over");
    while ((await orders.behind()) > WRITES_A_SECOND)
      await patience(deadline, "the replay has not caught up");
    checked("orders_v2 follows orders_v1, while the service writes");
  } finally {
    await orders.stop(writing);
  }

  step(
    "5. The service stops; swap migrate verify has the functions compare both tables, by value and in both directions",
  );
  const deadline = Date.now() + PATIENCE_MS;
  while ((await orders.behind()) > 0) await patience(deadline, "changes are missing");
  const verify = ["migrate", "verify", "orders", "2", "--wait"];
  const agreed = await at.swap(verify);
  if (!agreed.includes("they agree"))
    throw new DemoFailure("swap migrate verify found differences");
  await at.swap(["status", "orders"]);
  const { put, updated, deleted } = orders.counts;
  checked(
    `${ORDERS} orders copied; ${put} puts, ${updated} updates and ${deleted} deletions meanwhile; ${orders.size} orders in both tables, 0 differences`,
  );
}

async function phase(at) {
  const status = await at.swap(["status", "orders", "--json"], { quiet: true });
  return JSON.parse(status).migrations[0]?.phase ?? "copying";
}

async function patience(deadline, complaint) {
  if (Date.now() > deadline) throw new DemoFailure(`${complaint} in ${PATIENCE_MS / 1000} s`);
  await sleep(500);
}

await playDemo(open, story);
