import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type KeysAndAttributes,
} from "@aws-sdk/client-dynamodb";

/** Maximum number of keys in one BatchGetItem. Source: DynamoDB API Reference, BatchGetItem. */
export const MAX_BATCH_KEYS = 100;

/** An item or a key in DynamoDB's own format. */
export type RawItem = Record<string, AttributeValue>;

export interface BatchGet {
  table: string;
  /** At most {@link MAX_BATCH_KEYS}, without duplicates. */
  keys: readonly RawItem[];
  /** The attributes to read. Default: all. */
  attributes?: Pick<KeysAndAttributes, "ProjectionExpression" | "ExpressionAttributeNames">;
  /** Whether the reads are strongly consistent. Default: true. */
  strong?: boolean;
  /** Sends one request. An error that it throws ends the batch. */
  send(command: BatchGetItemCommand, keys: readonly RawItem[]): Promise<BatchGetItemCommandOutput>;
  /** Consecutive requests without an item after which the remaining keys are given up. */
  maxEmptyAttempts: number;
  /** Waits before the next request. `emptyAttempts` counts the consecutive requests without an item. */
  pause(emptyAttempts: number): Promise<unknown>;
}

export interface BatchGetResult {
  items: RawItem[];
  /** Keys that were not read. */
  unprocessed: RawItem[];
  /** The error that ended the batch. */
  error?: unknown;
}

/**
 * Reads items by key and retries unprocessed keys. If a request fails, returns the
 * items read so far with the error.
 *
 * @see {@link https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html}
 */
export async function batchGet({
  table,
  keys,
  attributes = {},
  strong = true,
  send,
  maxEmptyAttempts,
  pause,
}: BatchGet): Promise<BatchGetResult> {
  const items: RawItem[] = [];
  let left = [...keys];
  for (let emptyAttempts = 0; left.length > 0; ) {
    const command = new BatchGetItemCommand({
      RequestItems: { [table]: { Keys: left, ConsistentRead: strong, ...attributes } },
    });
    let answer: BatchGetItemCommandOutput;
    try {
      answer = await send(command, left);
    } catch (error) {
      return { items, unprocessed: left, error };
    }
    // The request names one table, so every entry of the response belongs to it, also when the response
    // uses another form of the name.
    items.push(...Object.values(answer.Responses ?? {}).flat());
    const again = Object.values(answer.UnprocessedKeys ?? {}).flatMap(({ Keys }) => Keys ?? []);
    emptyAttempts = again.length < left.length ? 0 : emptyAttempts + 1;
    left = again;
    if (left.length === 0 || emptyAttempts === maxEmptyAttempts) break;
    await pause(emptyAttempts);
  }
  return { items, unprocessed: left };
}
