import { DemoFailure } from "./run.mjs";
import { checked, step } from "./screen.mjs";

const ORDERS = 300;

function expect(holds, text) {
  if (!holds) throw new DemoFailure(`expected: ${text}`);
  checked(text);
}

/** A cut-over from version 1 to version 2, as a team would make it. */
export async function story(at) {
  step("1. Version 1 goes live: pulumi up makes the tables and sets the pointer");
  await at.stack("init", "demo");
  await at.declare(1);
  await at.pulumi(["up", "--yes", "--skip-preview"]);
  await at.script("load.mjs", String(ORDERS));
  expect((await at.swap("get", "orders")) === "1", "version 1 is live");
  expect((await at.swap("resolve", "orders")) === "orders_v1", "readers go to orders_v1");

  step("2. A backfill replays version 1 into version 2, while version 1 serves");
  const filled = await at.script("backfill.mjs");
  expect(filled.includes(`backfilled ${ORDERS} orders`), `${ORDERS} orders are in version 2`);

  step("3. Change the declared version; the preview shows the cut-over and changes nothing");
  await at.declare(2);
  const preview = await at.pulumi(["preview", "--diff"]);
  expect(/version\s*: 1 => 2/.test(preview.output), "the preview shows version 1 => 2");
  expect((await at.swap("get", "orders")) === "1", "version 1 is still live");

  step("4. pulumi up cuts over: one conditional write");
  await at.pulumi(["up", "--yes", "--skip-preview"]);
  expect((await at.swap("get", "orders")) === "2", "version 2 is live");
  expect((await at.swap("resolve", "orders")) === "orders_v2", "readers go to orders_v2");

  step("5. Somebody declares version 1 again: refused in the preview, before anything changes");
  await at.declare(1);
  const refused = await at.pulumi(["preview"], { mayFail: true });
  expect(
    refused.code !== 0 && refused.output.includes("version regressed"),
    "the preview failed with: version regressed",
  );
  expect((await at.swap("get", "orders")) === "2", "version 2 is still live");

  step("6. Tear everything down");
  await at.declare(2);
  await at.pulumi(["config", "set", "deletionProtection", "false"], { quiet: true });
  await at.pulumi(["up", "--yes", "--skip-preview"], { quiet: true });
  checked("the control table's deletion protection is off, on purpose and by name");
  await at.pulumi(["destroy", "--yes", "--skip-preview"]);
  await at.stack("rm", "demo", "--yes");
}
