import * as pulumi from "@pulumi/pulumi";
import type { SwapError } from "../errors";

/**
 * A refusal that shows its one line wherever Pulumi reports it: an error that rejects an output is
 * printed with its stack once the program has ended, and under the names of the properties that the
 * output was on its way to.
 */
export function oneLineResourceError(
  { line }: SwapError,
  resource: pulumi.Resource,
): pulumi.ResourceError {
  const error = new pulumi.ResourceError(line, resource, true);
  error.stack = line;
  // Pulumi puts those names in front by assigning to the message.
  Object.defineProperty(error, "message", { get: () => line, set: () => {} });
  return error;
}
