import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** The parts of the SDK's request that we use. */
interface RequestTarget {
  protocol?: string;
  hostname?: string;
  port?: number | undefined;
}

/** The origin that each client's last request went to. */
const lastEndpoints = new WeakMap<object, string>();

/** Hosts of DynamoDB in a Region, without and with FIPS, and by account. */
const REGIONAL = /^(dynamodb(-fips)?|\d{12}\.ddb(-fips)?)\.[a-z0-9-]+\.(amazonaws\.|api\.)/;

/**
 * Records the endpoint of a request. The client's configuration does not show every source: the program,
 * the environment or a profile.
 */
export function rememberEndpoint(client: object, request: unknown): void {
  const { protocol, hostname, port } = request as RequestTarget;
  if (hostname === undefined) return;
  lastEndpoints.set(client, `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
}

/** The origin of the client's custom endpoint; undefined for DynamoDB's own regional endpoint. */
export async function customEndpoint(client: DynamoDBClient): Promise<string | undefined> {
  const origin = lastEndpoints.get(client) ?? (await clientEndpoint(client));
  return origin === undefined || REGIONAL.test(new URL(origin).hostname) ? undefined : origin;
}

/** The configured endpoint, for a client that has not sent a request yet. */
async function clientEndpoint({ config }: DynamoDBClient): Promise<string | undefined> {
  const endpoint = await config.endpoint?.().catch(() => undefined);
  if (endpoint === undefined) return undefined;
  const { protocol, hostname, port } = endpoint;
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
}
