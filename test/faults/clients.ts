import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createClient } from "../../src/aws/connection";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** A client that tries again as the SDK decides, though at once: a pause decides nothing here. */
export async function clientWithoutPauses(endpoint: string, tries = 1): Promise<DynamoDBClient> {
  const client = createClient(
    { region: "eu-west-1", endpoint },
    { credentials, maxAttempts: tries },
  );
  const strategy = await client.config.retryStrategy();
  if (!("refreshRetryTokenForRetry" in strategy)) throw new Error("an SDK with other retries");
  client.config.retryStrategy = async () => ({
    acquireInitialRetryToken: (scope) => strategy.acquireInitialRetryToken(scope),
    refreshRetryTokenForRetry: async (token, failure) => {
      const next = await strategy.refreshRetryTokenForRetry(token, failure);
      return Object.assign(next, { getRetryDelay: () => 0 });
    },
    recordSuccess: (token) => strategy.recordSuccess(token),
  });
  return client;
}
