import { isSwapError, match, SwapError } from "../../errors";
import { formatValue } from "../../validation";
import {
  type AssumeRole,
  type AssumeRoleWithWebIdentity,
  type Connection,
  checkConnection,
} from "./connection";
import type { StaticCredentials } from "./credentials";
import type { Proxies } from "./transport";

/** Returns an aws provider setting by name, structured ones as JSON; undefined if it is not set. */
export type GetSetting = (name: string) => string | undefined;

/** Settings that a stack's configuration may hold but a state must not, since they may be secret. */
export interface UnstoredSettings {
  keys?: StaticCredentials;
  proxies?: Proxies;
}

/** The aws provider settings that this package follows. */
export interface AwsSettings {
  connection: Connection;
  unstored: UnstoredSettings;
}

/** Formats a setting's name for an error message, such as `aws:endpoints`. */
export type FormatSettingName = (name: string) => string;

const ofStack: FormatSettingName = (name) => `aws:${name}`;

/** Every setting that affects where requests go or which credentials sign them. */
export const SETTINGS = [
  "accessKey",
  "assumeRoleWithWebIdentity",
  "assumeRoles",
  "customCaBundle",
  "ec2MetadataServiceEndpoint",
  "ec2MetadataServiceEndpointMode",
  "endpoints",
  "httpProxy",
  "httpsProxy",
  "insecure",
  "noProxy",
  "profile",
  "region",
  "secretKey",
  "sharedConfigFiles",
  "sharedCredentialsFiles",
  "stsRegion",
  "token",
  "useDualstackEndpoint",
  "useFipsEndpoint",
] as const;

const environmentOnly = (variable: string) => ({
  rule: "the swap and its guards can't follow it",
  fix: `set ${variable} in the environment, which the aws provider follows too, and leave it out`,
});

const UNSUPPORTED_SETTINGS: Record<string, { rule: string; fix: string }> = {
  sharedConfigFiles: environmentOnly("AWS_CONFIG_FILE"),
  sharedCredentialsFiles: environmentOnly("AWS_SHARED_CREDENTIALS_FILE"),
  ec2MetadataServiceEndpoint: environmentOnly("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
  ec2MetadataServiceEndpointMode: environmentOnly("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"),
  insecure: {
    rule: "the swap and its guards always check certificates",
    fix: "name the certificate authority with customCaBundle, and leave it out",
  },
};

/**
 * Reads the aws provider settings that affect how DynamoDB is reached. Others (tags, retries, S3,
 * validation) are ignored.
 *
 * @throws SwapError `swap.input-invalid` for a setting that is malformed or can't be followed
 */
export function awsSettings(get: GetSetting, nameOf: FormatSettingName = ofStack): AwsSettings {
  const read = (name: string) => get(name) || undefined;
  for (const [name, { rule, fix }] of Object.entries(UNSUPPORTED_SETTINGS)) {
    const value = read(name);
    if (value === undefined || value === "[]" || value === "false") continue;
    throw refusal(nameOf(name), formatValue(value), rule, fix);
  }
  const connection = {
    ...textSettings(read, ["region", "profile", "customCaBundle", "stsRegion"]),
    ...endpoints(read("endpoints"), nameOf("endpoints")),
    ...roles(read, nameOf),
    ...flagSettings(read, ["useFipsEndpoint", "useDualstackEndpoint"]),
  };
  checked(connection, nameOf);
  return { connection, unstored: { ...keys(read, nameOf), ...proxies(read) } };
}

/**
 * Converts settings to a resource's `connection`, which is stored in its state.
 *
 * @throws SwapError `swap.input-invalid` for a setting that no state may hold
 */
export function storableConnection(
  { connection, unstored }: AwsSettings,
  nameOf: FormatSettingName = ofStack,
): Connection {
  if (unstored.keys)
    throw refusal(
      nameOf("accessKey"),
      "(a secret)",
      "credentials must not enter the state of the swap and its guards",
      'put the keys into a profile and write connection: { profile: "<name>" }, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment',
    );
  if (unstored.proxies)
    throw refusal(
      nameOf("httpsProxy"),
      "(a proxy)",
      "its URL may hold a password, which must not enter the state of the swap and its guards",
      "set HTTPS_PROXY in the environment, which the aws provider follows too, and leave it out",
    );
  return connection;
}

/**
 * Merges a connection over its base; its fields win. If it sets a profile or a web identity, the base's
 * profile, web identity and roles are dropped. If it sets a role, the base's roles are dropped. A
 * standalone connection ignores the base.
 */
export function mergeConnections(base: Connection, own: Connection): Connection {
  if (own.standalone === true) return own;
  const { assumeRole, assumeRoles, profile, assumeRoleWithWebIdentity, ...rest } = base;
  const identity = hasIdentity(own);
  const roles = identity || own.assumeRole !== undefined || own.assumeRoles !== undefined;
  return {
    ...rest,
    ...(!roles && assumeRole && { assumeRole }),
    ...(!roles && assumeRoles && { assumeRoles }),
    ...(!identity && profile !== undefined && { profile }),
    ...(!identity && assumeRoleWithWebIdentity && { assumeRoleWithWebIdentity }),
    ...own,
  };
}

/** Like {@link mergeConnections}, including the settings that are never stored in state. */
export function mergeSettings(stack: AwsSettings, own: Connection): AwsSettings {
  const connection = mergeConnections(stack.connection, own);
  if (own.standalone === true) return { connection, unstored: {} };
  const { keys, ...others } = stack.unstored;
  return { connection, unstored: hasIdentity(own) ? others : stack.unstored };
}

const hasIdentity = ({ profile, assumeRoleWithWebIdentity }: Connection): boolean =>
  profile !== undefined || assumeRoleWithWebIdentity !== undefined;

type Read = GetSetting;

function textSettings(read: Read, names: readonly string[]): Connection {
  return Object.fromEntries(
    names.map((name) => [name, read(name)]).filter(([, value]) => value !== undefined),
  );
}

function flagSettings(read: Read, names: readonly string[]): Connection {
  return Object.fromEntries(
    names.filter((name) => read(name) === "true").map((name) => [name, true]),
  );
}

/**
 * Parses the endpoints of DynamoDB and STS. Throws on a malformed list: ignoring it would send requests to
 * AWS's default endpoints.
 */
function endpoints(json: string | undefined, name: string): Connection {
  if (json === undefined) return {};
  const malformed = (rule: string) =>
    refusal(
      name,
      formatValue(json.replace(/\/\/[^/"]*@/g, "//…@")),
      rule,
      'write it as a list such as [{"dynamodb": "http://127.0.0.1:8000"}], or leave it out for AWS',
    );
  const parsed = parse(json);
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (list.some((each) => typeof each !== "object" || each === null || Array.isArray(each)))
    throw malformed("want a list of objects from service to URL");
  const of = (service: string): string | undefined => {
    const found = (list as Record<string, unknown>[])
      .map((each) => each[service])
      .filter((url) => url !== undefined && url !== null && url !== "");
    if (found.some((url) => typeof url !== "string")) throw malformed(`${service} is no text`);
    if (new Set(found).size > 1) throw malformed(`${service} has more than one endpoint`);
    return found[0] as string | undefined;
  };
  const [endpoint, stsEndpoint] = [of("dynamodb"), of("sts")];
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(stsEndpoint !== undefined && { stsEndpoint }),
  };
}

function roles(read: Read, nameOf: FormatSettingName): Connection {
  const list = structured(read("assumeRoles"), nameOf("assumeRoles"), "a list of roles");
  const web = structured(
    read("assumeRoleWithWebIdentity"),
    nameOf("assumeRoleWithWebIdentity"),
    "an object",
  );
  const token = (web as { webIdentityToken?: unknown } | undefined)?.webIdentityToken;
  if (token !== undefined)
    throw refusal(
      nameOf("assumeRoleWithWebIdentity"),
      "(a secret)",
      "the swap and its guards take no token",
      "name the token's file with webIdentityTokenFile instead of webIdentityToken",
    );
  return {
    ...(list !== undefined && {
      assumeRoles: (Array.isArray(list) ? list : [list]).map(withoutDuration) as AssumeRole[],
    }),
    ...(web !== undefined && {
      assumeRoleWithWebIdentity: withoutDuration(web) as AssumeRoleWithWebIdentity,
    }),
  };
}

/** Drops null fields and the session duration, which has no effect because sessions are renewed here. */
function withoutDuration(role: unknown): unknown {
  if (typeof role !== "object" || role === null || Array.isArray(role)) return role;
  const { duration: _, ...rest } = role as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
}

function structured(json: string | undefined, name: string, want: string): unknown {
  if (json === undefined) return undefined;
  const parsed = parse(json);
  if (typeof parsed !== "object" || parsed === null)
    throw refusal(
      name,
      "(malformed)",
      `want ${want} as JSON`,
      "write it as the aws provider has it",
    );
  return parsed;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function keys(read: Read, nameOf: FormatSettingName): Pick<UnstoredSettings, "keys"> {
  const [accessKeyId, secretAccessKey] = [read("accessKey"), read("secretKey")];
  const sessionToken = read("token");
  if (!accessKeyId && !secretAccessKey && !sessionToken) return {};
  if (!accessKeyId || !secretAccessKey)
    throw refusal(
      nameOf(accessKeyId ? "secretKey" : "accessKey"),
      "(none)",
      "accessKey and secretKey go together",
      "set both accessKey and secretKey, or neither",
    );
  return { keys: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } };
}

function proxies(read: Read): Pick<UnstoredSettings, "proxies"> {
  const [http, https, none] = [read("httpProxy"), read("httpsProxy"), read("noProxy")];
  if (!http && !https && !none) return {};
  return {
    proxies: { ...(http && { http }), ...(https && { https }), ...(none && { none }) },
  };
}

/** Checks a connection and reports errors under the name of the setting that the field comes from. */
function checked(connection: Connection, nameOf: FormatSettingName): void {
  try {
    checkConnection(connection);
  } catch (error) {
    if (!isSwapError(error) || !match(error, "swap.input-invalid")) throw error;
    const { name, value, rule, fix } = error.payload;
    const setting = /^(endpoint|stsEndpoint)$/.test(name) ? "endpoints" : name;
    throw refusal(nameOf(setting), value, rule, fix);
  }
}

function refusal(name: string, value: string, rule: string, fix: string): SwapError {
  return new SwapError("swap.input-invalid", { name, value, rule, fix });
}
