import type { Item } from "../items";
import { type MigrationRows, numberAttribute, numberOf } from "./migration-rows";

const MINUTE_MS = 60_000;
/** A batch that fails, or waits for a paused run, is repeated more often than this, in milliseconds. */
export const REPEATED_MS = 30 * MINUTE_MS;
/** A replay without a batch for so long has nothing left to apply, in milliseconds: a new mapping takes minutes to begin. */
export const QUIET_MS = 5 * MINUTE_MS;
/** Tries to count a batch while other batches of the same minute are counted. */
const MAX_COUNT_ATTEMPTS = 6;
/** Sequence numbers of applied records that are kept, so that each shard of a stream finds one of its own. */
const MAX_THROUGH = 64;
/** Longest reason that is recorded, in characters. */
const MAX_REASON_LENGTH = 1_000;

/** The stream that a batch is of: that of the version copied, or that of the version written. */
export type ReplayedStream = "source" | "target";

/** What one call of the replay has done with a batch. */
export interface ReplayedBatch {
  /** Identifies the first record of the batch: its sequence number. */
  first: string;
  /** Records that were applied. */
  records: number;
  /** When the oldest of them was made, in unix milliseconds; undefined if no record says so. */
  changedAt?: number | undefined;
  /** When the newest of them was made; undefined if one of them doesn't say so. */
  newestAt?: number | undefined;
  /** Identifies the last of them: its sequence number; undefined if none was applied. */
  through?: string | undefined;
  /** Why the rest was not applied; absent if all was, or if the call ended for lack of time. */
  failure?: Omit<ReplayFailure, "since" | "lastAt"> | undefined;
}

/** A batch that a call of the replay begins with. */
export interface BegunBatch {
  /** Identifies its first record: its sequence number. */
  first: string;
  /** When its oldest change was made, in unix milliseconds; undefined if one of them doesn't say so. */
  changedAt: number | undefined;
  /** When its newest change was made that counts for {@link ReplayRecord.newestAt}; undefined if none does. */
  newestAt: number | undefined;
}

/** A batch that fails, and that the mapping repeats. */
export interface ReplayFailure {
  /** Identifies the first record that is not applied: its sequence number. */
  sequence: string;
  /** When that record was made, in unix milliseconds; undefined if it is unknown. */
  changedAt?: number | undefined;
  /** When it failed first, and when it failed or a call began with it last, in unix milliseconds. */
  since: number;
  lastAt: number;
  reason: string;
}

/** What the replay did in one minute. */
export interface ReplayMinute {
  /** Minutes since 1970. */
  minute: number;
  batches: number;
  records: number;
  /** The longest time from a change to the end of its batch, in milliseconds; undefined if it is unknown. */
  maxLagMs?: number | undefined;
  failures: number;
  lastFailure?: string | undefined;
  /** Unix milliseconds. */
  lastAt: number;
}

/** A batch that a call of the replay has begun with and not ended, or whose end could not be recorded. */
export interface ReplayCall {
  /** Identifies the first record of the batch: its sequence number. */
  sequence: string;
  /** When the oldest of its records was made, in unix milliseconds; undefined if it is unknown. */
  changedAt?: number | undefined;
  /** When a call began with it first and last, in unix milliseconds. */
  since: number;
  lastAt: number;
}

/** What the replay of a run did in the last hour, what fails now, and what has not ended. */
export interface ReplayRecord {
  /** In order of time. */
  minutes: ReplayMinute[];
  failing: ReplayFailure[];
  running: ReplayCall[];
  /**
   * When the newest change that a call has seen was made, in unix milliseconds; undefined if none was seen. Deletions
   * by DynamoDB's time to live do not count.
   */
  newestAt?: number | undefined;
  /**
   * When the newest change was made that a call has applied, in unix milliseconds; undefined if none was, and in records
   * of earlier releases.
   */
  appliedAt?: number | undefined;
  /**
   * The sequence numbers of records with which calls have ended: all of the record's shard before it is applied. Of the
   * latest 64 calls at most; absent for none.
   */
  through?: string[];
}

/** The minutes in which a batch was applied, in order of time. */
export const appliedMinutes = ({ minutes }: Pick<ReplayRecord, "minutes">): ReplayMinute[] =>
  minutes.filter(({ records }) => records > 0);

/** When a batch was applied last, in unix milliseconds; undefined if none was. */
export function lastAppliedAt(record: Pick<ReplayRecord, "minutes">): number | undefined {
  const times = appliedMinutes(record).map(({ lastAt }) => lastAt);
  return times.length > 0 ? Math.max(...times) : undefined;
}

/**
 * When the oldest change that a paused replay still has to apply was made, at the earliest, in unix milliseconds: that of
 * the batches that wait, since each call records its batch before it waits. Without one, changes are as old as those
 * applied last, and only as old as the pause once no batch has come for 5 minutes.
 *
 * @returns undefined if it is unknown
 */
export function heldSince(
  record: Omit<ReplayRecord, "newestAt" | "appliedAt">,
  { startedAt, replayFrom }: { startedAt: number; replayFrom?: number | undefined },
  pausedAt: number,
  now: number,
): number | undefined {
  // Others are not tried any more, whether or not the run is paused.
  const waiting = [...record.failing, ...record.running].filter(
    ({ lastAt }) => lastAt >= pausedAt - REPEATED_MS,
  );
  const last = appliedMinutes(record).at(-1);
  const seenAt = last?.lastAt ?? replayFrom ?? 0;
  const oldest = last
    ? last.maxLagMs === undefined
      ? undefined
      : last.lastAt - last.maxLagMs
    : startedAt;
  const times =
    waiting.length > 0
      ? waiting.map(({ changedAt }) => changedAt)
      : [now - seenAt < QUIET_MS ? oldest : pausedAt];
  return times.includes(undefined) ? undefined : Math.min(pausedAt, ...(times as number[]));
}

/**
 * Records a batch before it is applied, so that a call that is killed shows, and changes that are made late do.
 *
 * Cost: two requests that write one unit.
 */
export async function recordBegun(
  rows: MigrationRows,
  run: string,
  { first, changedAt, newestAt }: BegunBatch,
  now: number,
  stream: ReplayedStream,
): Promise<void> {
  if (newestAt !== undefined)
    await rows.putIf(
      { ...rows.key(newestKey(stream)), run: { S: run }, newestAt: numberAttribute(newestAt) },
      {
        ConditionExpression: "attribute_not_exists(newestAt) or newestAt < :newest or #run <> :run",
        ExpressionAttributeNames: { "#run": "run" },
        ExpressionAttributeValues: { ":newest": numberAttribute(newestAt), ":run": { S: run } },
      },
    );
  await rows.update(failingKey(stream, first), {
    UpdateExpression: `SET begunFirst = if_not_exists(begunFirst, :now), begunAt = :now, #run = :run${changedAt === undefined ? "" : ", changedAt = if_not_exists(changedAt, :changed)"}`,
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: {
      ":now": numberAttribute(now),
      ":run": { S: run },
      ...(changedAt !== undefined && { ":changed": numberAttribute(changedAt) }),
    },
  });
}

/**
 * Records a batch: its counts in the row of the minute, and whether it fails. Each shard of the stream repeats its own
 * batch, so a failure ends only with the batch that begins with the record that failed.
 *
 * Cost: 5 requests that write one unit, with more in the first batch of a minute.
 */
export async function recordBatch(
  rows: MigrationRows,
  run: string,
  batch: ReplayedBatch,
  now: number,
  stream: ReplayedStream,
): Promise<void> {
  const { first, failure, newestAt, through } = batch;
  if (failure) {
    const { sequence, changedAt } = failure;
    await rows.update(failingKey(stream, sequence), {
      UpdateExpression: `SET since = if_not_exists(since, :now), lastAt = :now, #run = :run, reason = :reason${changedAt === undefined ? "" : ", changedAt = :changed"}`,
      ExpressionAttributeNames: { "#run": "run" },
      ExpressionAttributeValues: {
        ":now": numberAttribute(now),
        ":run": { S: run },
        ":reason": { S: oneLine(failure.reason) },
        ...(changedAt !== undefined && { ":changed": numberAttribute(changedAt) }),
      },
    });
  }
  if (newestAt !== undefined)
    await rows.putIf(
      { ...rows.key(appliedKey(stream)), run: { S: run }, appliedAt: numberAttribute(newestAt) },
      {
        ConditionExpression:
          "attribute_not_exists(appliedAt) or appliedAt < :applied or #run <> :run",
        ExpressionAttributeNames: { "#run": "run" },
        ExpressionAttributeValues: { ":applied": numberAttribute(newestAt), ":run": { S: run } },
      },
    );
  if (through !== undefined)
    await rows.put(throughKey(stream, slotOf(through)), {
      run: { S: run },
      sequence: { S: through },
    });
  if (failure?.sequence !== first) await rows.delete(failingKey(stream, first));
  await countBatch(rows, run, batch, now, stream);
}

/**
 * Adds a batch to the row of its minute. The greatest lag can't be kept by an unconditional update, so each attempt
 * tries: the minute has a greater lag already; it has a smaller one; the row is of another minute or run.
 */
async function countBatch(
  rows: MigrationRows,
  run: string,
  { records, changedAt, failure }: ReplayedBatch,
  now: number,
  stream: ReplayedStream,
): Promise<void> {
  const minute = Math.floor(now / MINUTE_MS);
  const sk = `${PREFIXES[stream]}${String(minute % 60).padStart(2, "0")}`;
  // Records without a time have an unknown lag, which nothing may take for a small one.
  const lag =
    records === 0 ? 0 : changedAt === undefined ? undefined : Math.max(0, now - changedAt);
  const counted = "batches :one, records :records, failures :failures";
  const last = `lastAt = :now${failure ? ", lastFailure = :reason" : ""}`;
  const ExpressionAttributeNames = { "#minute": "minute", "#run": "run" };
  const values: Item = {
    ":minute": numberAttribute(minute),
    ":run": { S: run },
    ":one": numberAttribute(1),
    ":records": numberAttribute(records),
    ":failures": numberAttribute(failure ? 1 : 0),
    ":now": numberAttribute(now),
    ...(failure && { ":reason": { S: oneLine(failure.reason) } }),
  };
  const sameMinute = "#minute = :minute and #run = :run";
  const lagValue: Item = lag === undefined ? {} : { ":lag": numberAttribute(lag) };
  for (let attempt = 1; attempt <= MAX_COUNT_ATTEMPTS; attempt++) {
    const kept = await rows.updateIf(sk, {
      UpdateExpression: `SET ${last} ADD ${counted}`,
      ConditionExpression: `${sameMinute} and ${lag === undefined ? "attribute_not_exists(maxLagMs)" : "(attribute_not_exists(maxLagMs) or maxLagMs >= :lag)"}`,
      ExpressionAttributeNames,
      ExpressionAttributeValues: { ...values, ...lagValue },
    });
    if (kept) return;
    const raised = await rows.updateIf(sk, {
      UpdateExpression: `${lag === undefined ? `SET ${last} REMOVE maxLagMs` : `SET ${last}, maxLagMs = :lag`} ADD ${counted}`,
      ConditionExpression: `${sameMinute} and ${lag === undefined ? "attribute_exists(maxLagMs)" : "maxLagMs < :lag"}`,
      ExpressionAttributeNames,
      ExpressionAttributeValues: { ...values, ...lagValue },
    });
    if (raised) return;
    const begun = await rows.putIf(
      {
        ...rows.key(sk),
        minute: numberAttribute(minute),
        run: { S: run },
        batches: numberAttribute(1),
        records: numberAttribute(records),
        failures: numberAttribute(failure ? 1 : 0),
        lastAt: numberAttribute(now),
        ...(lag !== undefined && { maxLagMs: numberAttribute(lag) }),
        ...(failure && { lastFailure: { S: oneLine(failure.reason) } }),
      },
      {
        ConditionExpression: "attribute_not_exists(#minute) or #minute < :minute or #run <> :run",
        ExpressionAttributeNames,
        ExpressionAttributeValues: { ":minute": numberAttribute(minute), ":run": { S: run } },
      },
    );
    if (begun) return;
  }
}

/**
 * Reads what the replay of a run did with a stream; what another run did does not count. Cost: one consistent Query.
 */
export async function readReplay(
  rows: MigrationRows,
  run: string,
  stream: ReplayedStream = "source",
): Promise<ReplayRecord> {
  const ours = (await rows.query(PREFIXES[stream])).filter((row) => row.run?.S === run);
  const open = ours.filter(({ sk }) => sk?.S?.startsWith(failingKey(stream, "")));
  const minutes = ours.filter(({ minute }) => minute !== undefined).map(replayMinuteOf);
  const newest = ours.find(({ sk }) => sk?.S === newestKey(stream));
  const applied = ours.find(({ sk }) => sk?.S === appliedKey(stream));
  const through = ours.flatMap(({ sk, sequence }) =>
    sk?.S?.startsWith(throughKey(stream, "")) ? (sequence?.S ?? []) : [],
  );
  const failed = (row: Item) => row.reason !== undefined;
  return {
    minutes: minutes.sort((a, b) => a.minute - b.minute),
    failing: open
      .filter(failed)
      .map(replayFailureOf)
      .sort((a, b) => a.since - b.since),
    running: open
      .filter((row) => !failed(row))
      .map(replayCallOf)
      .sort((a, b) => a.since - b.since),
    ...(newest && { newestAt: numberOf(newest.newestAt) }),
    ...(applied && { appliedAt: numberOf(applied.appliedAt) }),
    ...(through.length > 0 && { through }),
  };
}

const PREFIXES: Record<ReplayedStream, string> = { source: "replay/", target: "reverse/" };

const newestKey = (stream: ReplayedStream): string => `${PREFIXES[stream]}newest`;
const appliedKey = (stream: ReplayedStream): string => `${PREFIXES[stream]}applied`;
const throughKey = (stream: ReplayedStream, slot: string): string =>
  `${PREFIXES[stream]}through/${slot}`;
/** One of {@link MAX_THROUGH} rows, spread by the digits. */
const slotOf = (sequence: string): string => {
  const sum = [...sequence].reduce((so, digit) => (31 * so + digit.charCodeAt(0)) % 65_521, 0);
  return String(sum % MAX_THROUGH).padStart(2, "0");
};
const failingKey = (stream: ReplayedStream, sequence: string): string =>
  `${PREFIXES[stream]}failing/${sequence}`;
const sequenceIn = (row: Item): string => row.sk?.S?.split("/").at(-1) ?? "";

const replayMinuteOf = (row: Item): ReplayMinute => ({
  minute: numberOf(row.minute),
  batches: numberOf(row.batches),
  records: numberOf(row.records),
  ...(row.maxLagMs && { maxLagMs: numberOf(row.maxLagMs) }),
  failures: numberOf(row.failures),
  ...(row.lastFailure?.S !== undefined && { lastFailure: row.lastFailure.S }),
  lastAt: numberOf(row.lastAt),
});

const replayFailureOf = (row: Item): ReplayFailure => ({
  sequence: sequenceIn(row),
  ...(row.changedAt && { changedAt: numberOf(row.changedAt) }),
  since: numberOf(row.since),
  lastAt: Math.max(numberOf(row.lastAt), numberOf(row.begunAt)),
  reason: row.reason?.S ?? "",
});

const replayCallOf = (row: Item): ReplayCall => ({
  sequence: sequenceIn(row),
  ...(row.changedAt && { changedAt: numberOf(row.changedAt) }),
  since: numberOf(row.begunFirst),
  lastAt: numberOf(row.begunAt),
});

const oneLine = (text: string): string =>
  text.replace(/\s*\n\s*/g, " ").slice(0, MAX_REASON_LENGTH);
