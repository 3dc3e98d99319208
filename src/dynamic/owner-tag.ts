import {
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { fromAws, isNotFound, send } from "../aws";

/** The tag by which releases without retention plans found their tables. */
export const OWNER_TAG = "pulumi-swap:owner";

/**
 * Reads the owner tag of a table; undefined if it has none or the table no longer exists.
 *
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function ownerTag(
  client: DynamoDBClient,
  { TableArn = "", TableName = "" }: TableDescription,
): Promise<string | undefined> {
  let NextToken: string | undefined;
  do {
    const page = await send(
      client,
      new ListTagsOfResourceCommand({ ResourceArn: TableArn, ...(NextToken && { NextToken }) }),
    ).catch(async (error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw await fromAws(error, { client, action: "ListTagsOfResource", table: TableName });
    });
    const tag = page?.Tags?.find(({ Key }) => Key === OWNER_TAG);
    if (tag) return tag.Value;
    NextToken = page?.NextToken;
  } while (NextToken !== undefined);
  return undefined;
}
