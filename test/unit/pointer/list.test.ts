import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as sdk from "@aws-sdk/client-dynamodb";
import { listAliases } from "../../../src/pointer";

/** A client whose scans bring these items. */
function scanning(Items: object[]): DynamoDBClient {
  return Object.assign(Object.create(sdk.DynamoDBClient.prototype), {
    send: async () => ({ Items }),
  });
}

test("a row is listed with its alias, a malformed one with its error, even without an alias", async () => {
  const client = scanning([
    { pk: { S: "orders" }, ver: { N: "4" } },
    { pk: { S: "users" } },
    { ver: { S: "4" } },
  ]);
  const listed = [];
  for await (const each of listAliases({ client, controlTable: "swap" })) listed.push(each);
  expect(listed).toMatchObject([
    { alias: "orders", row: { version: 4 } },
    { alias: "users", error: { code: "swap.malformed-row", payload: { alias: "users" } } },
    { alias: "", error: { code: "swap.malformed-row", payload: { found: '"4" (S)' } } },
  ]);
});
