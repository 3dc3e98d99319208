import * as log from "@pulumi/pulumi/log";
import { getOrganization, getProject, getStack } from "@pulumi/pulumi/metadata";
import * as runtime from "@pulumi/pulumi/runtime";
import { version } from "@pulumi/pulumi/version";
import { assertFunctionsExist } from "../validation";

assertFunctionsExist(`@pulumi/pulumi ${version}`, "status lines", {
  "log.info": log.info,
  "log.warn": log.warn,
  "runtime.resetOptions": runtime.resetOptions,
});

let connected = false;

/** Shows a line of progress while `pulumi up` waits; it is gone when the work is done. */
export function statusLine(line: string): void {
  if (connect()) void log.info(line, undefined, undefined, true).catch(ignored);
}

/** Shows a line in the run's output. */
export function infoLine(line: string): void {
  if (connect()) void log.info(line).catch(ignored);
}

/** Shows a line among the run's warnings. */
export function warningLine(line: string): void {
  if (connect()) void log.warn(line).catch(ignored);
}

/** A line is never worth a failure. */
const ignored = () => undefined;

function orNone(get: () => string): string | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

/**
 * Lets `pulumi.log` reach the engine: the dynamic provider host is started with the engine's address, as
 * every provider is, and does not hand it on.
 *
 * @returns false in a process that no engine started
 * @see Pulumi's provider protocol: the engine's address is a provider's first argument
 */
function connect(): boolean {
  const [, , engine] = process.argv;
  if (engine === undefined) return false;
  if (!connected) {
    // All but the address stay as they are: the host reads the project's name again.
    const [project, stack, organization] = [getProject, getStack, getOrganization].map(orNone);
    runtime.resetOptions(project ?? "", stack ?? "", 1, engine, "", false, organization ?? "");
  }
  connected = true;
  return true;
}
