import * as pulumi from "@pulumi/pulumi";
import { isSwapError, type SwapError } from "../errors";

/**
 * Creates a refusal that Pulumi always reports on one line. Otherwise Pulumi prints an error that rejects
 * an output with its stack, after the names of the properties that use the output.
 */
export function oneLineResourceError(
  { line }: SwapError,
  resource: pulumi.Resource,
): pulumi.ResourceError {
  const error = new pulumi.ResourceError(line, resource, true);
  error.stack = line;
  // Pulumi prepends those names by assigning to `message`.
  Object.defineProperty(error, "message", { get: () => line, set: () => {} });
  return error;
}

/** Runs a check whose refusal is reported on one line. */
export function inOneLine<T>(resource: pulumi.Resource, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw isSwapError(error) ? oneLineResourceError(error, resource) : error;
  }
}
