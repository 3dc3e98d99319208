import type { OnlineIndexes } from "./engine";
import { inUse, limitExceeded, notFound, validation } from "./failure";
import { type Json, member, members, text } from "./json";
import { type Operation, type RequestContext, tableNamed } from "./request-context";
import { applySettings, splitSettings, withMetadata } from "./settings";

export const createTable: Operation = async (context, { engine, metadata, now }) => {
  const { native, kept } = splitSettings("CreateTable", context.input, engine);
  if (member(kept, "StreamSpecification")?.StreamEnabled === false) delete kept.StreamSpecification;
  const tableMetadata = applySettings({}, kept, now());
  engine.nextRegion?.(context.region);
  const made = member(await context.call("CreateTable", native), "TableDescription") ?? {};
  metadata.set(made, tableMetadata);
  return { TableDescription: withMetadata(made, tableMetadata, engine) };
};

export const describeTable: Operation = async (context, { engine, metadata }) => {
  const table = await tableNamed(context, context.input.TableName);
  return { Table: withMetadata(table, metadata.get(table), engine) };
};

export const deleteTable: Operation = async (context, { engine, metadata }) => {
  const table = await tableNamed(context, context.input.TableName);
  const tableMetadata = metadata.get(table);
  if (tableMetadata.deletionProtection) {
    throw validation(
      "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
    );
  }
  if (tableMetadata.restore?.inProgress) throw beingChanged(table, "created");
  const gone = member(await context.call("DeleteTable", context.input), "TableDescription") ?? {};
  metadata.delete(table);
  return { TableDescription: withMetadata(gone, tableMetadata, engine) };
};

export const updateTable: Operation = async (context, { engine, metadata, now }) => {
  const { native, kept } = splitSettings("UpdateTable", context.input, engine);
  const table = await tableNamed(context, context.input.TableName);
  const before = metadata.get(table);
  if (withMetadata(table, before, engine).TableStatus !== "ACTIVE") {
    throw beingChanged(table, "updated");
  }
  const tableMetadata = applySettings(before, kept, now());
  if (engine.indexes) await changeIndexes(table, native, engine.indexes);
  const forEngine = Object.keys(native).some((name) => !WITHOUT_EFFECT.includes(name));
  const nothing = !forEngine && Object.keys(kept).length === 0 && !hasIndexChange(context);
  if (forEngine || nothing) await context.call("UpdateTable", native);
  metadata.set(table, tableMetadata);
  const after = await tableNamed(context, context.input.TableName);
  return { TableDescription: withMetadata(after, tableMetadata, engine) };
};

/** Members of UpdateTable that change nothing on their own. */
const WITHOUT_EFFECT = ["TableName", "AttributeDefinitions"];

const hasIndexChange = (context: RequestContext): boolean =>
  members(context.input, "GlobalSecondaryIndexUpdates").length > 0;

/** Does the creation or deletion of an index and takes it out of what is left for the engine. */
async function changeIndexes(table: Json, native: Json, indexes: OnlineIndexes): Promise<void> {
  const updates = members(native, "GlobalSecondaryIndexUpdates");
  const left = updates.filter((update) => member(update, "Update") !== undefined);
  if (updates.length - left.length > 1) {
    throw limitExceeded(
      "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    );
  }
  const name = text(table, "TableName") ?? "";
  const existing = members(table, "GlobalSecondaryIndexes");
  for (const update of updates) {
    const creation = member(update, "Create");
    const deletion = member(update, "Delete");
    const index = (creation ?? deletion)?.IndexName;
    const exists = existing.some((known) => known.IndexName === index);
    if (creation && exists) {
      throw validation(`Attempting to create an index which already exists: ${index}`);
    }
    if (deletion && !exists) throw notFound(`Requested resource not found: index ${index}`);
    if (creation) await indexes.create(name, members(native, "AttributeDefinitions"), creation);
    if (deletion) await indexes.drop(name, String(index));
  }
  if (left.length > 0) native.GlobalSecondaryIndexUpdates = left;
  else delete native.GlobalSecondaryIndexUpdates;
}

const beingChanged = (table: Json, how: string) =>
  inUse(
    `Attempt to change a resource which is still in use: Table is being ${how}: ${table.TableName}`,
  );
