import {
  type DynamoDBClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { isNamed, type LiveTable } from "./live";
import type { TableInputs } from "./table";

/**
 * Applies the settings that take separate requests (time to live, tags, recovery). As with the real
 * provider, a `ttl` or `pointInTimeRecovery` that is not given stays unchanged.
 * @param tags every tag the table is to have, the provider's default ones included
 */
export async function settle(
  client: DynamoDBClient,
  live: LiveTable,
  wanted: TableInputs,
  tags: Record<string, string>,
): Promise<void> {
  await settleTimeToLive(client, live, wanted);
  await settleTags(client, live, tags).catch(unserved(client, "tags"));
  await settleRecovery(client, live, wanted).catch(unserved(client, "pointInTimeRecovery"));
}

async function settleTimeToLive(
  client: DynamoDBClient,
  { table, ttlAttribute }: LiveTable,
  { ttl }: TableInputs,
): Promise<void> {
  const enabled = ttl?.enabled ?? false;
  const same = enabled ? ttl?.attributeName === ttlAttribute : ttlAttribute === undefined;
  if (ttl === undefined || same) return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: table.TableName,
      TimeToLiveSpecification: {
        AttributeName: ttl.attributeName || ttlAttribute,
        Enabled: enabled,
      },
    }),
  );
}

async function settleTags(
  client: DynamoDBClient,
  live: LiveTable,
  tags: Record<string, string>,
): Promise<void> {
  const ResourceArn = live.table.TableArn;
  const gone = Object.keys(live.tags).filter((key) => !(key in tags));
  if (gone.length > 0) {
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: gone }));
  }
  const changed = Object.entries(tags).filter(([key, value]) => live.tags[key] !== value);
  if (changed.length > 0) {
    const Tags = changed.map(([Key, Value]) => ({ Key, Value }));
    await client.send(new TagResourceCommand({ ResourceArn, Tags }));
  }
}

async function settleRecovery(
  client: DynamoDBClient,
  { table, recovery }: LiveTable,
  { pointInTimeRecovery: wanted }: TableInputs,
): Promise<void> {
  if (wanted === undefined) return;
  const { enabled, recoveryPeriodInDays: days } = wanted;
  const isOn = recovery.PointInTimeRecoveryStatus === "ENABLED";
  const sameDays = !enabled || !days || days === recovery.RecoveryPeriodInDays;
  if (enabled === isOn && sameDays) return;
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName: table.TableName,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled: enabled,
        ...(enabled && days && { RecoveryPeriodInDays: days }),
      },
    }),
  );
}

const unserved = (client: DynamoDBClient, property: string) => async (error: unknown) => {
  if (!isNamed(error, "UnknownOperationException")) throw error;
  const endpoint = await client.config.endpoint?.();
  const where = endpoint ? `${endpoint.hostname}:${endpoint.port ?? ""}` : "this endpoint";
  throw new Error(
    `the DynamoDB at ${where} does not serve ${property}: put the emulator of tools/local-aws before it, or leave ${property} out`,
  );
};
