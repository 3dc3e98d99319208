import { string as stringArg } from "@oclif/core/args";
import { string as stringFlag } from "@oclif/core/flags";

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
