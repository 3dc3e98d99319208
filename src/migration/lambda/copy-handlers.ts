import { SwapError } from "../../errors";
import type { Item } from "../../items";
import { assertNotHeld } from "../control";
import { addCounts, copySegment, noCounts, SAVE_EVERY_MS } from "../copy-segment";
import { type Clock, RateLimit, realClock } from "../rate-limit";
import { moveId } from "../replication";
import { COPY_DEADLINE_MS, type CopySession, type MigrationStart } from "../run";
import type { SavedSegment } from "../store";
import { assertTransformWorks } from "../transform-check";
import { assertTargetWritable, stoppedFix, WriteGuard } from "../write-guard";
import type { LambdaContext } from "./events";
import { reportParked } from "./metrics";
import type { Migration } from "./open";
import {
  assertNotCancelled,
  assertSameCopy,
  DECLARE_AGAIN,
  isPause,
  MARGIN_MS,
  TAKE_OUT,
} from "./recorded-copy";

/**
 * Longest time from the end of a session to the last write that it permitted: the 2 s of a guard's check, and three
 * tries of 10 s of the client, with its pauses.
 */
const LAST_WRITE_MS = 35_000;

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
 * for a target that must not be written, and for a transform of a new copy as {@link assertTransformWorks}
 */
export async function recordCopy(
  migration: Migration,
  segments: number,
  now: () => number = Date.now,
): Promise<MigrationStart> {
  const { store, from, tables, transformHash } = migration;
  const row = await assertTargetWritable(migration, migration.mapping.context, TAKE_OUT);
  if ((await store.started()) === undefined)
    await assertTransformWorks({
      ...migration,
      named: {
        name: `migrateFrom.transform of version ${migration.to}`,
        value: transformHash,
      },
    });
  const started = await store.start({
    tables,
    from,
    transform: transformHash,
    segments,
    concurrency: migration.concurrency,
    startedAt: now(),
    engine: "lambda",
    ...(row && { moveId: moveId(row) }),
  });
  await goOn(migration, started);
  return started;
}

/** Goes on with a recorded copy by the inverse that the program declares now, unless it is another copy or cancelled. */
async function goOn(migration: Migration, started: MigrationStart): Promise<void> {
  assertSameCopy(started, migration);
  await assertNotCancelled(migration, started);
  await migration.store.declareInverse(started.run, migration.inverseHash);
}

/**
 * Records the copy, as {@link recordCopy}, and starts its execution. Once the replay has begun, the target may be
 * active: then it is not refused.
 *
 * @param startExecution starts an execution of the run, unless one runs or has succeeded
 */
export async function beginCopy(
  migration: Migration,
  segments: number,
  startExecution: (run: string) => Promise<void>,
): Promise<{ run: string }> {
  const recorded = await migration.store.started();
  const replays = recorded?.replayFrom !== undefined;
  if (replays) await goOn(migration, recorded);
  const { run } = replays ? recorded : await recordCopy(migration, segments);
  await startExecution(run);
  return { run };
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
  const parked = await store.parkedKeys(mapping.sourceSchema);
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
      parked,
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
  } finally {
    reportParked(mapping.context, parked.count, now());
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

function assertInTime({ run, startedAt }: MigrationStart, now: number): void {
  if (now - startedAt < COPY_DEADLINE_MS) return;
  throw new SwapError("swap.input-invalid", {
    name: "copy",
    value: run,
    rule: "it was started 23 hours ago, and the stream holds changes for 24",
    fix: `${TAKE_OUT}, run pulumi up, and declare it again with a greater concurrency`,
  });
}
