import { string as stringArg } from "@oclif/core/args";
import { string as stringFlag } from "@oclif/core/flags";
import { SwapError } from "../errors";
import { versionRule } from "../pointer/names";
import { formatValue } from "../validation";

/** The values of the connection flags. */
export interface ConnectionFlags {
  "control-table"?: string | undefined;
  region?: string | undefined;
  profile?: string | undefined;
  "endpoint-url"?: string | undefined;
}

/** Flags of every command that reads the control table. */
export const connectionFlags = {
  "control-table": stringFlag({
    summary: "name (or ARN) of the control table",
    env: "SWAP_CONTROL_TABLE",
    helpValue: "NAME",
    helpGroup: "CONNECTION",
  }),
  region: stringFlag({
    summary: "AWS Region; default: AWS_REGION, AWS_DEFAULT_REGION, the profile's",
    helpValue: "REGION",
    helpGroup: "CONNECTION",
  }),
  profile: stringFlag({
    summary:
      "profile of the shared AWS configuration files; default: AWS_PROFILE, behind keys in the environment",
    helpValue: "NAME",
    helpGroup: "CONNECTION",
  }),
  "endpoint-url": stringFlag({
    summary: "DynamoDB endpoint; default: AWS_ENDPOINT_URL_DYNAMODB, else AWS",
    helpValue: "URL",
    helpGroup: "CONNECTION",
  }),
};

/** The ALIAS argument. Standard input is not read: it may belong to the calling script. */
export const aliasArg = stringArg({
  description: "alias of the data set; default: environment variable SWAP_ALIAS",
  ignoreStdin: true,
});

/**
 * Parses a version flag.
 *
 * @throws SwapError `swap.version-out-of-range`
 */
export function parseVersionFlag(text: string): number {
  const version = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const rule = Number.isNaN(version) ? "want a whole number" : versionRule(version);
  if (rule !== undefined)
    throw new SwapError("swap.version-out-of-range", {
      value: formatValue(text),
      rule,
      source: "input",
    });
  return version;
}
