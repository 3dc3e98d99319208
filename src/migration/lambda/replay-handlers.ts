import { SwapError } from "../../errors";
import { type Item, keyIdentity, keyOf } from "../../items";
import { assertNotHeld, RunHeld } from "../control";
import { EchoLog } from "../echo-log";
import type { ParkedKeys } from "../parked";
import { type Clock, realClock } from "../rate-limit";
import { replayBatch } from "../replay";
import type { ReplayedStream } from "../replay-record";
import { neededWrites, type PointerLook, treatmentOf, withCurrent } from "../replication";
import { type MigrationStart, STREAM_MS } from "../run";
import { findStrays } from "../strays";
import type { Mapping } from "../transform";
import { ONCE, WriteGuard } from "../write-guard";
import {
  type BatchResponse,
  changeOf,
  type LambdaContext,
  type StreamEvent,
  type StreamRecord,
} from "./events";
import { reportParked } from "./metrics";
import type { Migration } from "./open";
import { assertSameCopy, DECLARE_AGAIN, MARGIN_MS } from "./recorded-copy";
import { isExpiry, messageOf, recordBegin, recordOutcome, sequenceOf } from "./replay-outcome";

/** Longest wait of a replay for a paused run, in milliseconds, and the pause between two looks. */
const HELD_MS = 24_000;
const LOOK_EVERY_MS = 2_000;
/** Records of a batch that are applied together. */
const REPLAY_CHUNK = 100;

/** For tests: how to wait for a paused run, unix milliseconds, and the clock of what permits writes. */
interface ReplayClock {
  sleep?: Clock["sleep"];
  now?: () => number;
  guard?: Clock;
}

/**
 * Replicates a batch of one version's stream to the other version, if the batch's version is active, and records what
 * became of it. If it is not, its changes are what the replication wrote, or strays, which are recorded. The pointer is
 * read when the batch has come, and again before a write whose last check is 2 s old or older: when it has moved, the batch
 * is repeated. A batch that is replicated may have been made before the pointer moved: its items are read as they are
 * now, and what came from the other version does not go back.
 *
 * When a request fails, or the time is nearly over, it names the first record that is not applied: the mapping repeats
 * the batch from there. While the run is paused or cancelled it writes nothing: it waits for 24 s at most, and then has
 * the batch repeated.
 *
 * @throws SwapError `swap.input-invalid` before `catchUp` has stopped the copy, for a transform, source or table that
 * is not that of the recorded copy, and as `treatmentOf`. The mapping repeats the batch, so that its records are not
 * dropped while the stream holds them
 */
export async function replayRecords(
  migration: Migration,
  event: StreamEvent,
  context: LambdaContext,
  log: (line: string) => void = console.error,
  { sleep = realClock.sleep, now = Date.now, guard: guardClock = realClock }: ReplayClock = {},
): Promise<BatchResponse> {
  const { store } = migration;
  const stream = streamOf(migration, event);
  let failure: unknown;
  try {
    const clock = { sleep, now, guard: guardClock };
    const response = await applyRecords(migration, stream, event, context, log, clock, (error) => {
      failure = error;
    });
    await recordOutcome(store, event, response, failure, now(), log, stream);
    return response;
  } catch (error) {
    await recordOutcome(store, event, undefined, error, now(), log, stream);
    throw error;
  }
}

/**
 * Which of the two tables' streams a batch is of.
 *
 * @throws Error for another one's
 */
export function streamOf(
  { source, target }: Pick<Migration, "source" | "target">,
  { Records: [first] }: StreamEvent,
): ReplayedStream {
  const table = /:table\/([^/]+)\/stream\//.exec(first?.eventSourceARN ?? "")?.[1];
  if (table === source) return "source";
  if (table === target) return "target";
  throw new Error(
    `a batch of ${first?.eventSourceARN ?? "no stream"}, which the migration does not read`,
  );
}

async function applyRecords(
  migration: Migration,
  stream: ReplayedStream,
  { Records }: StreamEvent,
  context: LambdaContext,
  log: (line: string) => void,
  { sleep, now, guard: guardClock }: Required<ReplayClock>,
  onFailure: (error: unknown) => void,
): Promise<BatchResponse> {
  const { client, alias, to, store, mapping: forward, inverse } = migration;
  const started = await store.started();
  if (started === undefined) throw new Error(`no copy is recorded in "${store.table}"`);
  assertSameCopy(started, migration);
  assertCaughtUp(started);
  assertStreamComplete(started, now());
  const mapping = stream === "source" ? forward : inverse;
  if (mapping === undefined) throw new Error(`nothing maps items of version ${to} back`);
  await recordBegin(store, started.run, { Records }, now(), stream);
  const { from: version } = mapping.context;
  const goesBack = inverse !== undefined && (await store.wayBack(started.run))?.whole === true;
  const look = () => treatmentOf({ ...migration, goesBack }, version, started.moveId);
  let first: PointerLook | undefined;
  const guard = new WriteGuard(async () => {
    const found = await look();
    first ??= found;
    if (found.treatment !== first.treatment || found.isFirst !== first.isFirst)
      throw new PointerMoved(alias);
    assertNotHeld(await store.control(started.run), forward.context, DECLARE_AGAIN);
    return found.isFenced ? ONCE : undefined;
  }, guardClock);
  const waits = await waitWhileHeld(guard, sleep);
  if (waits) {
    log(waits.message);
    return repeatedFrom(Records);
  }
  if (first?.treatment === "drop") return { batchItemFailures: [] };
  const echoes = new EchoLog({ client }, alias, to, started.run);
  const opposite = stream === "source" ? inverse : forward;
  let parked: ParkedKeys | undefined;
  const apply = first?.treatment === "inspect" ? inspect : await replicate();
  try {
    return await applyChunks();
  } finally {
    if (parked) reportParked(forward.context, parked.count, now(), stream);
  }

  async function applyChunks(): Promise<BatchResponse> {
    for (let at = 0; at < Records.length; at += REPLAY_CHUNK) {
      const chunk = Records.slice(at, at + REPLAY_CHUNK);
      const rest = repeatedFrom(chunk);
      if (at > 0 && context.getRemainingTimeInMillis() < MARGIN_MS) return rest;
      try {
        await apply(chunk);
      } catch (error) {
        log(messageOf(error));
        if (!(error instanceof RunHeld || error instanceof PointerMoved)) onFailure(error);
        return rest;
      }
    }
    return { batchItemFailures: [] };
  }

  async function replicate(): Promise<(chunk: readonly StreamRecord[]) => Promise<unknown>> {
    const at = mapping as Mapping;
    parked = await store.parkedKeys(at.sourceSchema, now, stream);
    const options = { client, mapping: at, parked, beforeWrite: guard.beforeWrite };
    // Until the pointer moves first, nobody takes what is written to the target for a stray.
    if ((stream === "source" && first?.isFirst) || opposite === undefined)
      return (chunk) => replayBatch(chunk.map(changeOf), options);
    const schema = at.sourceSchema;
    const active = { client, table: opposite.target, version, schema, echoes };
    return async (chunk) => {
      const { changes, unsure } = await withCurrent(chunk.map(changeOf), active);
      // An item that maps to the image is left as it is, whatever the image maps to: going back, for what the inverse
      // loses; the other way, if the image came from it.
      const staysFor = (image: Item) =>
        stream === "target" || unsure.has(keyIdentity(keyOf(image, schema) as Item, schema));
      const needed = neededWrites({ client, mapping: at, opposite, staysFor, echoes });
      return replayBatch(changes, { ...options, needed });
    };
  }

  async function inspect(chunk: readonly StreamRecord[]): Promise<void> {
    const written = chunk.filter((record) => !isExpiry(record));
    const changes = written.map((record) => ({
      ...changeOf(record),
      sequence: sequenceOf(record),
    }));
    const at = { client, mapping: mapping as Mapping, opposite, echoes };
    const strays = await findStrays(changes, at);
    await store.recordStrays(started?.run ?? "", strays, now());
  }
}

/** The pointer has moved while a batch was applied: it is repeated under the version that is active now. */
class PointerMoved extends Error {
  constructor(alias: string) {
    super(`the pointer of alias "${alias}" has moved, the rest of the batch is repeated`);
  }
}

/** The answer that has a batch repeated from the first of these records. */
const repeatedFrom = ([first]: readonly StreamRecord[]): BatchResponse => ({
  batchItemFailures: [{ itemIdentifier: sequenceOf(first) }],
});

/** Waits until the guard permits a write; why the batch has to wait for another call, if it has to. */
async function waitWhileHeld(
  guard: WriteGuard,
  sleep: Clock["sleep"],
): Promise<RunHeld | PointerMoved | undefined> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    try {
      await guard.beforeWrite();
      return undefined;
    } catch (error) {
      if (error instanceof PointerMoved) return error;
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
