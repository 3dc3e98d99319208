import type { SwapError } from "../errors";
import { type AwsFailure, statusOf } from "./aws-failure";

/** Errors that a retry can't fix, since the request itself is refused. */
const PERMANENT_ERRORS =
  /Validation|Serialization|UnknownOperation|InvalidParameter|InvalidEndpoint/;

/**
 * Whether a retry may succeed: after no response, throttling or a busy table. Not after a refused caller, a
 * missing table, an invalid request or a program error.
 */
export function isTransientFailure({ code, cause }: SwapError): boolean {
  if (code === "swap.unreachable") return true;
  if (code !== "swap.service-error") return false;
  // This package's own errors, such as keys that remain unprocessed.
  if (cause === undefined) return true;
  const failure = cause as AwsFailure;
  return statusOf(failure) !== undefined && !PERMANENT_ERRORS.test(failure.name ?? "");
}
