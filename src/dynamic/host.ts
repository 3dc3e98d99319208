import { createRequire } from "node:module";
import { join, sep } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { version } from "@pulumi/pulumi/version";
import { SwapError } from "../errors";
import { assertFunctionsExist } from "../validation";
import type { HandlerName } from "./host-entry";
import { hasMocks } from "./mocks";
import { URN_PROPERTY } from "./protocol";

/**
 * The module text that Pulumi's dynamic provider host finds in the state and runs; its `handler` creates
 * the provider. It only requires the handler, so it never changes, the state stays small, and a refresh or
 * destroy runs the installed code rather than recorded code.
 *
 * `createRequire` at the program's folder, since a module that comes from the state has no folder of its
 * own, and because it lets a program inside this package require the package by name.
 *
 * @see `getProvider` in `@pulumi/pulumi/cmd/dynamic-provider`
 */
export function providerModule(name: HandlerName): string {
  return `exports.handler = () => require("node:module").createRequire(process.cwd() + "/")("pulumi-swap/dynamic-host").handlers.${name};`;
}

/** The module of Pulumi's dynamic provider host. */
const HOST = "@pulumi/pulumi/cmd/dynamic-provider";

function assertHost(): void {
  const has = () => {
    try {
      return require.resolve(HOST) !== "";
    } catch {
      return false;
    }
  };
  assertFunctionsExist(`@pulumi/pulumi ${version}`, "the resources of pulumi-swap", {
    [HOST]: has() ? has : undefined,
  });
}

/**
 * A dynamic resource whose provider is referenced by name rather than serialized. `pulumi.dynamic.Resource`
 * would serialize each function of a provider: about 2.4 KB in each resource's inputs and again in its
 * outputs, and it would load the TypeScript compiler. Registers the same resource type and `__provider`
 * property as that class.
 *
 * @see `@pulumi/pulumi/dynamic`
 */
export abstract class HostedResource extends pulumi.CustomResource {
  constructor(
    handler: HandlerName,
    type: string,
    name: string,
    props: pulumi.Inputs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    assertHost();
    assertHostFindsPackage();
    const token = `pulumi-nodejs:dynamic/swap:${type}`;
    const showsLines = handler === "activeVersion" || handler === "retentionPlan";
    super(
      token,
      name,
      {
        ...props,
        ...(showsLines && { [URN_PROPERTY]: urnOf(token, name, opts?.parent) }),
        __provider: providerModule(handler),
      },
      opts,
    );
  }
}

/** A resource's current or future URN. A promise: an output would make what takes it depend on the parent's children. */
export const urnOf = (
  type: string,
  name: string,
  parent: pulumi.Resource | undefined,
): Promise<string> => new Promise((resolve) => pulumi.createUrn(name, type, parent).apply(resolve));

/** The folder that the program was started in; Pulumi starts the dynamic provider host there too. */
const programFolder = process.cwd();

let hostChecked = false;

/**
 * Refuses a program whose folder can't resolve this package, because only a wrapping package depends on it
 * or the program was started in another folder. The dynamic provider host loads the package from that
 * folder and would print a stack trace. An inline program of the Automation API only gets a warning, since
 * its workspace may set another folder for the host, which is not visible here.
 *
 * @throws pulumi.RunError
 */
export function assertHostFindsPackage(): void {
  if (hostChecked || hasMocks()) return;
  hostChecked = true;
  try {
    createRequire(join(programFolder, sep)).resolve("pulumi-swap/dynamic-host");
  } catch {
    const { line } = new SwapError("swap.input-invalid", {
      name: "dependencies",
      value: "(without pulumi-swap)",
      rule: `dynamic resources load pulumi-swap from ${programFolder}, where it is not found`,
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
