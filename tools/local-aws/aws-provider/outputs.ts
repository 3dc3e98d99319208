import type { GlobalSecondaryIndexDescription, KeySchemaElement } from "@aws-sdk/client-dynamodb";
import { type Props, UNKNOWN } from "../../../src/plugin/host/values";
import type { LiveTable } from "./live";
import { ON_DEMAND, PROVISIONED, type TableInputs } from "./table";

type Tags = Record<string, string>;

/** Arguments that the state keeps unchanged: DynamoDB does not return them. */
const ECHOED = [
  "serverSideEncryption",
  "restoreSourceName",
  "restoreSourceTableArn",
  "restoreToLatestTime",
];

/**
 * The outputs of a table as it is now.
 * @param known its inputs, or its earlier outputs
 */
export function outputsOf(live: LiveTable, known: Props, region: string, defaultTags: Tags): Props {
  const { table, tags, ttlAttribute, recovery } = live;
  const [hashKey, rangeKey] = keys(table.KeySchema);
  const globals = (table.GlobalSecondaryIndexes ?? []).map(globalIndex).sort(byName);
  const locals = (table.LocalSecondaryIndexes ?? []).map(
    ({ IndexName, KeySchema, Projection }) => ({
      name: IndexName ?? "",
      rangeKey: keys(KeySchema)[1],
      projectionType: Projection?.ProjectionType,
      nonKeyAttributes: Projection?.NonKeyAttributes ?? [],
    }),
  );
  const recovering = recovery.PointInTimeRecoveryStatus === "ENABLED";
  return {
    name: table.TableName,
    arn: table.TableArn,
    region,
    attributes: (table.AttributeDefinitions ?? [])
      .map((a) => ({ name: a.AttributeName ?? "", type: a.AttributeType }))
      .sort(byName),
    hashKey,
    rangeKey,
    billingMode: table.BillingModeSummary?.BillingMode === ON_DEMAND ? ON_DEMAND : PROVISIONED,
    readCapacity: table.ProvisionedThroughput?.ReadCapacityUnits ?? 0,
    writeCapacity: table.ProvisionedThroughput?.WriteCapacityUnits ?? 0,
    globalSecondaryIndexes: globals,
    localSecondaryIndexes: locals.sort(byName),
    streamEnabled: table.StreamSpecification?.StreamEnabled ?? false,
    streamViewType: table.StreamSpecification?.StreamViewType ?? "",
    streamArn: table.LatestStreamArn ?? "",
    streamLabel: table.LatestStreamLabel ?? "",
    ttl: { attributeName: ttlAttribute ?? "", enabled: ttlAttribute !== undefined },
    pointInTimeRecovery: {
      enabled: recovering,
      recoveryPeriodInDays: recovering ? (recovery.RecoveryPeriodInDays ?? 35) : 0,
    },
    deletionProtectionEnabled: table.DeletionProtectionEnabled ?? false,
    tableClass: table.TableClassSummary?.TableClass ?? "STANDARD",
    tags: withoutDefaults(tags, defaultTags, known.tags),
    tagsAll: tags,
    ...Object.fromEntries(ECHOED.map((name) => [name, known[name]])),
  };
}

/** The outputs of a table to be created, as far as a preview knows them. */
export function previewOfNew(inputs: TableInputs, region: string, defaultTags: Tags): Props {
  const later = ["attributes", "hashKey", "readCapacity", "writeCapacity", "streamViewType"];
  const unknown = [...later, "ttl", "pointInTimeRecovery", "arn", "streamArn", "streamLabel"];
  return {
    ...Object.fromEntries(unknown.map((name) => [name, UNKNOWN])),
    region,
    ...inputs,
    tagsAll: mergedTags(inputs.tags, defaultTags),
  };
}

/** The outputs of a table to be updated, as far as a preview knows them. */
export function previewOfUpdate(olds: Props, news: TableInputs, defaultTags: Tags): Props {
  const restreamed =
    olds.streamEnabled !== (news.streamEnabled ?? false) ||
    (news.streamEnabled === true && news.streamViewType !== olds.streamViewType);
  return {
    ...olds,
    ...news,
    ...(restreamed && { streamArn: UNKNOWN, streamLabel: UNKNOWN }),
    tagsAll: mergedTags(news.tags, defaultTags),
  };
}

function mergedTags(tags: Tags | undefined, defaultTags: Tags): unknown {
  return (tags as unknown) === UNKNOWN ? UNKNOWN : { ...defaultTags, ...tags };
}

/** A default tag counts as the table's own only where the program names it too. */
function withoutDefaults(tags: Tags, defaultTags: Tags, known: unknown): Tags {
  const own = Object.entries(tags).filter(
    ([key, value]) => defaultTags[key] !== value || key in ((known ?? {}) as object),
  );
  return Object.fromEntries(own);
}

function globalIndex(index: GlobalSecondaryIndexDescription) {
  const [hashKey, rangeKey] = keys(index.KeySchema);
  return {
    name: index.IndexName ?? "",
    hashKey,
    rangeKey,
    keySchemas: (index.KeySchema ?? []).map((key) => ({
      attributeName: key.AttributeName,
      keyType: key.KeyType,
    })),
    projectionType: index.Projection?.ProjectionType,
    nonKeyAttributes: index.Projection?.NonKeyAttributes ?? [],
    readCapacity: index.ProvisionedThroughput?.ReadCapacityUnits ?? 0,
    writeCapacity: index.ProvisionedThroughput?.WriteCapacityUnits ?? 0,
  };
}

function keys(schema: KeySchemaElement[] | undefined): [string | undefined, string | undefined] {
  const named = (type: string) => schema?.find((key) => key.KeyType === type)?.AttributeName;
  return [named("HASH"), named("RANGE")];
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
