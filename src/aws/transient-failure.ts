import type { SwapError } from "../errors";
import { type AwsFailure, statusOf } from "./aws-failure";

/** Refusals of the request itself: it is refused again however often it is sent. */
const PERMANENT_ERRORS =
  /Validation|Serialization|UnknownOperation|InvalidParameter|InvalidEndpoint/;

/**
 * Whether a failure may pass without a change: no answer, throttling, a
 * table that is busy. Not a refused caller, a missing table, a wrong request or a fault of a program.
 */
export function isTransientFailure({ code, cause }: SwapError): boolean {
  if (code === "swap.unreachable") return true;
  if (code !== "swap.service-error") return false;
  // Our own failures, such as keys that stayed unprocessed.
  if (cause === undefined) return true;
  const failure = cause as AwsFailure;
  return statusOf(failure) !== undefined && !PERMANENT_ERRORS.test(failure.name ?? "");
}
