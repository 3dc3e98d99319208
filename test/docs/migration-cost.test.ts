import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CHECKOUT } from "./blocks";

test("the costs of a live migration are those that the script works out", () => {
  const script = join(CHECKOUT, "tools/docs/migration-cost.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});
