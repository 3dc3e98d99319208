import { type Props, sendable } from "../../../src/plugin/host/values";
import { clientFor } from "./client";
import type { Configuration } from "./configuration";
import { liveTable } from "./live";
import { outputsOf } from "./outputs";

/** The result of `aws.dynamodb.getTable`, with the tags that the provider gives by default. */
export async function getTable(args: Props, conf: Configuration): Promise<Props> {
  const region = typeof args.region === "string" && args.region ? args.region : conf.region;
  const name = String(args.name);
  const live = await liveTable(clientFor(conf.endpoint, region), name);
  if (live === undefined)
    throw new Error(`reading DynamoDB Table (${name}): couldn't find resource`);
  const { SSEDescription, OnDemandThroughput, WarmThroughput, Replicas = [] } = live.table;
  const { tagsAll, ...outputs } = outputsOf(live, {}, region, {});
  const answer = {
    ...outputs,
    id: name,
    tags: tagsAll,
    serverSideEncryption: {
      enabled: SSEDescription?.Status === "ENABLED",
      kmsKeyArn: SSEDescription?.KMSMasterKeyArn ?? "",
    },
    onDemandThroughputs: OnDemandThroughput
      ? [
          {
            maxReadRequestUnits: OnDemandThroughput.MaxReadRequestUnits ?? -1,
            maxWriteRequestUnits: OnDemandThroughput.MaxWriteRequestUnits ?? -1,
          },
        ]
      : [],
    warmThroughputs: WarmThroughput
      ? [
          {
            readUnitsPerSecond: WarmThroughput.ReadUnitsPerSecond,
            writeUnitsPerSecond: WarmThroughput.WriteUnitsPerSecond,
          },
        ]
      : [],
    replicas: Replicas.map(({ RegionName, KMSMasterKeyId }) => ({
      regionName: RegionName,
      kmsKeyArn: KMSMasterKeyId ?? "",
    })),
  };
  return sendable(answer, {});
}
