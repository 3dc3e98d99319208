// Changes an order of version 1, as the application does at any time: `node change.mjs 7 19.90`.
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";

const [number = "1", total = "1.00"] = process.argv.slice(2);
const orderId = `2026-${number.padStart(5, "0")}`;
await new DynamoDBClient({}).send(
  new UpdateItemCommand({
    TableName: "orders_v1",
    Key: { orderId: { S: orderId } },
    UpdateExpression: "SET #total = :total",
    ConditionExpression: "attribute_exists(orderId)",
    ExpressionAttributeNames: { "#total": "total" },
    ExpressionAttributeValues: { ":total": { S: total } },
  }),
);
console.log(`order ${orderId} of orders_v1 costs ${total} now`);
