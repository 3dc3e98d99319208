// Fills version 1 with orders that look real: `node load.mjs 300`.
import { BatchWriteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";

const count = Number(process.argv[2] ?? 300);
const client = new DynamoDBClient({});
const customers = ["ana", "bela", "chen", "dora", "emil", "fatima", "goran", "hana"];
const goods = ["lamp", "chair", "desk", "shelf", "rug", "mirror", "clock"];

const order = (n) => ({
  orderId: { S: `2026-${String(n).padStart(5, "0")}` },
  customer: { S: customers[(n * 7) % customers.length] },
  placedAt: { S: new Date(Date.UTC(2026, 0, 1) + n * 3_600_000).toISOString() },
  item: { S: goods[(n * 5) % goods.length] },
  // Version 1 keeps euros as text; version 2 keeps whole cents (to-v2.mjs).
  total: { S: `${(n * 37) % 900}.${String((n * 13) % 100).padStart(2, "0")}` },
});

const orders = Array.from({ length: count }, (_, n) => order(n + 1));
for (let at = 0; at < orders.length; at += 25) {
  let requests = {
    orders_v1: orders.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } })),
  };
  while (Object.keys(requests).length > 0) {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: requests }));
    requests = answer.UnprocessedItems ?? {};
  }
}
console.log(`loaded ${count} orders into orders_v1`);
