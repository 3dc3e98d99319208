// What ours is compared with, as people write it: no progress, no parked items, no comparison by value.
import { BatchWriteItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";

/** An item of about 300 bytes. */
export const itemOf = (index) => ({
  pk: { S: `order-${String(index).padStart(9, "0")}` },
  customer: { S: `customer-${index % 1_000}` },
  total: { N: `${index}.50` },
  lines: {
    L: [
      { M: { sku: { S: `sku-${index % 97}` }, count: { N: "2" } } },
      { M: { sku: { S: `sku-${index % 89}` }, count: { N: "1" } } },
    ],
  },
  tags: { SS: ["new", "paid", "web"] },
  note: { S: "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor" },
  paid: { BOOL: index % 2 === 0 },
});

export async function fill(client, table, count) {
  for (let start = 0; start < count; start += 25)
    await write(
      client,
      table,
      Array.from({ length: Math.min(25, count - start) }, (_, index) => itemOf(start + index)),
    );
}

/** Calls `each` with the items of each page of a segment. */
export async function eachPage(client, TableName, Segment, TotalSegments, each) {
  let ExclusiveStartKey;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName,
        Segment,
        TotalSegments,
        ExclusiveStartKey,
        ConsistentRead: true,
      }),
    );
    await each(page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

const segments = (count, work) =>
  Promise.all(Array.from({ length: count }, (_, segment) => work(segment)));

/** Parallel Scan and BatchWriteItem. */
export const copyItems = (client, from, to, concurrency) =>
  segments(concurrency, (segment) =>
    eachPage(client, from, segment, concurrency, async (items) => {
      for (let start = 0; start < items.length; start += 25)
        await write(client, to, items.slice(start, start + 25));
    }),
  );

/** Parallel Scan of both tables, whose items are only counted. */
export async function readBoth(client, tables, concurrency) {
  const counts = await Promise.all(
    tables.map(async (table) => {
      let count = 0;
      await segments(concurrency, (segment) =>
        eachPage(client, table, segment, concurrency, (items) => {
          count += items.length;
        }),
      );
      return count;
    }),
  );
  if (counts[0] !== counts[1]) throw new Error("the tables differ");
}

/** The usual script: one item after the other; the first `count` of them. */
export async function putEach(client, from, to, count) {
  const page = new ScanCommand({ TableName: from, ConsistentRead: true, Limit: count });
  const { Items } = await client.send(page);
  for (const Item of Items) await client.send(new PutItemCommand({ TableName: to, Item }));
}

async function write(client, table, items) {
  let left = items.map((Item) => ({ PutRequest: { Item } }));
  while (left.length > 0) {
    const command = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
    left = (await client.send(command)).UnprocessedItems?.[table] ?? [];
  }
}
