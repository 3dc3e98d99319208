import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CHECKOUT } from "./blocks";

test("the figures and the plot of the benchmarks are those that were measured", () => {
  const script = join(CHECKOUT, "bench/docs.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});
