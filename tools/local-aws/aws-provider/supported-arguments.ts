import { isObject, type Props, UNKNOWN } from "../../../src/plugin/host/values";
import type { Refusal } from "./refusal";

const TABLE = new Set([
  "name",
  "attributes",
  "hashKey",
  "rangeKey",
  "billingMode",
  "readCapacity",
  "writeCapacity",
  "globalSecondaryIndexes",
  "localSecondaryIndexes",
  "streamEnabled",
  "streamViewType",
  "ttl",
  "pointInTimeRecovery",
  "deletionProtectionEnabled",
  "serverSideEncryption",
  "tableClass",
  "tags",
  "region",
  "restoreSourceName",
  "restoreSourceTableArn",
  "restoreToLatestTime",
]);
const GLOBAL_INDEX = new Set([
  "name",
  "hashKey",
  "rangeKey",
  "keySchemas",
  "projectionType",
  "nonKeyAttributes",
  "readCapacity",
  "writeCapacity",
]);

/**
 * A refusal for each property that would have no effect here, such as replicas: a program must not
 * seem to have what it asked for.
 */
export function unsupportedArguments(inputs: Props): Refusal[] {
  const refusals = foreign(inputs, TABLE).map((name) =>
    name === "restoreDateTime"
      ? cannotHonour(
          name,
          `"restoreDateTime", having no history of items: use restoreToLatestTime or`,
        )
      : cannotHonour(name, `"${name}": use`),
  );
  for (const index of asObjects(inputs.globalSecondaryIndexes)) {
    for (const name of foreign(index, GLOBAL_INDEX)) {
      const what = `"${name}" of index "${index.name}": use`;
      refusals.push(cannotHonour("globalSecondaryIndexes", what));
    }
  }
  const encryption = inputs.serverSideEncryption;
  if (isObject(encryption) && (encryption.enabled === true || encryption.kmsKeyArn)) {
    const what = `"serverSideEncryption", as it encrypts nothing: leave it out or use`;
    refusals.push(cannotHonour("serverSideEncryption", what));
  }
  return refusals;
}

function foreign(given: Props, honoured: Set<string>): string[] {
  return Object.keys(given).filter(
    (name) => !honoured.has(name) && !name.startsWith("__") && given[name] != null,
  );
}

const asObjects = (value: unknown): Props[] =>
  value !== UNKNOWN && Array.isArray(value) ? value.filter(isObject) : [];

const cannotHonour = (property: string, what: string): Refusal => ({
  property,
  reason: `the local aws stand-in cannot honour ${what} the real AWS provider`,
});
