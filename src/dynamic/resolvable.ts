import { createRequire } from "node:module";
import { join, sep } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { SwapError } from "../errors";
import { hasMocks } from "./mocks";

/** Where the program was started, which is where Pulumi starts the dynamic provider host too. */
const folder = process.cwd();

let checked = false;

/**
 * Refuses a program that finds this package only through one that wraps it, or that was started in
 * another folder: the dynamic provider host loads it from the program's folder, and would print a
 * stack trace. An inline program of the Automation API is only warned, since its workspace may name
 * the host's folder, which nothing here shows.
 *
 * @throws pulumi.RunError
 */
export function assertHostFindsPackage(): void {
  if (checked || hasMocks()) return;
  checked = true;
  try {
    createRequire(join(folder, sep)).resolve("pulumi-swap/dynamic-host");
  } catch {
    const { line } = new SwapError("swap.input-invalid", {
      name: "dependencies",
      value: "(without pulumi-swap)",
      rule: `dynamic resources load pulumi-swap from ${folder}, where it is not found`,
      fix: isRunByPulumi()
        ? "add pulumi-swap to the dependencies of that folder's package.json, or take the resources from pulumi-swap/plugin"
        : "start the program in a folder that has pulumi-swap in its node_modules, give the workspace a workDir that has it and a Pulumi.yaml, or take the resources from pulumi-swap/plugin",
    });
    if (!isRunByPulumi()) void pulumi.log.warn(line);
    else throw new pulumi.RunError(line);
  }
}

/** Whether Pulumi's language host runs this program, rather than the Automation API. */
const isRunByPulumi = () =>
  (process.argv[1] ?? "").includes(["@pulumi", "pulumi", "cmd", "run"].join(sep));
