import type { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { minItems } from "../../../src/readiness";

/** A table that counts two items a page, and the limits and starts it was asked with. */
function paged() {
  const asked: unknown[] = [];
  const send = async ({ input }: ScanCommand) => {
    asked.push([input.Limit, input.ExclusiveStartKey]);
    return { Count: 2, LastEvaluatedKey: { pk: { S: "b" } } };
  };
  const client = { send } as unknown as DynamoDBClient;
  return { asked, candidate: { client, alias: "orders", version: 5, table: "orders_v5" } };
}

test("each page is limited to the items still to be counted", async () => {
  const { asked, candidate } = paged();
  expect(await minItems({ count: 5 }).check(candidate)).toMatchObject({ ready: true });
  const from = { pk: { S: "b" } };
  expect(asked).toEqual([
    [5, undefined],
    [3, from],
    [1, from],
  ]);
});

test("a count above the API's limit is requested with that limit", async () => {
  const { asked, candidate } = paged();
  await minItems({ count: 2 ** 40, maxReadUnits: 1 }).check(candidate);
  expect(asked[0]).toEqual([2_147_483_647, undefined]);
});
