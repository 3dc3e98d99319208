// Replays version 1 into version 2: `node backfill.mjs [--limit N]`. Safe to run again.
import { BatchWriteItemCommand, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";

const limitAt = process.argv.indexOf("--limit");
const limit = limitAt < 0 ? Number.POSITIVE_INFINITY : Number(process.argv[limitAt + 1]);
const client = new DynamoDBClient({});

/** Version 2 keeps whole cents, where version 1 kept euros as text. */
const toVersion2 = ({ total, ...order }) => ({
  ...order,
  totalCents: { N: String(Math.round(Number(total.S) * 100)) },
});

let written = 0;
for await (const page of paginateScan({ client, pageSize: 25 }, { TableName: "orders_v1" })) {
  const items = (page.Items ?? []).slice(0, limit - written);
  if (items.length === 0) break;
  let requests = { orders_v2: items.map((item) => ({ PutRequest: { Item: toVersion2(item) } })) };
  while (Object.keys(requests).length > 0) {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: requests }));
    requests = answer.UnprocessedItems ?? {};
  }
  written += items.length;
}
console.log(`backfilled ${written} orders from orders_v1 into orders_v2`);
