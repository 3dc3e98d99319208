import { DynamoDBFailure, UpstreamFailure, validation } from "./failure";
import { type Json, member, members, text } from "./json";
import { type Emulator, type Operation, type RequestContext, tableNamed } from "./request-context";
import { withMetadata } from "./settings";

const BATCH = 25;
const POLL_MS = 20;
const SUPPORTED = new Set([
  "SourceTableName",
  "SourceTableArn",
  "TargetTableName",
  "UseLatestRestorableTime",
  "BillingModeOverride",
  "ProvisionedThroughputOverride",
  "GlobalSecondaryIndexOverride",
  "LocalSecondaryIndexOverride",
]);

/**
 * RestoreTableToPointInTime to the latest moment: a copy of the items the source holds now. The
 * new table is CREATING until it holds them all; as on AWS it gets neither tags, TTL, streams,
 * point-in-time recovery nor deletion protection of its source. A restore to an earlier moment is
 * refused: there is no history to take it from.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_beforeyoubegin.html
 */
export const restoreTable: Operation = async (context, emulator) => {
  const { input } = context;
  const foreign = Object.keys(input).find((name) => !SUPPORTED.has(name) && input[name] != null);
  if (foreign !== undefined) {
    throw validation(
      foreign === "RestoreDateTime"
        ? `${emulator.engine.name} keeps no history of items: restore with UseLatestRestorableTime, or use AWS`
        : `${emulator.engine.name} cannot honour ${foreign} in RestoreTableToPointInTime: leave it out, or use AWS`,
    );
  }
  if (input.UseLatestRestorableTime !== true) {
    throw validation("RestoreTableToPointInTime needs UseLatestRestorableTime");
  }
  const source = await sourceOf(context);
  if (emulator.metadata.get(source).recovery === undefined) {
    throw new DynamoDBFailure(
      "PointInTimeRecoveryUnavailableException",
      `Point in time recovery is not enabled for table '${source.TableName}'`,
    );
  }
  emulator.engine.nextRegion?.(context.region);
  const made = await makeTarget(context, source);
  const restore = { sourceArn: String(source.TableArn), atMs: emulator.now(), inProgress: true };
  emulator.metadata.set(made, { restore });
  emulator.runInBackground(fillRestoredTable(context, emulator, source, made));
  return { TableDescription: withMetadata(made, { restore }, emulator.engine) };
};

async function sourceOf(context: RequestContext): Promise<Json> {
  const arn = text(context.input, "SourceTableArn");
  const name = text(context.input, "SourceTableName") ?? arn?.split("/")[1];
  return tableNamed(context, name).catch((error: unknown) => {
    if (!(error instanceof UpstreamFailure && error.is("ResourceNotFoundException"))) throw error;
    throw new DynamoDBFailure("TableNotFoundException", `Table not found: ${name}`);
  });
}

async function makeTarget({ input, call }: RequestContext, source: Json): Promise<Json> {
  const billing =
    input.BillingModeOverride ?? member(source, "BillingModeSummary")?.BillingMode ?? "PROVISIONED";
  const provisioned = billing === "PROVISIONED";
  const keys = (schema: unknown) =>
    (schema as { AttributeName: string }[]).map((k) => k.AttributeName);
  const indexes = (override: string, own: string): Json[] =>
    (Array.isArray(input[override]) ? members(input, override) : members(source, own)).map(
      ({ IndexName, KeySchema, Projection, ProvisionedThroughput: p }) => ({
        IndexName,
        KeySchema,
        Projection,
        ...(provisioned && own.startsWith("Global") && { ProvisionedThroughput: units(p) }),
      }),
    );
  const globals = indexes("GlobalSecondaryIndexOverride", "GlobalSecondaryIndexes");
  const locals = indexes("LocalSecondaryIndexOverride", "LocalSecondaryIndexes");
  const used = new Set([source, ...globals, ...locals].flatMap((t) => keys(t.KeySchema)));
  const wanted: Json = {
    TableName: input.TargetTableName,
    KeySchema: source.KeySchema,
    BillingMode: billing,
    AttributeDefinitions: members(source, "AttributeDefinitions").filter((a) =>
      used.has(String(a.AttributeName)),
    ),
    ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
    ...(provisioned && {
      ProvisionedThroughput: units(
        input.ProvisionedThroughputOverride ?? source.ProvisionedThroughput,
      ),
    }),
  };
  const answer = await call("CreateTable", wanted).catch((error: unknown) => {
    if (!(error instanceof UpstreamFailure && error.is("ResourceInUseException"))) throw error;
    const message = `Table already exists: ${input.TargetTableName}`;
    throw new DynamoDBFailure("TableAlreadyExistsException", message);
  });
  return member(answer, "TableDescription") ?? {};
}

const units = (throughput: unknown): Json => {
  const { ReadCapacityUnits, WriteCapacityUnits } = throughput as Json;
  return { ReadCapacityUnits, WriteCapacityUnits };
};

async function fillRestoredTable(
  context: RequestContext,
  emulator: Emulator,
  source: Json,
  target: Json,
): Promise<void> {
  const name = text(target, "TableName") ?? "";
  try {
    while ((await tableNamed(context, name)).TableStatus !== "ACTIVE") {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await copyItems(context, String(source.TableName), name);
    const tableMetadata = emulator.metadata.get(target);
    if (tableMetadata.restore)
      tableMetadata.restore = { ...tableMetadata.restore, inProgress: false };
    emulator.metadata.set(target, tableMetadata);
  } catch (error) {
    // A half-filled table must never be taken for a restored one.
    await context.call("DeleteTable", { TableName: name }).catch(() => undefined);
    console.error(`restoring ${source.TableName} into ${name} failed: ${(error as Error).message}`);
  }
}

async function copyItems({ call }: RequestContext, from: string, to: string): Promise<void> {
  let page: Json = {};
  do {
    page = await call("Scan", {
      TableName: from,
      ConsistentRead: true,
      ...(page.LastEvaluatedKey ? { ExclusiveStartKey: page.LastEvaluatedKey } : {}),
    });
    const items = members(page, "Items");
    for (let start = 0; start < items.length; start += BATCH) {
      const puts = items.slice(start, start + BATCH).map((Item) => ({ PutRequest: { Item } }));
      let left: Json = { [to]: puts };
      while (Object.keys(left).length > 0) {
        left =
          member(await call("BatchWriteItem", { RequestItems: left }), "UnprocessedItems") ?? {};
      }
    }
  } while (page.LastEvaluatedKey);
}
