import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type AwsFailure, fromAws, type SdkCommand, send, statusOf } from "../aws";
import { type Clock, realClock } from "./rate-limit";

/** How requests of a migration are sent, and the signal that ends them. */
export interface Requests {
  client: DynamoDBClient;
  signal?: AbortSignal | undefined;
  /** For tests. */
  clock?: Clock | undefined;
}

/** Permits each request that writes to a target, also one that is sent again. */
export interface WritePermit {
  /** Called before the request is sent; what it throws is thrown in its place. */
  beforeWrite?: (() => Promise<void>) | undefined;
}

/** Times that a throttled request is sent, with pauses that double from 100 ms to 5 s: 40 s in all. */
const MAX_ATTEMPTS = 14;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** How long a request that gets no answer of DynamoDB is sent again, in milliseconds, with the same pauses. */
const UNREACHABLE_MS = 60_000;

/**
 * Sends one request about a table. One that is throttled, fails in DynamoDB, or gets no answer is sent again
 * after a pause, besides the tries of the client itself.
 *
 * @param action API name, such as `Scan`
 * @throws SwapError; the signal's reason if it ended the request
 */
export async function sendRequest<O>(
  { client, signal, clock = realClock, beforeWrite }: Requests & WritePermit,
  table: string,
  action: string,
  command: SdkCommand<O>,
): Promise<O> {
  const startedAt = clock.now();
  for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause *= 2) {
    signal?.throwIfAborted();
    await beforeWrite?.();
    try {
      return await send(client, command, signal, "migration");
    } catch (error) {
      signal?.throwIfAborted();
      const failure = await fromAws(error, { client, action, table });
      const unreachable =
        failure.code === "swap.unreachable" && clock.now() - startedAt < UNREACHABLE_MS;
      const passes = isThrottled(error as AwsFailure) || unreachable;
      if (attempt === MAX_ATTEMPTS || !passes) throw failure;
      await clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), signal);
    }
  }
}

function isThrottled(failure: AwsFailure): boolean {
  const throttled = /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded/;
  return throttled.test(failure.name ?? "") || (statusOf(failure) ?? 0) >= 500;
}
