import {
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { describe, send } from "../aws";
import { findActive, fromAws } from "../pointer";
import { findVersionTables } from "../pointer/version-tables";
import { type Fate, fates } from "../retention";
import { OWNER_TAG } from "./owner";

/** A data set whose undeclared versions are looked for. */
export interface Keeper {
  client: DynamoDBClient;
  controlTable: string;
  alias: string;
  /** The value of the {@link OWNER_TAG} on the tables that it made. */
  owner: string;
  declared: readonly number[];
  keep: number;
  graceMs: number;
  now: number;
}

/**
 * The versions that a VersionedTable made and that its program no longer declares, with what becomes
 * of each. Tables that somebody else made are left alone. Cost: one ListTables, and for each version
 * found one DescribeTable and one ListTagsOfResource; where there are any, one read of the row.
 *
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, and what reading the row throws
 */
export async function undeclaredVersions(keeper: Keeper): Promise<Fate[]> {
  const { client, controlTable, alias, owner, declared, ...terms } = keeper;
  const found = await findVersionTables(client, alias);
  const undeclared: number[] = [];
  for (const { version, table } of found) {
    if (declared.includes(version)) continue;
    const description = await describe(client, table);
    if (description && (await ownerTag(client, description)) === owner) undeclared.push(version);
  }
  if (undeclared.length === 0) return [];
  const row = await findActive({ client, controlTable }, alias);
  return fates(row, { declared, undeclared }, terms);
}

/** A table's owner; the tags come page by page. */
async function ownerTag(
  client: DynamoDBClient,
  { TableArn = "", TableName = "" }: TableDescription,
): Promise<string | undefined> {
  let NextToken: string | undefined;
  do {
    const page = await send(
      client,
      new ListTagsOfResourceCommand({ ResourceArn: TableArn, ...(NextToken && { NextToken }) }),
    ).catch(async (error: unknown) => {
      throw await fromAws(error, { client, action: "ListTagsOfResource", table: TableName });
    });
    const tag = page.Tags?.find(({ Key }) => Key === OWNER_TAG);
    if (tag) return tag.Value;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return undefined;
}
