/** How a command names its tables. */
export type CommandShape =
  | "single"
  | "paged"
  | "batch-get"
  | "batch-write"
  | "transaction"
  | "partiql";

const shapes: ReadonlyMap<string, CommandShape> = new Map<string, CommandShape>([
  ["GetItem", "single"],
  ["PutItem", "single"],
  ["UpdateItem", "single"],
  ["DeleteItem", "single"],
  ["SearchVectors", "single"],
  ["Query", "paged"],
  ["Scan", "paged"],
  ["BatchGetItem", "batch-get"],
  ["BatchWriteItem", "batch-write"],
  ["TransactGetItems", "transaction"],
  ["TransactWriteItems", "transaction"],
  ["ExecuteStatement", "partiql"],
  ["BatchExecuteStatement", "partiql"],
  ["ExecuteTransaction", "partiql"],
]);

const writes: ReadonlySet<string> = new Set([
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "TransactWriteItems",
]);

/** Whether a command changes items. */
export function isWrite(action: string): boolean {
  return writes.has(action);
}

/** The shape of an item command; undefined for a command on tables. */
export function shapeOf(action: string): CommandShape | undefined {
  return shapes.get(action);
}

/**
 * The parts of inputs and outputs that name tables; the same for the plain and the document client. Source:
 * DynamoDB API Reference, request and response syntax of each action.
 */
export interface CommandInput {
  TableName?: string;
  ExclusiveStartKey?: object;
  TotalSegments?: number;
  RequestItems?: Record<string, object>;
  TransactItems?: Record<string, { TableName?: string } | undefined>[];
  Statement?: string;
  Statements?: { Statement?: string }[];
  TransactStatements?: { Statement?: string }[];
}

export interface CommandOutput {
  LastEvaluatedKey?: object;
  Responses?: Record<string, unknown> | unknown[];
  UnprocessedKeys?: Record<string, object>;
  UnprocessedItems?: Record<string, object>;
  ItemCollectionMetrics?: Record<string, unknown>;
  ConsumedCapacity?: { TableName?: string } | { TableName?: string }[];
}
