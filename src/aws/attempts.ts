import type { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { type AwsFailure, statusOf } from "./aws-failure";
import { neverSent } from "./network-failures";

/** The outcome of the attempts that the SDK makes for one `send`. */
export interface Attempts {
  /** Requests made. */
  count: number;
  /** Whether a failed attempt may have been applied. */
  maybeApplied: boolean;
}

/**
 * Watches each attempt of one command. The SDK retries and reports only the last failure, which hides an
 * earlier attempt whose response was lost and whose write may have been applied.
 *
 * The middleware sits inside the SDK's retry loop (step `finalizeRequest`, low priority).
 * @see the AWS SDK for JavaScript v3 middleware stack
 */
export function watchAttempts(command: UpdateItemCommand): Attempts {
  const attempts: Attempts = { count: 0, maybeApplied: false };
  command.middlewareStack.add(
    (next) => async (args) => {
      attempts.count += 1;
      try {
        return await next(args);
      } catch (error) {
        if (maybeApplied(error)) attempts.maybeApplied = true;
        throw error;
      }
    },
    { step: "finalizeRequest", priority: "low" },
  );
  return attempts;
}

/**
 * Whether a failed attempt may have been applied: not after a refusal (4xx), possibly after a server fault
 * or a lost response.
 */
function maybeApplied(error: unknown): boolean {
  const status = statusOf(error as AwsFailure) ?? 0;
  return !(status >= 400 && status < 500) && !neverSent(error);
}
