import type { RunControl } from "./control";
import type { ParkedKey } from "./parked";
import type { ReplayRecord } from "./replay-record";
import type { MigrationStart } from "./run";
import type { MigrationStore, SavedSegment } from "./store";
import type { VerificationRecord } from "./verification-record";

/** What the rows of a migration say. */
export interface MigrationFacts {
  /** The version that is written. */
  to: number;
  /** Undefined if no copy is recorded. */
  started: MigrationStart | undefined;
  segments: SavedSegment[];
  parked: (ParkedKey & { at: number })[];
  verification: VerificationRecord | undefined;
  replay: ReplayRecord;
  /** What operators ask of the run. */
  control: RunControl;
}

/** What is known of a migration whose copy is recorded. */
export type StartedFacts = MigrationFacts & { started: MigrationStart };

/**
 * Reads a migration's rows. Cost: three consistent GetItem and three consistent Query; two of each are left out if no
 * copy is recorded.
 *
 * @throws SwapError; `swap.service-error` for a row of an operator's wishes that can't be understood
 */
export async function readFacts(store: MigrationStore, to: number): Promise<MigrationFacts> {
  const started = await store.started();
  const verification = await store.verification();
  if (started === undefined)
    return {
      to,
      started,
      segments: [],
      parked: [],
      verification,
      replay: { minutes: [], failing: [] },
      control: {},
    };
  const { run } = started;
  const [segments, parked, replay, control] = await Promise.all([
    store.segments(run),
    store.parked(),
    store.replay(run),
    store.control(run),
  ]);
  return { to, started, segments, parked, verification, replay, control };
}

/** Figures of a copy: the counts of its segments together. */
export interface CopyFigures {
  read: number;
  written: number;
  leftOut: number;
  segmentsDone: number;
  segments: number;
  /** When the last position was saved, in unix milliseconds; undefined if one doesn't say so. */
  savedAt: number | undefined;
}

export function copyFigures({ started, segments }: StartedFacts): CopyFigures {
  const sum = (count: (segment: SavedSegment) => number) =>
    segments.reduce((total, each) => total + count(each), 0);
  const known = segments.length > 0 && segments.every(({ savedAt }) => savedAt !== undefined);
  return {
    read: sum(({ read }) => read),
    written: sum(({ written }) => written),
    leftOut: sum(({ leftOut }) => leftOut),
    segmentsDone: segments.filter(({ done }) => done).length,
    segments: started.segments,
    savedAt: known ? Math.max(...segments.map(({ savedAt = 0 }) => savedAt)) : undefined,
  };
}

/** Time over which the replay's lag is looked at, in milliseconds. */
export const LAG_WINDOW_MS = 5 * 60_000;

/** Figures of a replay. */
export interface ReplayFigures {
  /** Records applied in the last 5 to 6 minutes. */
  records: number;
  /**
   * The longest time from a change to its batch's end in the last 5 to 6 minutes, in milliseconds; where a batch fails,
   * the age of the oldest change that is not applied, if that is longer. Undefined if it is unknown.
   */
  lagMs: number | undefined;
  /** When a batch was applied last, in unix milliseconds; undefined if none was in the last hour. */
  lastAt: number | undefined;
}

export function replayFigures({ minutes, failing }: ReplayRecord, now: number): ReplayFigures {
  const first = Math.floor((now - LAG_WINDOW_MS) / 60_000);
  const applied = minutes.filter(({ records }) => records > 0);
  const recent = applied.filter(({ minute }) => minute >= first);
  const lags = [
    ...recent.map(({ maxLagMs }) => maxLagMs),
    ...failing.map(({ changedAt }) => (changedAt === undefined ? undefined : now - changedAt)),
  ];
  return {
    records: recent.reduce((total, each) => total + each.records, 0),
    lagMs: lags.includes(undefined) ? undefined : Math.max(0, ...(lags as number[])),
    lastAt: applied.length > 0 ? Math.max(...applied.map(({ lastAt }) => lastAt)) : undefined,
  };
}
