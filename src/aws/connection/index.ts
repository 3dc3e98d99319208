import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../../errors";
import { defined } from "../../validation";
import { acceptClient } from "../client-release";
import { RESPONSE_TIMEOUT_MS, rejectNonJsonResponses } from "../send";
import { type Connection, checkConnection } from "./connection";
import { credentialsOf, profileOf, regionOf } from "./credentials";
import type { UnstoredSettings } from "./settings";
import { agentsOf } from "./transport";

export {
  type AssumeRole,
  type AssumeRoleWithWebIdentity,
  type Connection,
  checkConnection,
} from "./connection";
export type { StaticCredentials } from "./credentials";
export {
  type AwsSettings,
  awsSettings,
  type FormatSettingName,
  type GetSetting,
  mergeConnections,
  mergeSettings,
  SETTINGS,
  storableConnection,
  type UnstoredSettings,
} from "./settings";
export type { Proxies } from "./transport";

/** Options for the CLI, the providers and tests only. */
export interface ClientOptions {
  unstored?: UnstoredSettings | undefined;
  env?: NodeJS.ProcessEnv;
  /** Time-out of an attempt, body included, in milliseconds. Default 10,000. */
  timeoutMs?: number;
}

/**
 * Creates a DynamoDB client for a connection. Region, credentials, endpoint, certificates and proxies are
 * resolved in the order of the aws provider: the connection, the environment, the shared configuration
 * files. Each request has up to three attempts. An attempt times out after 3 seconds without a connection,
 * or after `timeoutMs` without the complete response.
 *
 * @throws SwapError `swap.input-invalid` for a field that breaks its rule, and for a CA bundle or a proxy
 * that can't be used
 */
export function createClient(
  connection: Connection = {},
  overrides: DynamoDBClientConfig = {},
  { unstored = {}, env = process.env, timeoutMs = RESPONSE_TIMEOUT_MS }: ClientOptions = {},
): DynamoDBClient {
  checkConnection(connection);
  const endpoint = declaredEndpoint(connection, env);
  const { useFipsEndpoint, useDualstackEndpoint } = connection;
  const isOwn = endpoint !== undefined || configuredEndpoint(env) !== undefined;
  if (isOwn && useDualstackEndpoint === true) throw dualstackOfEndpoint();
  const client = new DynamoDBClient({
    maxAttempts: 3,
    // Without throwOnRequestTimeout, the SDK only logs a warning when a request times out.
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      ...agentsOf(connection, unstored.proxies ?? {}, env),
    },
    ...defined({
      region: regionOf(connection, env),
      profile: profileOf(connection, env),
      endpoint,
      credentials: credentialsOf(connection, unstored.keys, env),
      // As in the aws provider, an explicit endpoint disables FIPS.
      useFipsEndpoint: isOwn ? false : useFipsEndpoint || undefined,
      useDualstackEndpoint: useDualstackEndpoint || undefined,
    }),
    ...overrides,
  });
  acceptClient(client);
  return rejectNonJsonResponses(client, timeoutMs);
}

/**
 * The endpoint given, or by one of two deprecated variables that the aws provider still reads;
 * undefined for what the SDK finds: AWS_ENDPOINT_URL_DYNAMODB before them, others behind.
 */
function declaredEndpoint({ endpoint }: Connection, env: NodeJS.ProcessEnv): string | undefined {
  if (endpoint !== undefined || env.AWS_ENDPOINT_URL_DYNAMODB) return endpoint;
  return env.TF_AWS_DYNAMODB_ENDPOINT || env.AWS_DYNAMODB_ENDPOINT || undefined;
}

/** The endpoint that the SDK reads from the environment. */
function configuredEndpoint(env: NodeJS.ProcessEnv): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true") return undefined;
  return env.AWS_ENDPOINT_URL_DYNAMODB || env.AWS_ENDPOINT_URL || undefined;
}

function dualstackOfEndpoint(): SwapError {
  return new SwapError("swap.input-invalid", {
    name: "useDualstackEndpoint",
    value: "true",
    rule: "an endpoint is named as well, by endpoint or by AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL",
    fix: "leave out one of the two",
  });
}
