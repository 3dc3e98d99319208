import { agreedAt, isSettled } from "./agreement";
import { pausedMs, type RunControl } from "./control";
import type { ParkedKey } from "./parked";
import { appliedMinutes, lastAppliedAt, type ReplayCall, type ReplayRecord } from "./replay-record";
import type { MigrationStart } from "./run";
import type { MigrationStore, SavedSegment } from "./store";
import type { RecordedStray } from "./stray-record";
import type { VerificationRecord } from "./verification-record";
import type { WayBack } from "./way-back";

/** What the rows of a migration say. */
export interface MigrationFacts {
  /** The version that is written. */
  to: number;
  /** Undefined if no copy is recorded. */
  started: MigrationStart | undefined;
  segments: SavedSegment[];
  parked: (ParkedKey & { at: number })[];
  verification: VerificationRecord | undefined;
  /** Of the stream of the version copied. */
  replay: ReplayRecord;
  /** Of the stream of the version written; nothing unless what is written to it goes back. */
  reverse: ReplayRecord;
  /** How what is written to the new version goes back; undefined if it does not. */
  wayBack: WayBack | undefined;
  /** Changes that others made to the version that was not active, without images. */
  strays: RecordedStray[];
  /** What operators ask of the run. */
  control: RunControl;
}

/** What is known of a migration whose copy is recorded. */
export type StartedFacts = MigrationFacts & { started: MigrationStart };

/**
 * Reads a migration's rows. Cost: four consistent GetItem and five consistent Query; without a recorded copy, two GetItem.
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
      replay: NO_REPLAY,
      reverse: NO_REPLAY,
      wayBack: undefined,
      strays: [],
      control: {},
    };
  const { run } = started;
  const [segments, parked, replay, reverse, wayBack, strays, control] = await Promise.all([
    store.segments(run),
    store.parked(),
    store.replay(run),
    store.replay(run, "target"),
    store.wayBack(run),
    store.strays(run, { images: false }),
    store.control(run),
  ]);
  const read = { segments, parked, replay, reverse, wayBack, strays, control };
  return { to, started, verification, ...read };
}

const NO_REPLAY: ReplayRecord = { minutes: [], failing: [], running: [] };

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

/**
 * The average rate of a copy from its start to its last saved position, without pauses.
 *
 * @returns items a second; undefined while it is not known
 */
export function copyRate(facts: StartedFacts): number | undefined {
  const { read, savedAt } = copyFigures(facts);
  const paused = savedAt === undefined ? undefined : pausedMs(facts.control, savedAt);
  if (savedAt === undefined || paused === undefined || read === 0) return undefined;
  const ms = savedAt - facts.started.startedAt - paused;
  return ms > 0 ? (1_000 * read) / ms : undefined;
}

/** Time over which the replay's lag is looked at, in milliseconds. */
export const LAG_WINDOW_MS = 5 * 60_000;

/** Figures of a replay. */
export interface ReplayFigures {
  /** Records applied in the last 5 to 6 minutes. */
  records: number;
  /**
   * The longest time from a change to its batch's end in the last 5 to 6 minutes, in milliseconds. Without a batch in
   * them: 0 if a verification that found no differences began a minute or more after the last one, else that of the last minute with
   * one. Where a batch fails or has not ended, the age of its oldest change, if that is longer. Undefined if it is
   * unknown.
   */
  lagMs: number | undefined;
  /** When a batch was applied last, in unix milliseconds; undefined if none was. */
  lastAt: number | undefined;
}

/** @param record what was done with one of the two streams; default: that of the version copied */
export function replayFigures(
  facts: StartedFacts,
  now: number,
  record: ReplayRecord = facts.replay,
): ReplayFigures {
  const first = Math.floor((now - LAG_WINDOW_MS) / 60_000);
  const applied = appliedMinutes(record);
  const recent = applied.filter(({ minute }) => minute >= first);
  const lastAt = lastAppliedAt(record);
  const agreed = agreedAt(facts, now);
  const quiet = isSettled(lastAt ?? 0, agreed) ? 0 : applied.at(-1)?.maxLagMs;
  const { failing, running } = openBatches(facts, now, record);
  const lags = [
    ...(recent.length > 0 ? recent.map(({ maxLagMs }) => maxLagMs) : [quiet]),
    ...[...failing, ...running].map(({ changedAt }) =>
      changedAt === undefined ? undefined : now - changedAt,
    ),
  ];
  return {
    records: recent.reduce((total, each) => total + each.records, 0),
    lagMs: lags.includes(undefined) ? undefined : Math.max(0, ...(lags as number[])),
    lastAt,
  };
}

/** Time after which a call of the replay has ended, in milliseconds: its time-out of 15 minutes, and one for clocks. */
const CALL_MS = 16 * 60_000;

/**
 * The batches that fail, or were begun and have not ended. One that was begun 16 minutes ago fails: its calls are
 * killed, unless the run is paused. A verification that found no differences settles those on which the last call had
 * ended when it began: what their changes say has arrived, whatever the record lacks.
 */
export function openBatches(
  facts: StartedFacts,
  now: number,
  record: ReplayRecord = facts.replay,
): Pick<ReplayRecord, "failing" | "running"> {
  const { control } = facts;
  const agreed = agreedAt(facts, now) ?? 0;
  const isOpen = ({ lastAt }: { lastAt: number }) => lastAt + CALL_MS >= agreed;
  const running = record.running.filter(isOpen);
  const isKilled = ({ since }: ReplayCall) => !control.paused && now - since > CALL_MS;
  const killed = running.filter(isKilled).map((call) => ({
    ...call,
    reason:
      "a call that began with its batch has not ended: it was killed, such as at its time-out",
  }));
  return {
    failing: [...record.failing.filter(isOpen), ...killed].sort((a, b) => a.since - b.since),
    running: running.filter((call) => !isKilled(call)),
  };
}

/**
 * What keeps the two versions from being taken for equal, unless a verification without differences began a minute or
 * more after it: the changes of others to the version that was not active, and the keys whose items could not go back.
 */
export function unsettled(
  facts: StartedFacts,
  now: number,
): { strays: RecordedStray[]; notBack: (ParkedKey & { at: number })[] } {
  const agreed = agreedAt(facts, now);
  const isOpen = ({ at }: { at: number }) => !isSettled(at, agreed);
  return {
    strays: facts.strays.filter(isOpen),
    notBack: facts.parked.filter((each) => each.back && isOpen(each)),
  };
}
