import { SwapError } from "../../errors";
import { assertNotHeld, RunHeld } from "../control";
import { type Clock, realClock } from "../rate-limit";
import { replayBatch } from "../replay";
import { type MigrationStart, STREAM_MS } from "../run";
import { assertTargetWritable, WriteGuard } from "../write-guard";
import {
  type BatchResponse,
  changeOf,
  type LambdaContext,
  type StreamEvent,
  type StreamRecord,
} from "./events";
import type { Migration } from "./open";
import { assertSameCopy, DECLARE_AGAIN, MARGIN_MS, TAKE_OUT } from "./recorded-copy";
import { messageOf, recordBegin, recordOutcome, sequenceOf } from "./replay-outcome";

/** Longest wait of a replay for a paused run, in milliseconds, and the pause between two looks. */
const HELD_MS = 24_000;
const LOOK_EVERY_MS = 2_000;
/** Records of a batch that are applied together. */
const REPLAY_CHUNK = 100;

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
