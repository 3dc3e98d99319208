import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type KeysAndAttributes,
} from "@aws-sdk/client-dynamodb";

/** Keys that one BatchGetItem takes. Source: DynamoDB API Reference, BatchGetItem. */
export const MAX_BATCH_KEYS = 100;

/** An item, or a key, as DynamoDB has it. */
export type RawItem = Record<string, AttributeValue>;

export interface BatchGet {
  table: string;
  /** At most {@link MAX_BATCH_KEYS}, each once. */
  keys: readonly RawItem[];
  /** The attributes to read; all where left out. */
  attributes?: Pick<KeysAndAttributes, "ProjectionExpression" | "ExpressionAttributeNames">;
  /** Makes one request. What it throws ends the batch. */
  send(command: BatchGetItemCommand, keys: readonly RawItem[]): Promise<BatchGetItemCommandOutput>;
  /** Requests in a row that may bring no item before the rest is given up. */
  maxEmptyAttempts: number;
  /** Waits before the next request. `emptyAttempts` counts the requests in a row that brought nothing. */
  pause(emptyAttempts: number): Promise<unknown>;
}

export interface BatchGetResult {
  items: RawItem[];
  /** Keys that were given up. */
  unprocessed: RawItem[];
  /** What a request threw, when that ended the batch. */
  error?: unknown;
}

/**
 * Reads items by key, consistently, and asks again for the keys that DynamoDB leaves unprocessed. Items
 * read before a failure are returned with it.
 *
 * @see {@link https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html}
 */
export async function batchGet({
  table,
  keys,
  attributes = {},
  send,
  maxEmptyAttempts,
  pause,
}: BatchGet): Promise<BatchGetResult> {
  const items: RawItem[] = [];
  let left = [...keys];
  for (let emptyAttempts = 0; left.length > 0; ) {
    const command = new BatchGetItemCommand({
      RequestItems: { [table]: { Keys: left, ConsistentRead: true, ...attributes } },
    });
    let answer: BatchGetItemCommandOutput;
    try {
      answer = await send(command, left);
    } catch (error) {
      return { items, unprocessed: left, error };
    }
    // The request names one table, so whatever name the answer is filed under is that table's.
    items.push(...Object.values(answer.Responses ?? {}).flat());
    const again = Object.values(answer.UnprocessedKeys ?? {}).flatMap(({ Keys }) => Keys ?? []);
    emptyAttempts = again.length < left.length ? 0 : emptyAttempts + 1;
    left = again;
    if (left.length === 0 || emptyAttempts === maxEmptyAttempts) break;
    await pause(emptyAttempts);
  }
  return { items, unprocessed: left };
}
