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

  step("2. A backfill replays version 1 into version 2, but stops half-way");
  await at.script("backfill.mjs", "--limit", "120");
  await at.declare(2);
  const early = await at.pulumi(["up", "--yes", "--skip-preview"], { mayFail: true });
  expect(
    early.code !== 0 && /not ready \(gate coverage\)/.test(early.output),
    "the cut-over was refused: version 2 lacks sampled items of version 1",
  );
  expect((await at.swap("get", "orders")) === "1", "version 1 is still live");
  const filled = await at.script("backfill.mjs");
  expect(filled.includes(`backfilled ${ORDERS} orders`), `${ORDERS} orders are in version 2`);

  step("3. The declared version is 2; the preview shows the cut-over and changes nothing");
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

  step("6. Version 2 turns out to be wrong: an explicit rollback, once, by one conditional write");
  await at.set("rollbackFrom", 2);
  await at.pulumi(["up", "--yes", "--skip-preview"]);
  expect((await at.swap("get", "orders")) === "1", "version 1 is live again");
  await at.declare(2);
  const barred = await at.pulumi(["preview"], { mayFail: true });
  expect(
    barred.code !== 0 && barred.output.includes("is barred: it was rolled back from"),
    "version 2 is barred now: the preview refuses it",
  );
  await at.swap("history", "orders");

  step("7. Tear everything down: the live table goes only by name (forceDestroy)");
  await at.declare(1);
  await at.set("forceDestroy", true);
  await at.pulumi(["up", "--yes", "--skip-preview"], { quiet: true });
  await at.pulumi(["destroy", "--yes", "--skip-preview"]);
  await at.stack("rm", "demo", "--yes");
}
