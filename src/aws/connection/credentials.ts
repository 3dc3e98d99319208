import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SwapError } from "../../errors";
import { defined, formatValue } from "../../validation";
import { userAgent } from "../user-agent";
import type { AssumeRole, Connection } from "./connection";

/** Static credentials; never an input of a resource and never in state. */
export interface StaticCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  accountId?: string;
}

type Credentials = NonNullable<DynamoDBClientConfig["credentials"]>;

/**
 * The profile to pass to the SDK: the connection's, else AWS_DEFAULT_PROFILE, which the JavaScript SDK does
 * not read. Undefined if AWS_PROFILE is set, which the SDK reads, or if there is none.
 */
export function profileOf({ profile }: Connection, env: NodeJS.ProcessEnv): string | undefined {
  return profile ?? (env.AWS_PROFILE ? undefined : env.AWS_DEFAULT_PROFILE || undefined);
}

/**
 * The Region to use: the connection's, else AWS_REGION, else AWS_DEFAULT_REGION, which the JavaScript SDK
 * does not read. Undefined if none is set: the SDK then reads the profile's Region.
 */
export function regionOf({ region }: Connection, env: NodeJS.ProcessEnv): string | undefined {
  return region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined);
}

/**
 * The credentials in the order of the aws provider and the AWS CLI: keys given, a web identity
 * given, a profile given, keys of the environment, a web identity of the environment, then the SDK's
 * own chain. The JavaScript SDK would take AWS_PROFILE before the keys of the environment. Roles are
 * assumed on top of them.
 *
 * @returns undefined for the SDK's own chain
 * @see `getCredentialsProvider` of aws-sdk-go-base, and `resolveCredentialChain` of the SDK for Go
 */
export function credentialsOf(
  connection: Connection,
  keys: StaticCredentials | undefined,
  env: NodeJS.ProcessEnv,
): Credentials | undefined {
  const base = keys ?? baseOf(connection, env);
  const { assumeRole, assumeRoles } = connection;
  const roles = assumeRoles ?? (assumeRole ? [assumeRole] : []);
  if (roles.length === 0) return base;
  const [{ roleArn } = { roleArn: "" }] = roles;
  const first =
    base ??
    providers("assumeRole", roleArn).fromNodeProviderChain(
      defined({ profile: profileOf(connection, env) }),
    );
  return roles.reduce<Credentials>((from, role) => assumed(role, from, connection, env), first);
}

function baseOf(connection: Connection, env: NodeJS.ProcessEnv): Credentials | undefined {
  const { assumeRoleWithWebIdentity: web, profile } = connection;
  if (web)
    return providers("assumeRoleWithWebIdentity", web.roleArn).fromTokenFile({
      webIdentityTokenFile: web.webIdentityTokenFile,
      roleArn: web.roleArn,
      roleSessionName: web.sessionName ?? "pulumi-swap",
      ...defined({ policy: web.policy, policyArns: web.policyArns?.map((arn) => ({ arn })) }),
      clientConfig: stsConfig(connection, env),
    });
  if (profile !== undefined) return undefined;
  const fromEnvironment = keysOf(env);
  if (fromEnvironment) return fromEnvironment;
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN)
    // Without the package, the SDK's own chain still finds the token, but only after a default profile.
    return installedProviders()?.fromTokenFile({ clientConfig: stsConfig(connection, env) });
  return undefined;
}

/** Access keys from the environment, under the older names that the SDK for Go also reads. */
function keysOf(env: NodeJS.ProcessEnv): StaticCredentials | undefined {
  const accessKeyId = env.AWS_ACCESS_KEY_ID || env.AWS_ACCESS_KEY;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY || env.AWS_SECRET_KEY;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return {
    accessKeyId,
    secretAccessKey,
    ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
    ...(env.AWS_ACCOUNT_ID && { accountId: env.AWS_ACCOUNT_ID }),
  };
}

function assumed(
  role: AssumeRole,
  masterCredentials: Credentials,
  connection: Connection,
  env: NodeJS.ProcessEnv,
) {
  const { policy, sourceIdentity, externalId, policyArns, tags, transitiveTagKeys } = role;
  return providers("assumeRole", role.roleArn).fromTemporaryCredentials({
    masterCredentials,
    clientConfig: stsConfig(connection, env),
    params: {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName ?? "pulumi-swap",
      ...defined({
        ExternalId: externalId,
        Policy: policy,
        SourceIdentity: sourceIdentity,
        PolicyArns: policyArns?.map((arn) => ({ arn })),
        Tags: tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        TransitiveTagKeys: transitiveTagKeys,
      }),
    },
  });
}

/** STS client configuration. The CA bundle and proxy are those of the DynamoDB client. */
function stsConfig(connection: Connection, env: NodeJS.ProcessEnv) {
  const { stsRegion, stsEndpoint, useFipsEndpoint, useDualstackEndpoint } = connection;
  const deprecated = env.AWS_ENDPOINT_URL_STS
    ? undefined
    : env.TF_AWS_STS_ENDPOINT || env.AWS_STS_ENDPOINT || undefined;
  const endpoint = stsEndpoint ?? deprecated;
  return defined({
    customUserAgent: userAgent(),
    region: stsRegion ?? regionOf(connection, env),
    endpoint,
    useFipsEndpoint: endpoint === undefined ? useFipsEndpoint : undefined,
    useDualstackEndpoint: endpoint === undefined ? useDualstackEndpoint : undefined,
  });
}

/**
 * Loads the optional peer dependency that assumes roles, on first use.
 *
 * @throws SwapError `swap.input-invalid` where it is not installed
 */
function providers(name: string, value: string) {
  const found = installedProviders();
  if (found) return found;
  throw new SwapError("swap.input-invalid", {
    name,
    value: formatValue(value),
    rule: "assuming a role needs the package @aws-sdk/credential-providers, which is not installed",
    fix: "run npm install @aws-sdk/credential-providers where pulumi-swap is installed",
  });
}

function installedProviders() {
  try {
    return require("@aws-sdk/credential-providers") as typeof import("@aws-sdk/credential-providers");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    return undefined;
  }
}
