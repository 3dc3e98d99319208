import type {
  AttributeDefinition,
  CreateTableCommandInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  ProjectionType,
  ProvisionedThroughput,
  RestoreTableToPointInTimeCommandInput,
  StreamViewType,
  TableClass,
} from "@aws-sdk/client-dynamodb";
import { type GlobalIndex, keysOf, type LocalIndex, PROVISIONED, type TableInputs } from "./table";

/** The CreateTable request. Tags take a separate one: DynamoDB Local drops them here silently. */
export function createRequest(table: TableInputs): CreateTableCommandInput {
  const { globalSecondaryIndexes: globals = [], localSecondaryIndexes: locals = [] } = table;
  return {
    TableName: table.name,
    AttributeDefinitions: attributeDefinitions(table),
    KeySchema: keySchema(table),
    BillingMode: table.billingMode as "PROVISIONED",
    ProvisionedThroughput: throughput(table, table.billingMode),
    ...(globals.length > 0 && {
      GlobalSecondaryIndexes: globals.map((index) => globalIndex(index, table.billingMode)),
    }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: localIndexes(locals, table.hashKey) }),
    ...(table.streamEnabled && {
      StreamSpecification: {
        StreamEnabled: true,
        StreamViewType: table.streamViewType as StreamViewType,
      },
    }),
    ...(table.deletionProtectionEnabled && { DeletionProtectionEnabled: true }),
    ...(table.tableClass && { TableClass: table.tableClass as TableClass }),
  };
}

/** The request that restores the table from another one. */
export function restoreRequest(table: TableInputs): RestoreTableToPointInTimeCommandInput {
  const { globalSecondaryIndexes: globals = [], localSecondaryIndexes: locals = [] } = table;
  return {
    TargetTableName: table.name,
    ...(table.restoreSourceTableArn
      ? { SourceTableArn: table.restoreSourceTableArn }
      : { SourceTableName: table.restoreSourceName }),
    UseLatestRestorableTime: true,
    BillingModeOverride: table.billingMode as "PROVISIONED",
    ...(table.readCapacity &&
      table.writeCapacity && {
        ProvisionedThroughputOverride: throughput(table, table.billingMode),
      }),
    ...(globals.length > 0 && {
      GlobalSecondaryIndexOverride: globals.map((index) => globalIndex(index, table.billingMode)),
    }),
    ...(locals.length > 0 && { LocalSecondaryIndexOverride: localIndexes(locals, table.hashKey) }),
  };
}

export function attributeDefinitions(table: TableInputs): AttributeDefinition[] {
  return (table.attributes ?? []).map(({ name, type }) => ({
    AttributeName: name,
    AttributeType: type as "S",
  }));
}

export function globalIndex(index: GlobalIndex, billingMode: string): GlobalSecondaryIndex {
  return {
    IndexName: index.name,
    KeySchema: keySchema(keysOf(index)),
    Projection: projection(index),
    ProvisionedThroughput: throughput(index, billingMode),
  };
}

/** The capacity of a table or an index; undefined on demand. */
export function throughput(
  { readCapacity, writeCapacity }: { readCapacity?: number; writeCapacity?: number },
  billingMode: string,
): ProvisionedThroughput | undefined {
  if (billingMode !== PROVISIONED) return undefined;
  return { ReadCapacityUnits: readCapacity, WriteCapacityUnits: writeCapacity };
}

function localIndexes(indexes: LocalIndex[], hashKey: string | undefined): LocalSecondaryIndex[] {
  return indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: keySchema({ rangeKey: index.rangeKey, ...(hashKey && { hashKey }) }),
    Projection: projection(index),
  }));
}

function keySchema(keys: { hashKey?: string; rangeKey?: string }): KeySchemaElement[] {
  return [
    { AttributeName: keys.hashKey, KeyType: "HASH" },
    ...(keys.rangeKey ? [{ AttributeName: keys.rangeKey, KeyType: "RANGE" as const }] : []),
  ];
}

function projection(index: { projectionType: string; nonKeyAttributes?: string[] }) {
  const others = index.nonKeyAttributes ?? [];
  return {
    ProjectionType: index.projectionType as ProjectionType,
    ...(others.length > 0 && { NonKeyAttributes: others }),
  };
}
