import { GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { ControlTableRef } from "../../src/pointer";

/** The Go implementation's set, request for request; `at` is a reserved word. */
export async function goSet(
  { client, controlTable }: ControlTableRef,
  alias: string,
  version: number | string,
  at: number,
): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: controlTable,
      Key: { pk: { S: alias } },
      UpdateExpression: "SET ver = :new, #at = :now",
      ConditionExpression: "attribute_not_exists(ver) OR ver < :new",
      ExpressionAttributeNames: { "#at": "at" },
      ExpressionAttributeValues: { ":new": { N: String(version) }, ":now": { N: String(at) } },
    }),
  );
}

/** What the Go implementation's get makes of a row: `ver` as an int64, or its error. */
export async function goGet(
  { client, controlTable }: ControlTableRef,
  alias: string,
): Promise<{ version: bigint; at: bigint } | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: controlTable,
      Key: { pk: { S: alias } },
      ConsistentRead: true,
    }),
  );
  if (Item === undefined) return undefined;
  if (Item.pk?.S !== alias) throw new Error("pk is not the alias");
  if (Item.ver?.N === undefined) throw new Error("ver is not a number");
  return { version: BigInt(Item.ver.N), at: BigInt(Item.at?.N ?? 0) };
}
