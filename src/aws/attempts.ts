import type { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { type AwsFailure, statusOf } from "./aws-failure";
import { neverSent } from "./network-failures";

/** The outcome of the tries that the SDK makes for one `send`. */
export interface Attempts {
  /** Requests made. */
  count: number;
  /** Whether any of them may have been applied although it failed. */
  maybeApplied: boolean;
}

/**
 * Watches each try of one command. The SDK retries by itself and reports the last failure only, so
 * it hides an earlier lost response, which is the one that matters.
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

/** A refusal (4xx) was not applied; a server fault or a lost answer may have been. */
function maybeApplied(error: unknown): boolean {
  const status = statusOf(error as AwsFailure) ?? 0;
  return !(status >= 400 && status < 500) && !neverSent(error);
}
