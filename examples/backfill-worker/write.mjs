import { setTimeout as sleep } from "node:timers/promises";
import { BatchWriteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";

/** Items that one BatchWriteItem takes. Source: DynamoDB API Reference, BatchWriteItem. */
const BATCH = 25;
const TRIES = 12;

/** Overwrites items of the target. Returns 0: none is kept. */
export async function putAll({ client, target, rate }, items) {
  for (let at = 0; at < items.length; at += BATCH) {
    const batch = items.slice(at, at + BATCH);
    await rate.take(batch.length);
    let requests = { [target]: batch.map((Item) => ({ PutRequest: { Item } })) };
    for (let tries = 1; Object.keys(requests).length > 0; tries++) {
      const { UnprocessedItems } = await client.send(
        new BatchWriteItemCommand({ RequestItems: requests }),
      );
      requests = UnprocessedItems ?? {};
      if (Object.keys(requests).length === 0) break;
      if (tries === TRIES) throw new Error(`${target} left items unprocessed ${TRIES} times`);
      await sleep(Math.random() * Math.min(20_000, 50 * 2 ** tries));
    }
  }
  return 0;
}

/**
 * Writes items one by one, each only if the target has no item of its key or an older one by the
 * attribute `keepNewer`: newer items of live traffic stay. Returns how many stayed.
 */
export async function putUnlessNewer({ client, target, rate, keepNewer }, items) {
  let kept = 0;
  for (const Item of items) {
    if (Item[keepNewer] === undefined)
      throw new Error(`an item has no attribute "${keepNewer}" to tell whether it is newer`);
    await rate.take(1);
    try {
      await client.send(
        new PutItemCommand({
          TableName: target,
          Item,
          ConditionExpression: "attribute_not_exists(#newer) OR #newer < :newer",
          ExpressionAttributeNames: { "#newer": keepNewer },
          ExpressionAttributeValues: { ":newer": Item[keepNewer] },
        }),
      );
    } catch (error) {
      if (error.name !== "ConditionalCheckFailedException") throw error;
      kept++;
    }
  }
  return kept;
}
