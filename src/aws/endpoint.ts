import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** What is used of the SDK's request. */
interface RequestTarget {
  protocol?: string;
  hostname?: string;
  port?: number | undefined;
}

/** Where the last request of each client went, as an origin. */
const lastEndpoints = new WeakMap<object, string>();

/** Hosts of DynamoDB in a Region, without and with FIPS, and by account. */
const REGIONAL = /^(dynamodb(-fips)?|\d{12}\.ddb(-fips)?)\.[a-z0-9-]+\.(amazonaws\.|api\.)/;

/**
 * Remembers where a request goes: the endpoint may come from the program, the environment or a profile,
 * and the client's configuration does not show all of them.
 */
export function rememberEndpoint(client: object, request: unknown): void {
  const { protocol, hostname, port } = request as RequestTarget;
  if (hostname === undefined) return;
  lastEndpoints.set(client, `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
}

/** Where the client's requests go, as an origin; undefined for DynamoDB's own endpoint in a Region. */
export async function customEndpoint(client: DynamoDBClient): Promise<string | undefined> {
  const origin = lastEndpoints.get(client) ?? (await clientEndpoint(client));
  return origin === undefined || REGIONAL.test(new URL(origin).hostname) ? undefined : origin;
}

/** For a client that has made no request yet. */
async function clientEndpoint({ config }: DynamoDBClient): Promise<string | undefined> {
  const endpoint = await config.endpoint?.().catch(() => undefined);
  if (endpoint === undefined) return undefined;
  const { protocol, hostname, port } = endpoint;
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
}
