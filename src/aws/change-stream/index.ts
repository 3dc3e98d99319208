import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBStreamsClientConfig } from "@aws-sdk/client-dynamodb-streams";
import { SwapError } from "../../errors";
import { defined } from "../../validation";
import { fromAws } from "../aws-errors";
import type { RawItem } from "../batch-get";
import { acceptClient } from "../client-release";
import { customEndpoint } from "../endpoint";
import { rejectNonJsonResponses, type SdkCommand, send } from "../send";

/** A part of a stream. */
export interface StreamShard {
  id: string;
  /** The shard that it continues; absent for a first one. */
  parent?: string;
  /** Whether it gets no more records: its children do. */
  closed: boolean;
}

/** A change of one item. */
export interface StreamChange {
  /** Identifies its record. */
  sequence: string;
  keys: RawItem;
  /** When it was made, in unix milliseconds, rounded down to the second; when it was read if the record doesn't say so. */
  madeAt: number;
  oldImage?: RawItem;
  newImage?: RawItem;
}

/** The stream of a table, shard by shard. Its requests throw SwapError. */
export interface ChangeStream {
  /** All shards. */
  shards(): Promise<StreamShard[]>;
  /** A position in a shard: behind its last record, or before its first. */
  iterator(shard: string, from: "LATEST" | "TRIM_HORIZON"): Promise<string>;
  /** The changes at a position, and the next position; none behind the end of a shard that is closed. */
  read(iterator: string): Promise<{ changes: StreamChange[]; next?: string }>;
}

const PACKAGE = "@aws-sdk/client-dynamodb-streams";
/** A shard's second reader shares its throughput, so that some requests are throttled. */
const MAX_ATTEMPTS = 6;

/**
 * Opens a table's stream with the Region, credentials, transport and endpoint of a client. AWS_ENDPOINT_URL_DYNAMODB_STREAMS
 * names another endpoint.
 *
 * @throws SwapError `swap.input-invalid` without the package of the SDK
 */
export async function openChangeStream(
  of: DynamoDBClient,
  table: string,
  StreamArn: string,
  signal?: AbortSignal,
): Promise<ChangeStream> {
  const sdk = streamsSdk();
  const client = new sdk.DynamoDBStreamsClient(await streamsConfig(of));
  acceptClient(client);
  rejectNonJsonResponses(client);
  const ask = async <O>(action: string, command: SdkCommand<O>): Promise<O> => {
    try {
      return await send(client as unknown as DynamoDBClient, command, signal, "migration");
    } catch (error) {
      signal?.throwIfAborted();
      throw await fromAws(error, { client: client as unknown as DynamoDBClient, action, table });
    }
  };
  const unexpected = (action: string, reason: string) =>
    new SwapError("swap.service-error", { action, resource: table, reason });
  return {
    async shards() {
      const found: StreamShard[] = [];
      for (let start: string | undefined; ; ) {
        const { StreamDescription: page } = await ask(
          "DescribeStream",
          new sdk.DescribeStreamCommand({
            StreamArn,
            ...defined({ ExclusiveStartShardId: start }),
          }),
        );
        for (const { ShardId, ParentShardId, SequenceNumberRange } of page?.Shards ?? []) {
          if (ShardId === undefined) throw unexpected("DescribeStream", "a shard has no name");
          const closed = SequenceNumberRange?.EndingSequenceNumber !== undefined;
          found.push({ id: ShardId, closed, ...defined({ parent: ParentShardId }) });
        }
        start = page?.LastEvaluatedShardId;
        if (start === undefined) return found;
      }
    },
    async iterator(ShardId, ShardIteratorType) {
      const command = new sdk.GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType });
      const { ShardIterator } = await ask("GetShardIterator", command);
      if (ShardIterator === undefined) throw unexpected("GetShardIterator", "it has no position");
      return ShardIterator;
    },
    async read(ShardIterator) {
      const answer = await ask("GetRecords", new sdk.GetRecordsCommand({ ShardIterator }));
      const changes = (answer.Records ?? []).map(({ dynamodb }): StreamChange => {
        const {
          Keys: keys,
          OldImage,
          NewImage,
          ApproximateCreationDateTime: made,
          SequenceNumber: sequence = "",
        } = dynamodb ?? {};
        if (keys === undefined) throw unexpected("GetRecords", "a record has no key");
        const madeAt = made?.getTime() ?? Date.now();
        const images = defined({ oldImage: OldImage, newImage: NewImage });
        return { sequence, keys, madeAt, ...images } as StreamChange;
      });
      return { changes, ...defined({ next: answer.NextShardIterator }) };
    },
  };
}

/**
 * Refuses to go on without the SDK's client of streams.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function assertStreamsSdk(): void {
  streamsSdk();
}

/** Loads the optional peer dependency, on first use. */
function streamsSdk() {
  try {
    return require("@aws-sdk/client-dynamodb-streams") as typeof import("@aws-sdk/client-dynamodb-streams");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new SwapError("swap.input-invalid", {
      name: "package",
      value: PACKAGE,
      rule: "a move between the versions of a migration reads a table's stream, and the package is not installed",
      fix: `run npm install ${PACKAGE} where pulumi-swap is installed`,
    });
  }
}

async function streamsConfig(of: DynamoDBClient): Promise<DynamoDBStreamsClientConfig> {
  const { region, credentials, requestHandler, useFipsEndpoint, useDualstackEndpoint } = of.config;
  const custom = process.env.AWS_ENDPOINT_URL_DYNAMODB_STREAMS
    ? undefined
    : await customEndpoint(of);
  // AWS's own endpoints of tables have no streams.
  const isAws = custom !== undefined && /\.amazonaws\./.test(new URL(custom).hostname);
  return {
    region,
    credentials,
    requestHandler,
    maxAttempts: MAX_ATTEMPTS,
    ...(custom === undefined || isAws
      ? { useFipsEndpoint, useDualstackEndpoint }
      : { endpoint: custom }),
  };
}
