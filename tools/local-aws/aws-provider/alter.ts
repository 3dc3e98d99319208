import { isDeepStrictEqual } from "node:util";
import {
  type DynamoDBClient,
  type GlobalSecondaryIndexUpdate,
  type StreamViewType,
  type TableClass,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from "@aws-sdk/client-dynamodb";
import { shapeOf } from "./diff";
import { attributeDefinitions, globalIndex, throughput } from "./requests";
import { type GlobalIndex, ON_DEMAND, PROVISIONED, type TableInputs } from "./table";
import { untilActive } from "./wait";

type Change = Omit<UpdateTableCommandInput, "TableName">;

/**
 * Makes the changes that UpdateTable can make, one a request as DynamoDB requires: indexes are dropped
 * first and built last.
 * @param now the table's present outputs
 */
export async function alter(
  client: DynamoDBClient,
  now: TableInputs,
  wanted: TableInputs,
): Promise<void> {
  for (const change of changes(now, wanted)) {
    await client.send(new UpdateTableCommand({ TableName: now.name, ...change }));
    await untilActive(client, now.name);
  }
}

/** The requests, in order. */
export function changes(now: TableInputs, wanted: TableInputs): Change[] {
  const current = new Map((now.globalSecondaryIndexes ?? []).map((index) => [index.name, index]));
  const kept = (wanted.globalSecondaryIndexes ?? []).filter((index) => {
    const known = current.get(index.name);
    return (
      known && isDeepStrictEqual(shapeOf(known), shapeOf(index)) && sameKeyTypes(index, now, wanted)
    );
  });
  const stays = new Set(kept.map((index) => index.name));
  const dropped = [...current.keys()].filter((name) => !stays.has(name));
  const built = (wanted.globalSecondaryIndexes ?? []).filter((index) => !stays.has(index.name));
  const index = (update: GlobalSecondaryIndexUpdate): Change => ({
    GlobalSecondaryIndexUpdates: [update],
  });
  return [
    ...dropped.map((name) => index({ Delete: { IndexName: name } })),
    ...protectionChanges(now, wanted),
    ...capacityChanges(now, wanted, kept, current),
    ...streamChanges(now, wanted),
    ...classChanges(now, wanted),
    ...built.map((one) => ({
      AttributeDefinitions: attributeDefinitions(wanted),
      ...index({ Create: globalIndex(one, wanted.billingMode) as never }),
    })),
  ];
}

function capacityChanges(
  now: TableInputs,
  wanted: TableInputs,
  kept: GlobalIndex[],
  current: Map<string, GlobalIndex>,
): Change[] {
  const switched = now.billingMode !== wanted.billingMode;
  if (wanted.billingMode === ON_DEMAND) return switched ? [{ BillingMode: ON_DEMAND }] : [];
  const changed = (a: { readCapacity?: number; writeCapacity?: number } | undefined, b: typeof a) =>
    switched || a?.readCapacity !== b?.readCapacity || a?.writeCapacity !== b?.writeCapacity;
  const indexes = kept
    .filter((index) => changed(current.get(index.name), index))
    .map((index) => ({
      Update: { IndexName: index.name, ProvisionedThroughput: throughput(index, PROVISIONED) },
    }));
  const change: Change = {
    ...(switched && { BillingMode: PROVISIONED }),
    ...(changed(now, wanted) && { ProvisionedThroughput: throughput(wanted, PROVISIONED) }),
    ...(indexes.length > 0 && { GlobalSecondaryIndexUpdates: indexes }),
  };
  return Object.keys(change).length > 0 ? [change] : [];
}

/** A live stream keeps its view type: another one takes a new stream, with a new ARN. */
function streamChanges(now: TableInputs, wanted: TableInputs): Change[] {
  const off: Change = { StreamSpecification: { StreamEnabled: false } };
  const view = (wanted.streamViewType || now.streamViewType) as StreamViewType;
  const on: Change = { StreamSpecification: { StreamEnabled: true, StreamViewType: view } };
  if (!wanted.streamEnabled) return now.streamEnabled ? [off] : [];
  if (!now.streamEnabled) return [on];
  return view === now.streamViewType ? [] : [off, on];
}

function protectionChanges(now: TableInputs, wanted: TableInputs): Change[] {
  const protect = wanted.deletionProtectionEnabled ?? false;
  return protect === now.deletionProtectionEnabled ? [] : [{ DeletionProtectionEnabled: protect }];
}

function classChanges(now: TableInputs, wanted: TableInputs): Change[] {
  const tableClass = (wanted.tableClass || "STANDARD") as TableClass;
  return tableClass === now.tableClass ? [] : [{ TableClass: tableClass }];
}

function sameKeyTypes(index: GlobalIndex, now: TableInputs, wanted: TableInputs): boolean {
  const { hashKey, rangeKey } = shapeOf(index);
  const type = (table: TableInputs, key: unknown) =>
    table.attributes?.find((attribute) => attribute.name === key)?.type;
  return [hashKey, rangeKey].every(
    (key) => !wanted.attributes || type(now, key) === type(wanted, key),
  );
}
