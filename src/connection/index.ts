import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../errors";

/** A role to assume for the calls to DynamoDB. */
export interface AssumeRole {
  roleArn: string;
  /** Session name, as CloudTrail shows it. Default `pulumi-swap`. */
  sessionName?: string;
  externalId?: string;
}

/**
 * How to reach DynamoDB. Whatever is left out comes from the SDK's own chain: environment, shared
 * configuration files, instance or container role. No credential is ever named here.
 */
export interface Connection {
  /** AWS Region, such as `eu-west-1`. */
  region?: string;
  /** Profile of the shared configuration files. */
  profile?: string;
  /** Endpoint URL, such as `http://127.0.0.1:8000` for a local DynamoDB. */
  endpoint?: string;
  assumeRole?: AssumeRole;
}

/**
 * A DynamoDB client for a connection. It makes up to three tries a request and gives up connecting
 * after 3 seconds and waiting for an answer after 10, so that a wrong endpoint is told.
 *
 * @throws SwapError `swap.input-invalid` for an endpoint that is no http(s) URL, or an empty field
 */
export function createClient(
  connection: Connection = {},
  overrides: DynamoDBClientConfig = {},
): DynamoDBClient {
  checkConnection(connection);
  const { region, profile, endpoint, assumeRole } = connection;
  return new DynamoDBClient({
    maxAttempts: 3,
    // Without the last, the SDK only warns of a request that is never answered.
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
    },
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    ...(assumeRole && { credentials: assumed(assumeRole, connection) }),
    ...overrides,
  });
}

function assumed(role: AssumeRole, { region, profile }: Connection) {
  // Loaded on use: most callers assume no role, and the STS client costs start-up time.
  const { fromNodeProviderChain, fromTemporaryCredentials } =
    require("@aws-sdk/credential-providers") as typeof import("@aws-sdk/credential-providers");
  return fromTemporaryCredentials({
    masterCredentials: fromNodeProviderChain({ ...(profile !== undefined && { profile }) }),
    ...(region !== undefined && { clientConfig: { region } }),
    params: {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName ?? "pulumi-swap",
      ...(role.externalId !== undefined && { ExternalId: role.externalId }),
    },
  });
}

/**
 * Checks the fields of a connection without making a client.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function checkConnection(connection: Connection): void {
  const { endpoint, assumeRole, ...names } = connection;
  for (const [name, value] of Object.entries(names)) {
    if (typeof value !== "string" || value.trim() === "")
      throw invalid(name, value, "it is empty or not text", `name a ${name}, or leave it out`);
  }
  if (endpoint !== undefined && !isHttpUrl(endpoint))
    throw invalid(
      "endpoint",
      endpoint,
      "want an http:// or https:// URL",
      "pass a URL such as http://127.0.0.1:8000, or leave it out for AWS",
    );
  if (assumeRole !== undefined && !/^arn:[^:]+:iam::\d{12}:role\/.+/.test(assumeRole.roleArn))
    throw invalid(
      "assumeRole.roleArn",
      assumeRole.roleArn,
      "want the ARN of an IAM role",
      "pass an ARN such as arn:aws:iam::123456789012:role/deploy",
    );
}

function isHttpUrl(value: unknown): boolean {
  return (
    typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  );
}

function invalid(name: string, value: unknown, rule: string, fix: string): SwapError {
  return new SwapError("swap.input-invalid", {
    name,
    value: JSON.stringify(value) ?? "(none)",
    rule,
    fix,
  });
}
