import type { Item } from "../items";
import { assertNotHeld } from "./control";
import { addCounts, type CopyCounts, copySegment, noCounts, SAVE_EVERY_MS } from "./copy-segment";
import { RateLimit, realClock } from "./rate-limit";
import type { Requests } from "./request";
import { type Retried, retryParked } from "./retry-parked";
import { assertOneProcess, type MigrationStart } from "./run";
import { inParallel } from "./scan";
import type { MigrationStore, SavedSegment } from "./store";
import type { Mapping } from "./transform";
import { assertTargetWritable, stoppedFix, type TargetControl, WriteGuard } from "./write-guard";

/** A whole copy in one process. */
export interface CopyOptions extends Requests, TargetControl {
  source: string;
  mapping: Mapping;
  store: MigrationStore;
  start: MigrationStart;
  /** Segments copied at a time. */
  concurrency: number;
  /** Limits the items of all segments together. */
  limit?: RateLimit | undefined;
  /** Called after each batch with the totals, what was done before included. */
  onProgress?: ((totals: CopyCounts) => void) | undefined;
  /** For tests. */
  pageSize?: number | undefined;
}

/** The counts of a copy, what was done before included. */
export interface Copy extends CopyCounts, Retried {
  /** Whether all segments were done before, so that only parked keys were tried again. */
  alreadyComplete: boolean;
}

/**
 * Tries parked keys again, then copies all segments that are not done, and goes on where an earlier run was
 * stopped. Positions are saved about once a second and when it ends, whatever ends it; after a crash, items
 * since the last save are written again.
 *
 * It writes only while the target is not active, no other session of the copy has begun, and no operator has paused
 * or cancelled the run; and at most as many items a second as an operator permits. All of it is checked before the
 * first write, and again before each that is sent 2 s or more after the last check; and once more when it is done. So
 * a write may reach the target up to 2 s after an activation, plus the time that the check and the write take, the
 * tries of the client included. While a check can't be made nothing is written, and after 30 s it fails.
 *
 * @throws SwapError `swap.input-invalid` for a target that must not be written, as {@link assertTargetWritable},
 * {@link RunHeld} for a run that is paused or cancelled, when another session has begun, and for a copy that a
 * program's functions make; others for a failure that may pass; the signal's reason
 */
export async function copy(options: CopyOptions): Promise<Copy> {
  const { client, signal, source, mapping, store, start, clock = realClock } = options;
  const limit = options.limit ?? new RateLimit(undefined, clock);
  const heed = async () => {
    const control = await store.control(start.run);
    assertNotHeld(control, mapping.context, "copy with --restart to begin a new run");
    limit.lowerTo(control.rate?.perSecond);
  };
  assertOneProcess(start);
  await heed();
  const session = await store.openSession(start.run, options.concurrency);
  const guard = new WriteGuard(
    async () => {
      await assertTargetWritable(options, mapping.context, stoppedFix(mapping.context));
      await store.assertSession(session);
      await heed();
    },
    options.clock,
    signal,
  );
  await guard.beforeWrite();
  const saved = new Map((await store.segments(start.run)).map((each) => [each.segment, each]));
  const totals = { ...noCounts };
  for (const each of saved.values()) addCounts(totals, each);
  options.onProgress?.(totals);
  const parked = await store.parkedKeys(mapping.sourceSchema);
  const batches = {
    client,
    clock: options.clock,
    source,
    mapping,
    parked,
    limit,
    beforeWrite: guard.beforeWrite,
  };
  const retried = await retryParked({ ...batches, signal }, await store.parked());
  const left = Array.from({ length: start.segments }, (_, segment) => segment).filter(
    (segment) => saved.get(segment)?.done !== true,
  );
  await inParallel(left, options.concurrency, signal, async (segment, either) => {
    const state: SavedSegment = saved.get(segment) ?? { segment, done: false, ...noCounts };
    let savedAt = clock.now();
    let unsaved = false;
    let saving: Promise<unknown> = Promise.resolve();
    /** Begins to save; what the save before threw is thrown. */
    const save = async () => {
      await saving;
      unsaved = false;
      savedAt = clock.now();
      saving = store.saveSegment(session, { ...state });
      // Thrown when it is awaited; until then Node would take it for unhandled.
      saving.catch(() => {
        unsaved = true;
      });
    };
    try {
      await copySegment({
        ...batches,
        signal: either,
        segment,
        totalSegments: start.segments,
        cursor: state.cursor as Item | undefined,
        pageSize: options.pageSize,
        async onProgress(position, done) {
          Object.assign(state, position);
          addCounts(state, done);
          addCounts(totals, done);
          unsaved = true;
          options.onProgress?.(totals);
          // Batches go on meanwhile: none depends on it.
          if (position.done || clock.now() - savedAt >= SAVE_EVERY_MS) await save();
        },
      });
      await saving;
    } finally {
      // The error that ended the segment matters more than a failure to save.
      await saving.catch(() => {});
      if (unsaved) await store.saveSegment(session, state).catch(() => {});
    }
  });
  await guard.confirm();
  return { ...totals, ...retried, alreadyComplete: left.length === 0 };
}
