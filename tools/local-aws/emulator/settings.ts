import type { Engine } from "./engine";
import { validation } from "./failure";
import { isJson, type Json, member, members, text } from "./json";
import type { TableMetadata } from "./table-metadata";
import { withTags } from "./tags";

const COMMON = [
  "TableName",
  "AttributeDefinitions",
  "KeySchema",
  "BillingMode",
  "ProvisionedThroughput",
  "LocalSecondaryIndexes",
  "GlobalSecondaryIndexes",
  "GlobalSecondaryIndexUpdates",
];
const EMULATED = [
  "Tags",
  "TableClass",
  "SSESpecification",
  "StreamSpecification",
  "DeletionProtectionEnabled",
];
const COMMON_OF_INDEX = ["IndexName", "KeySchema", "Projection", "ProvisionedThroughput"];
const TABLE_CLASSES = ["STANDARD", "STANDARD_INFREQUENT_ACCESS"];
const VIEWS = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"];

/** The settings of a CreateTable or UpdateTable, by who keeps them. */
export interface SplitSettings {
  /** For the engine. */
  native: Json;
  /** For the emulator. */
  kept: Json;
}

/**
 * Sorts the settings of a request.
 * @throws DynamoDBFailure for a setting that neither can honour: the engine would drop it.
 */
export function splitSettings(operation: string, input: Json, engine: Engine): SplitSettings {
  const native: Json = {};
  const kept: Json = {};
  for (const [name, value] of Object.entries(input)) {
    if (value === null) continue;
    if (COMMON.includes(name) || engine.settings.has(name)) native[name] = value;
    else if (EMULATED.includes(name)) kept[name] = value;
    else throw cannotHonour(engine, operation, name);
  }
  const updates = members(input, "GlobalSecondaryIndexUpdates").flatMap((update) =>
    Object.values(update).filter(isJson),
  );
  for (const index of [...members(input, "GlobalSecondaryIndexes"), ...updates]) {
    const foreign = Object.keys(index).find(
      (name) => !COMMON_OF_INDEX.includes(name) && !engine.settings.has(name),
    );
    if (foreign) throw cannotHonour(engine, operation, `${foreign} of index ${index.IndexName}`);
  }
  return { native, kept };
}

/** `metadata` with the kept settings applied; `nowMs` names a new stream. */
export function applySettings(metadata: TableMetadata, kept: Json, nowMs: number): TableMetadata {
  const result = { ...metadata };
  if (member(kept, "SSESpecification")?.Enabled === true) {
    throw validation("SSESpecification: nothing is encrypted here: leave it out, or use AWS");
  }
  if ("Tags" in kept) result.tags = withTags(metadata.tags, members(kept, "Tags"));
  if ("DeletionProtectionEnabled" in kept) {
    result.deletionProtection = kept.DeletionProtectionEnabled === true;
  }
  const tableClass = text(kept, "TableClass");
  if (tableClass !== undefined) {
    oneOf("TableClass", tableClass, TABLE_CLASSES);
    result.tableClass = { name: tableClass, updatedMs: nowMs };
  }
  const stream = member(kept, "StreamSpecification");
  if (stream !== undefined) result.stream = changedStream(metadata.stream, stream, nowMs);
  return result;
}

/** The description of a table, with what the emulator keeps of it. */
export function withMetadata(table: Json, metadata: TableMetadata, engine: Engine): Json {
  const result = { ...table };
  if (!engine.settings.has("DeletionProtectionEnabled")) {
    result.DeletionProtectionEnabled = metadata.deletionProtection ?? false;
  }
  if (metadata.tableClass !== undefined)
    result.TableClassSummary = { TableClass: metadata.tableClass.name };
  if (metadata.stream !== undefined) {
    const { enabled, label, viewType } = metadata.stream;
    if (enabled) result.StreamSpecification = { StreamEnabled: true, StreamViewType: viewType };
    result.LatestStreamLabel = label;
    result.LatestStreamArn = `${table.TableArn}/stream/${label}`;
  }
  if (metadata.restore !== undefined) {
    const { sourceArn, atMs, inProgress } = metadata.restore;
    if (inProgress) result.TableStatus = "CREATING";
    result.RestoreSummary = {
      SourceTableArn: sourceArn,
      RestoreDateTime: atMs / 1000,
      RestoreInProgress: inProgress,
    };
  }
  return result;
}

/**
 * A stream is described, never fed: no record can be read from it. Its ARN changes whenever it
 * is enabled again, as on AWS, and stays in the description after it was disabled.
 */
function changedStream(
  stream: TableMetadata["stream"],
  wanted: Json,
  nowMs: number,
): NonNullable<TableMetadata["stream"]> {
  if (wanted.StreamEnabled !== true) {
    if (!stream?.enabled) throw validation("Table has no stream to disable");
    return { ...stream, enabled: false };
  }
  if (stream?.enabled) throw validation("Table already has an enabled stream");
  const viewType = text(wanted, "StreamViewType") ?? "";
  oneOf("StreamViewType", viewType, VIEWS);
  return { viewType, enabled: true, label: new Date(nowMs).toISOString().replace("Z", "") };
}

function oneOf(name: string, value: string, allowed: string[]): void {
  if (!allowed.includes(value)) {
    throw validation(`${name} is "${value}": it must be one of ${allowed.join(", ")}`);
  }
}

const cannotHonour = (engine: Engine, operation: string, setting: string) =>
  validation(`${engine.name} cannot honour ${setting} in ${operation}: leave it out, or use AWS`);
