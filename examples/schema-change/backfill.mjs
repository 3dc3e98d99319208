// Copies version 1 into version 2: `node backfill.mjs`. Safe to run again.
import { BatchWriteItemCommand, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { tableName } from "pulumi-swap/pointer";

const [from, to] = [tableName("invoices", 1), tableName("invoices", 2)];
const client = new DynamoDBClient({});

/** Only open invoices get the attribute that puts them into the index. */
const toVersion2 = ({ paid, due, ...invoice }) => ({
  ...invoice,
  due,
  ...(paid?.BOOL !== true && { openUntil: due }),
});

let written = 0;
for await (const { Items = [] } of paginateScan({ client, pageSize: 25 }, { TableName: from })) {
  if (Items.length === 0) continue;
  let requests = { [to]: Items.map((item) => ({ PutRequest: { Item: toVersion2(item) } })) };
  while (Object.keys(requests).length > 0) {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: requests }));
    requests = answer.UnprocessedItems ?? {};
  }
  written += Items.length;
}
console.log(`copied ${written} invoices from ${from} into ${to}`);
