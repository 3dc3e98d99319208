import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { isSwapError, type SwapError } from "../errors";
import { readError } from "../errors/read";
import { defined } from "../validation";
import {
  type AwsFailure,
  isNonDynamoDBResponse,
  isNotFound,
  reasonOf,
  statusOf,
} from "./aws-failure";
import { customEndpoint } from "./endpoint";
import { isBadCertificate } from "./network-failures";

/** The DynamoDB action that failed, on the control table or on another table. */
export type AwsContext = {
  client: DynamoDBClient;
  /** API name, such as `GetItem`. */
  action: string;
} & ({ controlTable: string; table?: undefined } | { table: string; controlTable?: undefined });

const credentialErrors: ReadonlySet<string> = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ExpiredTokenException",
  "ExpiredToken",
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "IncompleteSignatureException",
  "MissingAuthenticationTokenException",
  "InvalidClientTokenId",
  "SignatureDoesNotMatch",
]);

/**
 * Converts an AWS SDK error to a {@link SwapError} with the original as `cause`. A SwapError is returned
 * unchanged.
 */
export async function fromAws(error: unknown, context: AwsContext): Promise<SwapError> {
  if (isSwapError(error)) return error;
  const failure = error as AwsFailure;
  const { action } = context;
  const table = context.controlTable ?? context.table;
  const name = failure.name ?? "";
  const reason = reasonOf(failure);
  const options = { cause: error };

  // This table is not the control table, so its absence is not `swap.control-table-missing`.
  if (isNotFound(error) && context.controlTable !== undefined)
    return readError(
      "swap.control-table-missing",
      { controlTable: table, ...(await clientLocation(context.client)) },
      options,
    );
  const denied = (fix: string, why = reason) =>
    readError("swap.access-denied", { action, resource: table, reason: why, fix }, options);
  if (name === "AccessDeniedException")
    return denied(`allow dynamodb:${action} on the table's ARN for this caller`);
  // STS's error name: the caller may not assume the role.
  if (name === "AccessDenied")
    return denied(
      "allow this caller to assume the role, and have the role's trust policy name the caller",
    );
  // A file error comes from the credential chain, such as from reading a web identity token.
  const unread = failure.path !== undefined && failure.syscall !== "connect";
  if (
    credentialErrors.has(name) ||
    failure.tryNextLink !== undefined ||
    /could not load credentials/i.test(reason) ||
    unread
  )
    return denied(
      "provide valid AWS credentials: environment variables, a profile, SSO or an instance role",
      `${reason}${profileNote(context.client)}`,
    );
  const noRegion = (value: string, rule: string, fix: string) =>
    readError("swap.input-invalid", { name: "AWS region", value, rule, fix }, options);
  if (/region is missing/i.test(reason))
    return noRegion(
      "(none)",
      "it is missing",
      "set AWS_REGION, the profile's region, or pass a region",
    );
  const refused = /Region not accepted: region="(.*)" is not/.exec(reason);
  if (refused)
    return noRegion(
      JSON.stringify(refused[1]),
      "it can't be part of a host name",
      "name a region such as eu-west-1",
    );
  if (isUnreachable(failure))
    return readError(
      "swap.unreachable",
      { endpoint: await describeEndpoint(context.client), action, reason },
      options,
    );
  return readError(
    "swap.service-error",
    {
      action,
      resource: table,
      reason: reason.includes(name) ? reason : `${name}: ${reason}`,
      ...defined({ requestId: failure.$metadata?.requestId }),
    },
    options,
  );
}

function isUnreachable(failure: AwsFailure): boolean {
  if ((statusOf(failure) ?? 0) >= 500 || isNonDynamoDBResponse(failure)) return true;
  const { name = "", code = "" } = failure;
  if (/Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|SlowDown/.test(name)) return true;
  if (/^E[A-Z_]+$|^ERR_/.test(code) || isBadCertificate(code)) return true;
  return /^(TimeoutError|AbortError|RequestTimeout)/.test(name);
}

/** The profile that the SDK looked for, which its own error text omits. */
function profileNote(client: DynamoDBClient): string {
  const { profile } = client.config as { profile?: string };
  return profile === undefined ? "" : ` (profile ${JSON.stringify(profile)})`;
}

async function clientLocation(
  client: DynamoDBClient,
): Promise<{ region?: string; endpoint?: string }> {
  const region = await client.config.region().catch(() => undefined);
  const endpoint = await customEndpoint(client);
  return defined({ region, endpoint });
}

async function describeEndpoint(client: DynamoDBClient): Promise<string> {
  const custom = await customEndpoint(client);
  if (custom !== undefined) return custom;
  const region = await client.config.region().catch(() => "(no region)");
  return `DynamoDB in region ${region}`;
}
