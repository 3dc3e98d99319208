import {
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { fromAws, isNotFound, send } from "../aws";

/** The tag by which releases without retention plans found the tables that they had made. */
export const OWNER_TAG = "pulumi-swap:owner";

/**
 * The owner tag of a table; undefined where it has none, and where the table is gone meanwhile. The
 * tags come page by page.
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
