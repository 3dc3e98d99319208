import type { Item } from "../items";
import { type CopyCounts, copySegment, noCounts } from "./copy-segment";
import { type RateLimit, realClock } from "./rate-limit";
import type { Requests } from "./request";
import { eachSegment } from "./scan";
import type { MigrationStart, MigrationStore, SavedSegment } from "./store";
import type { Mapping } from "./transform";

/** Pause between two saves of a segment's position, in milliseconds. */
const SAVE_EVERY_MS = 1_000;

/** A whole copy in one process. */
export interface CopyOptions extends Requests {
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
export interface Copy extends CopyCounts {
  /** Whether all segments were done before, so that nothing was copied. */
  alreadyComplete: boolean;
}

/**
 * Copies all segments that are not done, and goes on where an earlier run was stopped. Positions are saved
 * about once a second and when it ends, whatever ends it; after a crash, items since the last save are
 * written again.
 *
 * @throws SwapError; the signal's reason
 */
export async function copy(options: CopyOptions): Promise<Copy> {
  const { client, signal, source, mapping, store, start, clock = realClock } = options;
  const saved = new Map((await store.segments(start.run)).map((each) => [each.segment, each]));
  const totals = { ...noCounts };
  for (const each of saved.values()) add(totals, each);
  options.onProgress?.(totals);
  const parked = await store.parkedKeys(mapping.sourceSchema);
  const left = Array.from({ length: start.segments }, (_, segment) => segment).filter(
    (segment) => saved.get(segment)?.done !== true,
  );
  await eachSegment(left, options.concurrency, signal, async (segment, either) => {
    const state: SavedSegment = saved.get(segment) ?? { segment, done: false, ...noCounts };
    let savedAt = clock.now();
    let unsaved = false;
    const save = async () => {
      unsaved = false;
      savedAt = clock.now();
      await store.saveSegment(start.run, state);
    };
    try {
      await copySegment({
        client,
        signal: either,
        clock: options.clock,
        source,
        mapping,
        segment,
        totalSegments: start.segments,
        cursor: state.cursor as Item | undefined,
        parked,
        limit: options.limit,
        pageSize: options.pageSize,
        async onProgress(position, done) {
          Object.assign(state, position);
          add(state, done);
          add(totals, done);
          unsaved = true;
          options.onProgress?.(totals);
          if (position.done || clock.now() - savedAt >= SAVE_EVERY_MS) await save();
        },
      });
    } finally {
      // The error that ended the segment matters more than a failure to save.
      if (unsaved) await save().catch(() => {});
    }
  });
  return { ...totals, alreadyComplete: left.length === 0 };
}

function add(to: CopyCounts, more: CopyCounts): void {
  to.read += more.read;
  to.written += more.written;
  to.leftOut += more.leftOut;
  to.parked += more.parked;
}
