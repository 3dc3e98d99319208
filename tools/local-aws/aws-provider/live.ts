import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  type PointInTimeRecoveryDescription,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";

/** A table as it is now. */
export interface LiveTable {
  table: TableDescription;
  /** The time-to-live attribute; undefined while it is off. */
  ttlAttribute: string | undefined;
  recovery: PointInTimeRecoveryDescription;
  tags: Record<string, string>;
}

/** A table with all its settings; undefined if it does not exist. */
export async function liveTable(
  client: DynamoDBClient,
  name: string,
): Promise<LiveTable | undefined> {
  const table = await description(client, name);
  if (table === undefined || table.TableStatus === "DELETING") return undefined;
  const of = { TableName: name };
  const [ttl, backups, tags] = await Promise.all([
    client.send(new DescribeTimeToLiveCommand(of)),
    orNone(client.send(new DescribeContinuousBackupsCommand(of))),
    orNone(allTags(client, table.TableArn)),
  ]);
  const { TimeToLiveStatus: status, AttributeName: attribute } = ttl.TimeToLiveDescription ?? {};
  return {
    table,
    ttlAttribute: status === "ENABLED" || status === "ENABLING" ? attribute : undefined,
    recovery: backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {},
    tags: tags ?? {},
  };
}

/** The description of a table; undefined if there is none. */
export async function description(
  client: DynamoDBClient,
  name: string,
): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (isNamed(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

export const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;

async function allTags(client: DynamoDBClient, arn?: string): Promise<Record<string, string>> {
  const tags: Record<string, string> = {};
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new ListTagsOfResourceCommand({ ResourceArn: arn, ...(NextToken && { NextToken }) }),
    );
    for (const { Key, Value } of page.Tags ?? []) if (Key !== undefined) tags[Key] = Value ?? "";
    NextToken = page.NextToken;
  } while (NextToken);
  return tags;
}

/** DynamoDB Local without an emulator serves neither tags nor backups: report none. */
async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (isNamed(error, "UnknownOperationException")) return undefined;
    throw error;
  });
}
