import type { MigrationStore } from "../store";
import type { BatchResponse, StreamEvent, StreamRecord } from "./events";

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
    if (started.replayFrom === undefined && applied > 0) await store.beginReplay(started.run, now);
    const batch = {
      first: sequenceOf(Records[0]),
      records: applied,
      changedAt: oldestOf(Records.slice(0, applied)),
      ...(failure !== undefined && {
        failure: {
          sequence: sequenceOf(rest),
          changedAt: changedAtOf(rest),
          reason: messageOf(failure),
        },
      }),
    };
    await store.recordReplay(started.run, batch, now);
  } catch (error) {
    log(`the replay's record was not written: ${messageOf(error)}`);
  }
}

export const sequenceOf = (record: StreamRecord | undefined): string =>
  record?.dynamodb?.SequenceNumber ?? "";

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
