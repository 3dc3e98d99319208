import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../../errors";
import { defined, endpointFault, shownKind } from "../../validation";
import { demandWholeAnswers, RESPONSE_TIMEOUT_MS } from "../whole-answer";

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
 * A DynamoDB client for a connection. It makes up to three tries a request. A try is given up after 3
 * seconds without a connection, and after `timeoutMs` without the complete response.
 *
 * @param timeoutMs 10 seconds where left out
 * @throws SwapError `swap.input-invalid` for an endpoint that is no http(s) URL or holds a
 * password, or an empty field
 */
export function createClient(
  connection: Connection = {},
  overrides: DynamoDBClientConfig = {},
  timeoutMs = RESPONSE_TIMEOUT_MS,
): DynamoDBClient {
  checkConnection(connection);
  const { region, profile, endpoint, assumeRole } = connection;
  const client = new DynamoDBClient({
    maxAttempts: 3,
    // Without the last, the SDK only warns of a request that is never answered.
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
    },
    ...defined({ region, profile, endpoint }),
    ...(assumeRole && { credentials: assumed(assumeRole, connection) }),
    ...overrides,
  });
  return demandWholeAnswers(client, timeoutMs);
}

function assumed(role: AssumeRole, { region, profile }: Connection) {
  const { fromNodeProviderChain, fromTemporaryCredentials } = credentialProviders(role);
  return fromTemporaryCredentials({
    masterCredentials: fromNodeProviderChain({ ...(profile !== undefined && { profile }) }),
    ...(region !== undefined && { clientConfig: { region } }),
    params: {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName ?? "pulumi-swap",
      ...defined({ ExternalId: role.externalId }),
    },
  });
}

/** An optional peer, loaded on use: most callers assume no role. */
function credentialProviders({ roleArn }: AssumeRole) {
  try {
    return require("@aws-sdk/credential-providers") as typeof import("@aws-sdk/credential-providers");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw invalid(
      "assumeRole",
      roleArn,
      "assuming a role needs the package @aws-sdk/credential-providers, which is not installed",
      "run npm install @aws-sdk/credential-providers where pulumi-swap is installed",
    );
  }
}

/**
 * Checks the fields of a connection without making a client.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function checkConnection(connection: Connection): void {
  checkFields("", connection, ["region", "profile", "endpoint", "assumeRole"]);
  const { region, profile, endpoint, assumeRole } = connection;
  checkTexts("", { region, profile });
  const fault = endpoint === undefined ? undefined : endpointFault(endpoint);
  if (fault !== undefined) throw refusal("endpoint", fault.shown, fault.rule, fault.fix);
  if (assumeRole === undefined) return;
  checkFields("assumeRole", assumeRole, ["roleArn", "sessionName", "externalId"]);
  const { roleArn, sessionName, externalId } = assumeRole;
  checkTexts("assumeRole.", { sessionName, externalId });
  if (typeof roleArn !== "string" || !/^arn:[^:]+:iam::\d{12}:role\/.+/.test(roleArn))
    throw invalid(
      "assumeRole.roleArn",
      roleArn,
      "want the ARN of an IAM role",
      "pass an ARN such as arn:aws:iam::123456789012:role/deploy",
    );
}

/** A misspelt field would leave a default in its place, and the calls would go elsewhere. */
function checkFields(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(
      name || "connection",
      value,
      "it is no object",
      `pass an object with any of ${known.join(", ")}, or leave it out`,
    );
  for (const field of Object.keys(value))
    if (!known.includes(field))
      throw invalid(
        name || "connection",
        field,
        "there is no such field",
        `use ${known.join(", ")}`,
      );
}

function checkTexts(prefix: string, texts: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(texts))
    if (value !== undefined && (typeof value !== "string" || value.trim() === ""))
      throw invalid(
        `${prefix}${name}`,
        value,
        "it is empty or not text",
        `name a ${name}, or leave it out`,
      );
}

function invalid(name: string, value: unknown, rule: string, fix: string): SwapError {
  return refusal(name, shownKind(value), rule, fix);
}

function refusal(name: string, value: string, rule: string, fix: string): SwapError {
  return new SwapError("swap.input-invalid", { name, value, rule, fix });
}
