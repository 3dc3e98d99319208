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

/** A setting of the aws provider by its name, structured ones as JSON; undefined where it is not set. */
export type GetSetting = (name: string) => string | undefined;

/** Settings that a stack's configuration may hold and a state may not. */
export interface UnstoredSettings {
  keys?: StaticCredentials;
  proxies?: Proxies;
}

/** How the aws provider reaches DynamoDB, as far as this package follows it. */
export interface AwsSettings {
  connection: Connection;
  unstored: UnstoredSettings;
}

/** What a setting is called in an error, such as `aws:endpoints`. */
export type FormatSettingName = (name: string) => string;

const ofStack: FormatSettingName = (name) => `aws:${name}`;

/** Every setting that says where requests go or who sends them. */
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
 * What the aws provider's settings say of how DynamoDB is reached. Those without a say in it (tags,
 * retries, S3, validation) are left out.
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
    ...texts(read, ["region", "profile", "customCaBundle", "stsRegion"]),
    ...endpoints(read("endpoints"), nameOf("endpoints")),
    ...roles(read, nameOf),
    ...flags(read, ["useFipsEndpoint", "useDualstackEndpoint"]),
  };
  checked(connection, nameOf);
  return { connection, unstored: { ...keys(read, nameOf), ...proxies(read) } };
}

/**
 * The settings as a resource's `connection`, which its state keeps.
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
 * A connection over the one that it builds on: its fields win. A profile or a web identity of its own
 * brings its own credentials, and its own role replaces the roles of the other.
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

/** As {@link mergeConnections}, with what no state may hold. */
export function mergeSettings(stack: AwsSettings, own: Connection): AwsSettings {
  const connection = mergeConnections(stack.connection, own);
  if (own.standalone === true) return { connection, unstored: {} };
  const { keys, ...others } = stack.unstored;
  return { connection, unstored: hasIdentity(own) ? others : stack.unstored };
}

const hasIdentity = ({ profile, assumeRoleWithWebIdentity }: Connection): boolean =>
  profile !== undefined || assumeRoleWithWebIdentity !== undefined;

type Read = GetSetting;

function texts(read: Read, names: readonly string[]): Connection {
  return Object.fromEntries(
    names.map((name) => [name, read(name)]).filter(([, value]) => value !== undefined),
  );
}

function flags(read: Read, names: readonly string[]): Connection {
  return Object.fromEntries(
    names.filter((name) => read(name) === "true").map((name) => [name, true]),
  );
}

/** The endpoints of DynamoDB and STS; a malformed list must not turn into AWS's own. */
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

/** A session's duration does not change where it leads: sessions are renewed here. */
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
      "set both, or neither",
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

/** The rule of a connection's field, reported under the name of the setting that it comes from. */
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
