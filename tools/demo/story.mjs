import { DemoFailure } from "./run.mjs";
import { checked, step } from "./screen.mjs";

const ORDERS = 300;
/** The copy is stopped once version 2 has this many orders. */
const STOPPED_AT = 100;
/** Exit code of a verification that found differences. */
const DIFFERS = 10;
const TRANSFORM = ["--transform", "examples/orders/to-v2.mjs"];

function expect(holds, text) {
  if (!holds) throw new DemoFailure(`expected: ${text}`);
  checked(text);
}

/** A copy and a cut-over from version 1 to version 2, as a team would make them. */
export async function story(at) {
  step("1. Version 1 goes live: pulumi up makes the tables and sets the pointer");
  await at.stack("init", "demo");
  await at.declare(1);
  await at.pulumi(["up", "--yes", "--skip-preview"]);
  await at.script("load.mjs", String(ORDERS));
  expect((await at.swap(["get", "orders"])) === "1", "version 1 is live");
  expect((await at.swap(["resolve", "orders"])) === "orders_v1", "readers go to orders_v1");

  step("2. swap migrate copy fills version 2, and is stopped on its way");
  const copy = ["migrate", "copy", "orders", "--from", "1", "--to", "2", ...TRANSFORM];
  const verify = ["verify", "orders", "1", "2", ...TRANSFORM];
  await at.swapStopped("orders_v2", STOPPED_AT, [...copy, "--rate", "50"]);
  const half = await at.swap(verify, { code: DIFFERS });
  expect(/^missing /m.test(half), "swap verify names orders that are missing in version 2");

  step("3. Somebody cuts over too early: the gate reads the verification and refuses");
  await at.declare(2);
  const early = await at.pulumi(["up", "--yes", "--skip-preview"], { mayFail: true });
  expect(
    early.code !== 0 && /not ready \(gate verify\)/.test(early.output),
    "the cut-over was refused: the verification found differences",
  );
  expect((await at.swap(["get", "orders"])) === "1", "version 1 is still live");

  step("4. The same copy goes on where it stopped; meanwhile an order changes in version 1");
  const copied = await at.swap(copy);
  expect(copied.includes(`${ORDERS} read, ${ORDERS} written`), `${ORDERS} orders are copied`);
  await at.script("change.mjs", "7", "19.90");
  const stale = await at.swap(verify, { code: DIFFERS });
  expect(
    /^different +1 +\{"orderId":"2026-00007"\}$/m.test(stale),
    "swap verify finds the one stale order",
  );

  step("5. swap migrate repair writes that order again, and the tables agree");
  const repaired = await at.swap(["migrate", "repair", ...copy.slice(2)]);
  expect(repaired.includes("1 written, 0 deleted"), "one order was repaired");
  const agreed = await at.swap(verify);
  expect(agreed.includes("they agree"), "swap verify finds no difference");

  step("6. The preview shows the cut-over and the gate's figures, and changes nothing");
  const preview = await at.pulumi(["preview", "--diff"]);
  expect(/version\s*: 1 => 2/.test(preview.output), "the preview shows version 1 => 2");
  expect((await at.swap(["get", "orders"])) === "1", "version 1 is still live");

  step("7. pulumi up cuts over: one conditional write");
  await at.pulumi(["up", "--yes", "--skip-preview"]);
  expect((await at.swap(["get", "orders"])) === "2", "version 2 is live");
  expect((await at.swap(["resolve", "orders"])) === "orders_v2", "readers go to orders_v2");

  step("8. Somebody declares version 1 again: refused in the preview, before anything changes");
  await at.declare(1);
  const refused = await at.pulumi(["preview"], { mayFail: true });
  expect(
    refused.code !== 0 && refused.output.includes("version regressed"),
    "the preview failed with: version regressed",
  );
  expect((await at.swap(["get", "orders"])) === "2", "version 2 is still live");

  step("9. Version 2 turns out to be wrong: an explicit rollback, once, by one conditional write");
  await at.set("rollbackFrom", 2);
  await at.pulumi(["up", "--yes", "--skip-preview"]);
  expect((await at.swap(["get", "orders"])) === "1", "version 1 is live again");
  await at.declare(2);
  const barred = await at.pulumi(["preview"], { mayFail: true });
  expect(
    barred.code !== 0 && barred.output.includes("is barred: it was rolled back from"),
    "version 2 is barred now: the preview refuses it",
  );
  await at.swap(["history", "orders"]);

  step("10. Tear everything down: the live table goes only by name (forceDestroy)");
  await at.declare(1);
  await at.set("forceDestroy", true);
  await at.pulumi(["up", "--yes", "--skip-preview"], { quiet: true });
  await at.pulumi(["destroy", "--yes", "--skip-preview"]);
  await at.stack("rm", "demo", "--yes");
}
