import { AsyncLocalStorage } from "node:async_hooks";
import type { Resource } from "@pulumi/pulumi";
import * as log from "@pulumi/pulumi/log";
import { getOrganization, getProject, getStack } from "@pulumi/pulumi/metadata";
import { output } from "@pulumi/pulumi/output";
import * as runtime from "@pulumi/pulumi/runtime";
import { version } from "@pulumi/pulumi/version";
import { assertFunctionsExist } from "../validation";

assertFunctionsExist(`@pulumi/pulumi ${version}`, "status lines", {
  "log.info": log.info,
  "log.warn": log.warn,
  "runtime.resetOptions": runtime.resetOptions,
});

let connected = false;

const current = new AsyncLocalStorage<string | undefined>();

/**
 * Runs an operation of a resource; the lines that it shows appear at the resource.
 *
 * @param urn the resource's; undefined, as in states of earlier releases, for lines of the stack
 */
export const forResource = <T>(urn: string | undefined, operation: () => T): T =>
  current.run(urn, operation);

/** Shows a progress line while `pulumi up` waits; it disappears when the work is done. */
export function statusLine(line: string): void {
  show(log.info, line, true);
}

/** Shows a line in the run's output. */
export function infoLine(line: string): void {
  show(log.info, line);
}

/** Shows a line among the run's warnings. */
export function warningLine(line: string): void {
  show(log.warn, line);
}

/** A line that can't be shown must not fail the run. */
function show(print: typeof log.info, line: string, ephemeral?: boolean): void {
  if (!connect()) return;
  const urn = current.getStore();
  // Pulumi asks nothing of the resource but its URN.
  const resource = urn === undefined ? undefined : ({ urn: output(urn) } as Resource);
  void print(line, resource, undefined, ephemeral).catch(() => undefined);
}

function orNone(get: () => string): string | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

/**
 * Connects `pulumi.log` to the engine: the dynamic provider host gets the engine's address as an argument,
 * like every provider, but does not pass it on.
 *
 * @returns false in a process that no engine started
 * @see Pulumi's provider protocol: the engine's address is a provider's first argument
 */
function connect(): boolean {
  const [, , engine] = process.argv;
  if (engine === undefined) return false;
  if (!connected) {
    // Change only the address: the host reads the project's name again.
    const [project, stack, organization] = [getProject, getStack, getOrganization].map(orNone);
    runtime.resetOptions(project ?? "", stack ?? "", 1, engine, "", false, organization ?? "");
  }
  connected = true;
  return true;
}
