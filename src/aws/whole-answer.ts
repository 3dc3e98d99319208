import { buffer } from "node:stream/consumers";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/**
 * Refuses an answer with HTTP 2xx that is no JSON object, as something other than DynamoDB sends it: a
 * proxy's bare 200. The SDK takes an empty body for an empty answer, so that a read would find no row,
 * readers would turn to version 1, and a write would count as applied.
 *
 * @param of a client, for all its requests, or one command
 * @returns what was given
 * @see the AWS JSON 1.0 protocol: the body of a response is a JSON object
 */
export function demandWholeAnswers<T extends { middlewareStack: unknown }>(of: T): T {
  (of.middlewareStack as DynamoDBClient["middlewareStack"]).add(
    (next) => async (args) => {
      const answered = await next(args);
      const response = answered.response as { statusCode: number; body?: AsyncIterable<Buffer> };
      if (response.statusCode < 200 || response.statusCode >= 300) return answered;
      const body = response.body ? await buffer(response.body) : Buffer.alloc(0);
      if (!/^\s*\{/.test(body.toString("latin1", 0, 64)))
        throw Object.assign(new Error("the body is no JSON object"), {
          name: "UnknownError",
          $metadata: { httpStatusCode: response.statusCode },
        });
      // The SDK takes what was read in the place of a stream.
      Object.assign(response, { body });
      return answered;
    },
    // Next to the network, before the SDK reads the body. A client and its command may both ask for it.
    { step: "deserialize", priority: "low", name: "swapDemandWholeAnswers", override: true },
  );
  return of;
}
