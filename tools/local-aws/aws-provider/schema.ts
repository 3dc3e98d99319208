import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** A property in Pulumi's package schema. */
type Property = { type: string; items?: object; additionalProperties?: object } | { $ref: string };

const ANY: Property = { $ref: "pulumi.json#/Any" };
const LIST: Property = { type: "array", items: ANY };
const MAP: Property = { type: "object", additionalProperties: { type: "string" } };
const TEXT: Property = { type: "string" };
const NUMBER: Property = { type: "integer" };
const YES_NO: Property = { type: "boolean" };

const INPUTS: Record<string, Property> = {
  attributes: LIST,
  billingMode: TEXT,
  deletionProtectionEnabled: YES_NO,
  globalSecondaryIndexes: LIST,
  globalTableWitness: ANY,
  hashKey: TEXT,
  importTable: ANY,
  localSecondaryIndexes: LIST,
  name: TEXT,
  onDemandThroughput: ANY,
  pointInTimeRecovery: ANY,
  rangeKey: TEXT,
  readCapacity: NUMBER,
  region: TEXT,
  replicas: LIST,
  restoreBackupArn: TEXT,
  restoreDateTime: TEXT,
  restoreSourceName: TEXT,
  restoreSourceTableArn: TEXT,
  restoreToLatestTime: YES_NO,
  serverSideEncryption: ANY,
  streamEnabled: YES_NO,
  streamViewType: TEXT,
  tableClass: TEXT,
  tags: MAP,
  ttl: ANY,
  warmThroughput: ANY,
  writeCapacity: NUMBER,
};

/**
 * Refuses to give the schema to an engine that would keep it in the user's own Pulumi home, where
 * it would later be taken for that of the real provider.
 * @see https://www.pulumi.com/docs/iac/cli/environment-variables/ for PULUMI_HOME
 */
export function requireOwnHome({ PULUMI_HOME: home }: NodeJS.ProcessEnv): void {
  if (home && resolve(home) !== join(homedir(), ".pulumi")) return;
  throw new Error(
    "the local aws stand-in gives its schema, which is not the real one, only to an engine with its own home: set PULUMI_HOME to another folder than ~/.pulumi",
  );
}

/**
 * A schema for the languages that ask the plugin for one: YAML programs, and the code that
 * `pulumi import` writes. It names every property of the real resource, so that one which cannot be
 * honoured is refused by check with its reason, and leaves the inside of structured ones open.
 */
export const schemaOf = (version: string): string =>
  JSON.stringify({
    name: "aws",
    version,
    resources: {
      "aws:dynamodb/table:Table": {
        inputProperties: INPUTS,
        properties: { ...INPUTS, arn: TEXT, streamArn: TEXT, streamLabel: TEXT, tagsAll: MAP },
      },
    },
  });
