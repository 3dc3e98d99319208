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

/** Shows a progress line while `pulumi up` waits; it disappears when the work is done. */
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

/** A line that can't be shown must not fail the run. */
const ignored = () => undefined;

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
