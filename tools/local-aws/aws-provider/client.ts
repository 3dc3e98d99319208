import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

const clients = new Map<string, DynamoDBClient>();

/**
 * The client for an endpoint and a Region. Its credentials are made up, so that the user's own
 * are neither needed nor sent.
 */
export function clientFor(endpoint: string, region: string): DynamoDBClient {
  const key = `${endpoint} ${region}`;
  const known = clients.get(key);
  if (known) return known;
  const made = new DynamoDBClient({
    endpoint,
    region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  clients.set(key, made);
  return made;
}
