import { SwapError } from "../../errors";
import type { Item } from "../../items";
import { assertNotHeld, RunHeld } from "../control";
import { addCounts, copySegment, noCounts, SAVE_EVERY_MS } from "../copy-segment";
import { type Clock, RateLimit, realClock } from "../rate-limit";
import { replayBatch } from "../replay";
import { COPY_DEADLINE_MS, type CopySession, type MigrationStart, STREAM_MS } from "../run";
import type { SavedSegment } from "../store";
import { assertTargetWritable, stoppedFix, WriteGuard } from "../write-guard";
import {
  type BatchResponse,
  changeOf,
  type LambdaContext,
  type StreamEvent,
  type StreamRecord,
} from "./events";
import type { Migration } from "./open";
import { messageOf, recordBegin, recordOutcome, sequenceOf } from "./replay-outcome";

/** Time before the function's timeout at which its work ends, in milliseconds. */
const MARGIN_MS = 20_000;
/**
 * Longest time from the end of a session to the last write that it permitted: the 2 s of a guard's check, and three
 * tries of 10 s of the client, with its pauses.
 */
const LAST_WRITE_MS = 35_000;
/** Longest wait of a replay for a paused run, in milliseconds, and the pause between two looks. */
const HELD_MS = 24_000;
const LOOK_EVERY_MS = 2_000;
/** Records of a batch that are applied together. */
const REPLAY_CHUNK = 100;

/** One segment of a copy, as the state machine passes it on. */
export interface SegmentTask {
  session: CopySession;
  segment: number;
  done: boolean;
  /** Present if an operator has paused the run: to be called again after a while. */
  paused?: true;
}

/**
 * Records the start of the copy, or finds the one that was recorded.
 *
 * @param segments of a new copy
 * @throws SwapError `swap.input-invalid` if the recorded copy has another source, transform or table or was cancelled,
 * and for a target that must not be written
 */
export async function recordCopy(
  migration: Migration,
  segments: number,
  now: () => number = Date.now,
): Promise<MigrationStart> {
  const { store, from, tables, transformHash } = migration;
  await assertTargetWritable(migration, migration.mapping.context, TAKE_OUT);
  const started = await store.start({
    tables,
    from,
    transform: transformHash,
    segments,
    concurrency: migration.concurrency,
    startedAt: now(),
    engine: "lambda",
  });
  assertSameCopy(started, migration);
  await assertNotCancelled(migration, started);
  return started;
}

/**
 * Begins a session of the copy, which is recorded unless it was.
 *
 * @returns the segments, for the state machine's map
 * @throws SwapError as {@link recordCopy}
 */
export async function listSegments(
  migration: Migration,
  { segments }: { segments: number },
): Promise<SegmentTask[]> {
  const started = await recordCopy(migration, segments);
  const session = await migration.store.openSession(started.run, migration.concurrency);
  return Array.from({ length: started.segments }, (_, segment) => ({
    session,
    segment,
    done: false,
  }));
}

/**
 * Copies one segment from its saved position, until it is done, the function's time is nearly over, or an operator has
 * paused the run. Called again with its answer until it is done. Of two calls of one session, such as one that the
 * state machine has repeated, the other ends when one has done the segment. It takes its part of the rate that an
 * operator permits, which may change while it works.
 *
 * @throws SwapError `swap.input-invalid` when the target became active, another session has begun, the run was
 * cancelled, or the copy was started 23 hours ago; others for a failure that may pass
 */
export async function advanceSegment(
  migration: Migration,
  { session, segment }: SegmentTask,
  context: LambdaContext,
  now: () => number = Date.now,
): Promise<SegmentTask> {
  const { client, store, source, mapping } = migration;
  const started = await store.started();
  if (started === undefined) throw new Error(`run ${session.run} is not recorded`);
  assertSameCopy(started, migration);
  assertInTime(started, now());
  const { segments } = started;
  const workers = Math.min(started.concurrency ?? migration.concurrency ?? segments, segments);
  const limit = new RateLimit();
  const guard = new WriteGuard(async () => {
    await assertTargetWritable(migration, mapping.context, stoppedFix(mapping.context));
    await store.assertSession(session);
    const control = await store.control(session.run);
    assertNotHeld(control, mapping.context, DECLARE_AGAIN);
    limit.lowerTo(control.rate && control.rate.perSecond / workers);
  });
  const paused: SegmentTask = { session, segment, done: false, paused: true };
  try {
    await guard.beforeWrite();
  } catch (error) {
    if (isPause(error)) return paused;
    throw error;
  }
  const saved = (await store.segments(session.run)).find((each) => each.segment === segment);
  if (saved?.done) return { session, segment, done: true };
  const state: SavedSegment = saved ?? { segment, done: false, ...noCounts };
  const outOfTime = new AbortController();
  let savedAt = performance.now();
  let unsaved = false;
  let doneByAnotherCall = false;
  const save = async () => {
    const kept = await store.saveSegment(session, state);
    savedAt = performance.now();
    unsaved = false;
    if (kept) return;
    doneByAnotherCall = true;
    outOfTime.abort(outOfTime);
  };
  const timeIsOver = () => context.getRemainingTimeInMillis() < MARGIN_MS;
  try {
    await copySegment({
      client,
      signal: outOfTime.signal,
      source,
      mapping,
      segment,
      totalSegments: segments,
      cursor: state.cursor as Item | undefined,
      parked: await store.parkedKeys(mapping.sourceSchema),
      limit,
      beforeWrite: guard.beforeWrite,
      async whileWaiting() {
        if (timeIsOver()) throw outOfTime;
        await guard.beforeWrite();
      },
      async onProgress(position, counts) {
        Object.assign(state, position);
        addCounts(state, counts);
        unsaved = true;
        const ends = !position.done && timeIsOver();
        if (ends || position.done || performance.now() - savedAt >= SAVE_EVERY_MS) await save();
        if (ends) outOfTime.abort(outOfTime);
      },
    });
  } catch (error) {
    if (error !== outOfTime && !isPause(error)) throw error;
    if (unsaved) await save();
    if (isPause(error) && !doneByAnotherCall) return paused;
  }
  return { session, segment, done: state.done || doneByAnotherCall };
}

/**
 * Refuses to go on to the replay unless all segments are copied, since copy and replay never overlap, and the
 * stream still holds the first change.
 *
 * @throws SwapError `swap.input-invalid`
 */
export async function assertCopied(
  { store }: Migration,
  now: () => number = Date.now,
): Promise<MigrationStart> {
  const started = await store.started();
  if (started) assertInTime(started, now());
  const saved = started ? await store.segments(started.run) : [];
  const done = saved.filter((each) => each.done).length;
  if (started !== undefined && done === started.segments) return started;
  throw new SwapError("swap.input-invalid", {
    name: "copied segments",
    value: String(done),
    rule: `the replay begins when all ${started?.segments ?? 0} are copied`,
    fix: "let the copy end first",
  });
}

/**
 * Begins the replay: stops all workers of the copy that may still run, such as one whose call the state machine
 * has repeated, waits until their last writes have arrived, records that, calls `enable`, and records that the replay
 * has begun.
 *
 * @throws SwapError as {@link assertCopied}; `swap.input-invalid` if the run was cancelled
 */
export async function catchUp(
  migration: Migration,
  enable: () => Promise<void>,
  { sleep }: Pick<Clock, "sleep"> = realClock,
  now: () => number = Date.now,
): Promise<void> {
  const started = await assertCopied(migration, now);
  await assertNotCancelled(migration, started);
  await migration.store.openSession(started.run);
  await sleep(LAST_WRITE_MS);
  await migration.store.endCopy(started.run, now());
  await enable();
  await migration.store.beginReplay(started.run, now());
}

/** For tests: how to wait, and unix milliseconds. */
interface ReplayClock {
  sleep?: Clock["sleep"];
  now?: () => number;
}

/**
 * Replays a batch of the source's stream and records what became of it. When a request fails, or the time is nearly
 * over, it names the first record that is not applied: the mapping repeats the batch from there. While the run is
 * paused or cancelled it writes nothing: it waits for 24 s at most, and then has the batch repeated.
 *
 * @throws SwapError `swap.input-invalid` before {@link catchUp} has stopped the copy, once the target is active, and
 * for a transform, source or table that is not that of the recorded copy. The mapping repeats the batch, so that its
 * records are not dropped while the stream holds them
 */
export async function replayRecords(
  migration: Migration,
  event: StreamEvent,
  context: LambdaContext,
  log: (line: string) => void = console.error,
  { sleep = realClock.sleep, now = Date.now }: ReplayClock = {},
): Promise<BatchResponse> {
  const { store } = migration;
  let failure: unknown;
  try {
    const response = await applyRecords(migration, event, context, log, { sleep, now }, (error) => {
      failure = error;
    });
    await recordOutcome(store, event, response, failure, now(), log);
    return response;
  } catch (error) {
    await recordOutcome(store, event, undefined, error, now(), log);
    throw error;
  }
}

async function applyRecords(
  migration: Migration,
  { Records }: StreamEvent,
  context: LambdaContext,
  log: (line: string) => void,
  { sleep, now }: Required<ReplayClock>,
  onFailure: (error: unknown) => void,
): Promise<BatchResponse> {
  const { client, mapping, store } = migration;
  const started = await store.started();
  if (started === undefined) throw new Error(`no copy is recorded in "${store.table}"`);
  assertSameCopy(started, migration);
  assertCaughtUp(started);
  assertStreamComplete(started, now());
  await recordBegin(store, started.run, { Records }, now(), log);
  const guard = new WriteGuard(async () => {
    await assertTargetWritable(migration, mapping.context, TAKE_OUT);
    assertNotHeld(await store.control(started.run), mapping.context, DECLARE_AGAIN);
  });
  const held = await waitWhileHeld(guard, sleep);
  if (held) {
    log(held.message);
    return repeatedFrom(Records);
  }
  const parked = await store.parkedKeys(mapping.sourceSchema);
  for (let at = 0; at < Records.length; at += REPLAY_CHUNK) {
    const chunk = Records.slice(at, at + REPLAY_CHUNK);
    const rest = repeatedFrom(chunk);
    if (at > 0 && context.getRemainingTimeInMillis() < MARGIN_MS) return rest;
    try {
      await replayBatch(chunk.map(changeOf), {
        client,
        mapping,
        parked,
        beforeWrite: guard.beforeWrite,
      });
    } catch (error) {
      log(messageOf(error));
      if (!(error instanceof RunHeld)) onFailure(error);
      return rest;
    }
  }
  return { batchItemFailures: [] };
}

/** The answer that has a batch repeated from the first of these records. */
const repeatedFrom = ([first]: readonly StreamRecord[]): BatchResponse => ({
  batchItemFailures: [{ itemIdentifier: sequenceOf(first) }],
});

/** Waits until the guard permits a write; what holds the run, if it is still held then. */
async function waitWhileHeld(
  guard: WriteGuard,
  sleep: Clock["sleep"],
): Promise<RunHeld | undefined> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    try {
      await guard.beforeWrite();
      return undefined;
    } catch (error) {
      if (!(error instanceof RunHeld)) throw error;
      if (waited >= HELD_MS) return error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

const isPause = (error: unknown): boolean => error instanceof RunHeld && error.held === "paused";

async function assertNotCancelled(
  { store, mapping }: Migration,
  { run }: MigrationStart,
): Promise<void> {
  const { cancelled } = await store.control(run);
  assertNotHeld({ cancelled }, mapping.context, DECLARE_AGAIN);
}

/** Refuses to replay while a function that copies may write: it may have read an item that was deleted since. */
function assertCaughtUp({ run, caughtUp }: MigrationStart): void {
  if (caughtUp !== undefined) return;
  throw new SwapError("swap.input-invalid", {
    name: "copy",
    value: run,
    rule: "it has not ended, and may write over what is replayed",
    fix: "let the state machine end: it enables the event source mapping, which then repeats this batch",
  });
}

function assertInTime({ run, startedAt }: MigrationStart, now: number): void {
  if (now - startedAt < COPY_DEADLINE_MS) return;
  throw new SwapError("swap.input-invalid", {
    name: "copy",
    value: run,
    rule: "it was started 23 hours ago, and the stream holds changes for 24",
    fix: `${TAKE_OUT}, run pulumi up, and declare it again with a greater concurrency`,
  });
}

/** Refuses to begin a replay when the stream no longer holds the changes that were made first. */
function assertStreamComplete({ run, startedAt, replayFrom }: MigrationStart, now: number): void {
  if (replayFrom !== undefined || now - startedAt < STREAM_MS) return;
  throw new SwapError("swap.input-invalid", {
    name: "replay",
    value: run,
    rule: "it did not begin within 24 hours of the copy's start, and the stream holds changes for 24",
    fix: DECLARE_AGAIN,
  });
}

const TAKE_OUT = "take migrateFrom out of the program";
const DECLARE_AGAIN = `${TAKE_OUT}, run pulumi up, and declare it again`;

/** Refuses to go on with a copy of another source, transform or table. */
function assertSameCopy(started: MigrationStart, migration: Migration): void {
  const { from, tables, transformHash, source, target } = migration;
  const differs = [
    started.engine !== "lambda" && "swap migrate copy",
    started.from !== from && `version ${started.from}`,
    started.transform !== transformHash && `transform ${started.transform}`,
    started.tables.source !== tables.source && `another table "${source}"`,
    started.tables.target !== tables.target && `another table "${target}"`,
  ].find((each) => each !== false);
  if (differs === undefined) return;
  throw new SwapError("swap.input-invalid", {
    name: "recorded copy",
    value: started.run,
    rule: `it was started with ${differs}`,
    fix: DECLARE_AGAIN,
  });
}
