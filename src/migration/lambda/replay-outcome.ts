import type { ReplayedStream } from "../replay-record";
import type { MigrationStore } from "../store";
import type { BatchResponse, StreamEvent, StreamRecord } from "./events";

/**
 * Records a batch before it is applied. One that is not recorded must not be applied: a move that does not see it running
 * would not wait for its writes.
 *
 * @throws SwapError as requests
 */
export async function recordBegin(
  store: MigrationStore,
  run: string,
  { Records }: StreamEvent,
  now: number,
  stream?: ReplayedStream,
): Promise<void> {
  const written = Records.filter((record) => !isExpiry(record));
  // DynamoDB rounds the time of a change down to the second. A change without a time was made by now.
  const times = written.map((record) => changedAtOf(record) ?? now);
  const batch = {
    first: sequenceOf(Records[0]),
    changedAt: oldestOf(Records),
    newestAt: times.length > 0 ? Math.max(...times) : undefined,
  };
  await store.recordReplayBegin(run, batch, now, stream);
}

/**
 * Records what became of a batch. A failure of recording is logged only: it must not have records repeated that are
 * applied, nor hide why a batch fails. What is not recorded shows as no progress.
 *
 * @param response undefined if the whole batch fails
 */
export async function recordOutcome(
  store: MigrationStore,
  { Records }: StreamEvent,
  response: BatchResponse | undefined,
  failure: unknown,
  now: number,
  log: (line: string) => void,
  stream?: ReplayedStream,
): Promise<void> {
  const [repeated] = response?.batchItemFailures ?? [];
  const applied =
    response === undefined ? 0 : repeated ? positionOf(Records, repeated) : Records.length;
  const rest = Records[applied];
  // A batch that waits, such as while the run is paused, says nothing about the replay.
  if (applied === 0 && failure === undefined) return;
  try {
    const started = await store.started();
    if (started === undefined) return;
    if (started.replayFrom === undefined && applied > 0 && stream !== "target")
      await store.beginReplay(started.run, now);
    const batch = {
      first: sequenceOf(Records[0]),
      records: applied,
      changedAt: oldestOf(Records.slice(0, applied)),
      newestAt: newestOf(Records.slice(0, applied)),
      ...(applied > 0 && { through: sequenceOf(Records[applied - 1]) }),
      ...(failure !== undefined && {
        failure: {
          sequence: sequenceOf(rest),
          changedAt: changedAtOf(rest),
          reason: messageOf(failure),
        },
      }),
    };
    await store.recordReplay(started.run, batch, now, stream);
  } catch (error) {
    log(`the replay's record was not written: ${messageOf(error)}`);
  }
}

export const sequenceOf = (record: StreamRecord | undefined): string =>
  record?.dynamodb?.SequenceNumber ?? "";

/**
 * Whether DynamoDB deleted the item since its time to live was over: that shows no writer. Source: DynamoDB Developer
 * Guide, DynamoDB Streams and Time to Live.
 */
export const isExpiry = ({ userIdentity }: StreamRecord): boolean =>
  userIdentity?.type === "Service" && userIdentity.principalId === "dynamodb.amazonaws.com";

/** When a change was made, in unix milliseconds; undefined if the record doesn't say so. */
function changedAtOf(record: StreamRecord | undefined): number | undefined {
  const seconds = record?.dynamodb?.ApproximateCreationDateTime;
  return typeof seconds === "number" ? seconds * 1_000 : undefined;
}

/** When the oldest change was made; undefined if one of them is unknown. */
function oldestOf(records: readonly StreamRecord[]): number | undefined {
  const times = records.map(changedAtOf);
  return times.includes(undefined) ? undefined : Math.min(...(times as number[]));
}

/** When the newest change was made; undefined if one of them is unknown, or without changes. */
function newestOf(records: readonly StreamRecord[]): number | undefined {
  const times = records.map(changedAtOf);
  if (times.length === 0 || times.includes(undefined)) return undefined;
  return Math.max(...(times as number[]));
}

/** The number of records before the one that the mapping repeats from. */
const positionOf = (
  records: readonly StreamRecord[],
  { itemIdentifier }: { itemIdentifier: string },
): number =>
  Math.max(
    0,
    records.findIndex((each) => sequenceOf(each) === itemIdentifier),
  );

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
