import type { SwapError } from "../../errors";
import {
  assertFields,
  assertObject,
  endpointProblem,
  formatType,
  invalidInput,
} from "../../validation";

/** A role to assume for the calls to DynamoDB. */
export interface AssumeRole {
  roleArn: string;
  /** Session name, as CloudTrail shows it. Default `pulumi-swap`. */
  sessionName?: string;
  externalId?: string;
  /** Session policy as JSON. */
  policy?: string;
  /** ARNs of managed session policies. */
  policyArns?: string[];
  sourceIdentity?: string;
  /** Session tags. */
  tags?: Record<string, string>;
  /** Keys of session tags that later roles of a chain keep. */
  transitiveTagKeys?: string[];
}

/** A role to assume with a token of an identity provider. */
export interface AssumeRoleWithWebIdentity {
  roleArn: string;
  /** Session name, as CloudTrail shows it. Default `pulumi-swap`. */
  sessionName?: string;
  /** File that holds the token. */
  webIdentityTokenFile: string;
  /** Session policy as JSON. */
  policy?: string;
  /** ARNs of managed session policies. */
  policyArns?: string[];
}

/**
 * How to reach DynamoDB. Each field means the same as the aws provider's argument of that name. Omitted
 * fields come from the stack's `aws:` configuration, then from the environment and the shared configuration
 * files. Never holds a credential.
 */
export interface Connection {
  /** AWS Region, such as `eu-west-1`. */
  region?: string;
  /** Profile of the shared configuration files. */
  profile?: string;
  /** Endpoint URL, such as `http://127.0.0.1:8000` for a local DynamoDB. */
  endpoint?: string;
  assumeRole?: AssumeRole;
  /** Roles to assume in sequence, instead of `assumeRole`. */
  assumeRoles?: AssumeRole[];
  /** Credentials of a web identity, before any role of `assumeRole` or `assumeRoles`. */
  assumeRoleWithWebIdentity?: AssumeRoleWithWebIdentity;
  /** Use the FIPS endpoint. Ignored with `endpoint`. */
  useFipsEndpoint?: boolean;
  /** Use the dual-stack endpoint. */
  useDualstackEndpoint?: boolean;
  /** File with the certificate authorities to accept, in place of the built-in ones. */
  customCaBundle?: string;
  /** Region of the STS calls. Default: `region`. */
  stsRegion?: string;
  /** Endpoint URL of STS. */
  stsEndpoint?: string;
  /** Ignore the stack's `aws:` configuration, as an explicit aws provider does. */
  standalone?: boolean;
}

const TEXT = ["region", "profile", "customCaBundle", "stsRegion"] as const;
const FLAG = ["useFipsEndpoint", "useDualstackEndpoint", "standalone"] as const;
const URLS = ["endpoint", "stsEndpoint"] as const;
const FIELDS = [
  "region",
  "profile",
  "endpoint",
  "assumeRole",
  "assumeRoles",
  "assumeRoleWithWebIdentity",
  "useFipsEndpoint",
  "useDualstackEndpoint",
  "customCaBundle",
  "stsRegion",
  "stsEndpoint",
  "standalone",
] satisfies (keyof Connection)[];
const SESSION_FIELDS = ["policy", "policyArns"];
const ROLE_FIELDS = [
  "roleArn",
  "sessionName",
  "externalId",
  ...SESSION_FIELDS,
  "sourceIdentity",
  "tags",
  "transitiveTagKeys",
];
const WEB_FIELDS = ["roleArn", "sessionName", "webIdentityTokenFile", ...SESSION_FIELDS];

/**
 * Checks the fields of a connection without making a client.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function checkConnection(connection: Connection): void {
  assertFields("connection", connection, FIELDS);
  checkTexts("", pick(connection, TEXT));
  for (const name of FLAG) checkFlag(name, connection[name]);
  for (const name of URLS) {
    const fault = connection[name] === undefined ? undefined : endpointProblem(connection[name]);
    if (fault !== undefined) throw invalidInput(name, fault.value, fault.rule, fault.fix);
  }
  checkRoles(connection);
}

function checkRoles({ assumeRole, assumeRoles, assumeRoleWithWebIdentity: web }: Connection): void {
  if (assumeRole !== undefined) checkRole("assumeRole", assumeRole);
  if (web !== undefined) {
    assertFields("assumeRoleWithWebIdentity", web, WEB_FIELDS);
    checkRoleArn("assumeRoleWithWebIdentity.roleArn", web.roleArn);
    const { webIdentityTokenFile: file, sessionName, policy } = web;
    if (file === undefined) throw noToken();
    checkTexts("assumeRoleWithWebIdentity.", { webIdentityTokenFile: file, sessionName, policy });
    checkTextList("assumeRoleWithWebIdentity.policyArns", web.policyArns);
  }
  if (assumeRoles === undefined) return;
  if (!Array.isArray(assumeRoles))
    throw invalid("assumeRoles", assumeRoles, "it is no list", "pass a list of roles");
  if (assumeRole !== undefined)
    throw invalid(
      "assumeRoles",
      assumeRoles,
      "assumeRole is given as well",
      "leave out one of assumeRole and assumeRoles",
    );
  for (const [index, role] of assumeRoles.entries()) checkRole(`assumeRoles[${index}]`, role);
}

const noToken = () =>
  invalidInput(
    "assumeRoleWithWebIdentity.webIdentityTokenFile",
    "(none)",
    "a token is never an input, its file is",
    "name the file that holds the token",
  );

function checkRole(name: string, role: AssumeRole): void {
  assertFields(name, role, ROLE_FIELDS);
  const { roleArn, sessionName, externalId, policy, sourceIdentity, tags } = role;
  checkTexts(`${name}.`, { sessionName, externalId, policy, sourceIdentity });
  checkTextList(`${name}.policyArns`, role.policyArns);
  checkTextList(`${name}.transitiveTagKeys`, role.transitiveTagKeys);
  if (tags !== undefined) {
    assertObject(`${name}.tags`, tags, "texts, or leave it out");
    checkTexts(`${name}.tags.`, tags);
  }
  checkRoleArn(`${name}.roleArn`, roleArn);
}

function checkRoleArn(name: string, roleArn: unknown): void {
  if (typeof roleArn !== "string" || !/^arn:[^:]+:iam::\d{12}:role\/.+/.test(roleArn))
    throw invalid(
      name,
      roleArn,
      "want the ARN of an IAM role",
      "pass an ARN such as arn:aws:iam::123456789012:role/deploy",
    );
}

function checkTexts(prefix: string, texts: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(texts))
    if (value !== undefined && (typeof value !== "string" || value.trim() === ""))
      throw invalid(
        `${prefix}${name}`,
        value,
        "it is empty or not text",
        `write text that is not empty for ${prefix}${name}, or leave it out`,
      );
}

function checkTextList(name: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value) || value.some((each) => typeof each !== "string" || each === ""))
    throw invalid(name, value, "it is no list of texts", "pass a list of texts, or leave it out");
}

function checkFlag(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean")
    throw invalid(name, value, "want true or false", "leave it out for false");
}

function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>;
}

function invalid(name: string, value: unknown, rule: string, fix: string): SwapError {
  return invalidInput(name, formatType(value), rule, fix);
}
