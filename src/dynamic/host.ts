import * as pulumi from "@pulumi/pulumi";
import { version } from "@pulumi/pulumi/version";
import { assertProvided } from "../validation";
import type { HandlerName } from "./host-entry";
import { assertHostFindsPackage } from "./resolvable";

/**
 * What Pulumi's dynamic provider host finds in the state and runs: a module whose `handler` makes the
 * provider. It only requires the handler, so it never changes, the state stays small, and a refresh
 * or a destroy runs the installed code, not a recorded one.
 *
 * `createRequire` at the program's folder, since a module that comes from the state has no folder of
 * its own, and because it lets a program inside this package require the package by name.
 *
 * @see `getProvider` in `@pulumi/pulumi/cmd/dynamic-provider`
 */
export function providerModule(name: HandlerName): string {
  return `exports.handler = () => require("node:module").createRequire(process.cwd() + "/")("pulumi-swap/dynamic-host").handlers.${name};`;
}

/** Where the host is that runs such a provider; its protocol is Pulumi's own. */
const HOST = "@pulumi/pulumi/cmd/dynamic-provider";

function assertHost(): void {
  const has = () => {
    try {
      return require.resolve(HOST) !== "";
    } catch {
      return false;
    }
  };
  assertProvided(`@pulumi/pulumi ${version}`, "the resources of pulumi-swap", {
    [HOST]: has() ? has : undefined,
  });
}

/**
 * A dynamic resource whose provider is named rather than serialized. `pulumi.dynamic.Resource` would
 * turn a provider object into text, function by function: some 2.4 KB in the inputs of each resource
 * and again in its outputs, and the TypeScript compiler loaded to do it. The resource type and the
 * `__provider` property are what that class registers.
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
    super(
      `pulumi-nodejs:dynamic/swap:${type}`,
      name,
      { ...props, __provider: providerModule(handler) },
      opts,
    );
  }
}
