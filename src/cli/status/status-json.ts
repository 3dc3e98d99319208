import {
  copyFigures,
  copyRate,
  DEFAULT_BOUNDS,
  type DifferenceCounts,
  deadlineOf,
  differenceTotal,
  type MigrationFacts,
  notReady,
  openBatches,
  type Phase,
  pausedMs,
  phaseOf,
  type ReplayRecord,
  type RunControl,
  replayFigures,
  resumeBy,
  type StartedFacts,
  tablesFault,
  unsettled,
  type WayBack,
} from "../../migration";
import { deletionBlock, type VersionRole } from "../../retention";
import { formatTime } from "../format";
import { nextStep } from "./next-step";
import type { AliasStatus, SeenMigration, SeenVersion } from "./read-status";

/** What `swap status --json` prints; with `--watch`, one such object a line. Times are ISO 8601. */
export interface StatusJson {
  alias: string;
  /** When it was read. */
  observed: string;
  /** The active version; null if the alias has no row, so that it resolves to version 1. */
  active: number | null;
  since: string | null;
  previous: PreviousJson | null;
  /** The greatest version first. */
  versions: StatusVersionJson[];
  migrations: MigrationJson[];
  /** Greatest age of the versions' `items` in hours. */
  figuresMayLagHours: number;
}

/** The version that was active before. */
export interface PreviousJson {
  version: number;
  /** Until when its table is kept, with the grace period of `--grace`; null if that is over or unknown. */
  graceUntil: string | null;
  secondsLeft: number | null;
}

/** One version as `swap status` prints it. */
export interface StatusVersionJson {
  version: number;
  table: string;
  role: VersionRole;
  /** Rolled back from. */
  barred: boolean;
  /** The deletion of its table was permitted. */
  retired: boolean;
  /** DynamoDB's TableStatus, or MISSING. */
  state: string;
  /** DynamoDB's own count, up to six hours old. */
  items: number | null;
  /** Items that a copy has written to it, as its record says; null without one. */
  copied: number | null;
}

/** One migration as `swap status` prints it. */
export interface MigrationJson {
  from: number;
  to: number;
  /** Null if only a verification is recorded. */
  phase: Phase | null;
  /** What copies: the functions of `migrateFrom`, or one process. */
  engine: "lambda" | "process" | null;
  transform: string;
  startedAt: string | null;
  copy: CopyProgressJson | null;
  parked: { count: number; first: { key: string; reason: string }[] };
  /** Null unless functions replay. */
  replay: ReplayJson | null;
  /** The same of the new version's stream; null unless its writes go back. */
  reverse: ReplayJson | null;
  /** How what is written to the new version goes back; null if it does not. */
  wayBack: WayBackJson | null;
  /** Changes that others made to the version that was not active: all, its deletions, and those not settled by a verification. */
  strays: { count: number; deleted: number; unsettled: number; first: StrayJson[] };
  verification: VerificationJson | null;
  /** By when the functions' copy has to be done. */
  deadline: string | null;
  /** `resumeBy`: when it is too late to resume it, so that the stream loses no change; null if unknown, once it is cancelled, and for one process. */
  paused: (AskedJson & { resumeBy: string | null }) | null;
  /** How long it has been paused, in all. */
  pausedSeconds: number;
  /** Items a second that an operator permits. */
  rate: (AskedJson & { perSecond: number }) | null;
  cancelled: AskedJson | null;
  /** Why the gate `migration` would refuse now; null where it can't be declared. */
  refusals: string[] | null;
  /** What to do next, in words. */
  next: string;
}

/** How far a copy has come. */
export interface CopyProgressJson {
  read: number;
  written: number;
  leftOut: number;
  /** Items of the source as DynamoDB last counted them. */
  about: number | null;
  /** Null if the number of items is not known. */
  percent: number | null;
  segmentsDone: number;
  segments: number;
  /** With `--watch` that of the last ten looks; else the average since the start, without pauses. Null unless it copies. */
  perSecond: number | null;
  secondsLeft: number | null;
}

/** What the replay does. */
export interface ReplayJson {
  /** Null until it begins. */
  since: string | null;
  /**
   * The longest lag of the last 5 minutes in milliseconds, or the age of a change that is not applied; null if it is
   * unknown. Without changes in them: 0 if a verification without differences began after the last one, else the lag
   * that was seen last.
   */
  lagMs: number | null;
  /** Changes applied in the last 5 minutes. */
  records: number;
  lastAt: string | null;
  failing: { since: string; reason: string; batches: number } | null;
}

/** What is known of the way back to the old version. */
export interface WayBackJson {
  /** The hash of the inverse; "same" if items go back unchanged. */
  inverse: string;
  proven: boolean;
  /** Why it could not be proven. */
  failure: string | null;
  /** When it was proven, or could not be; null if it was not tried yet. */
  at: string | null;
  /** Items that were sent there and back; those that came back changed, and those that did not. */
  sampled: number;
  changed: number;
  failed: number;
  lossy: boolean;
}

/** A change to the version that was not active. */
export interface StrayJson {
  version: number;
  key: string;
  deleted: boolean;
  at: string;
}

/** The last verification. */
export interface VerificationJson {
  done: boolean;
  startedAt: string;
  transform: string;
  /** Items that it has read of each version. */
  sourceItems: number;
  targetItems: number;
  differences: number;
  counts: DifferenceCounts;
  complete: boolean;
  /** Why functions have given it up; null unless they have. */
  failure: string | null;
}

/** Who asked for something, when and why. */
export interface AskedJson {
  by: string;
  at: string;
  reason: string | null;
}

/** Parked keys that are shown. */
const SHOWN = 5;

const iso = (at: number | undefined): string | null => formatTime(at) ?? null;

/**
 * The JSON form of a status.
 *
 * @param rates items a second by version written, as seen by earlier looks
 */
export function statusJson(
  status: AliasStatus,
  graceMs: number,
  rates: ReadonlyMap<number, number | undefined> | undefined,
): StatusJson {
  const { alias, now, row, versions, migrations } = status;
  return {
    alias,
    observed: new Date(now).toISOString(),
    active: row?.version ?? null,
    since: iso(row?.activatedAt),
    previous: previousJson(status, graceMs),
    versions: versions.map((each) => versionJson(each, migrations)),
    migrations: migrations.map((each) => migrationJson(status, each, rates)),
    figuresMayLagHours: 6,
  };
}

function previousJson({ row, now }: AliasStatus, graceMs: number): PreviousJson | null {
  if (row?.previous === undefined) return null;
  const { until } = deletionBlock(row, row.previous, { graceMs, now }) ?? {};
  return {
    version: row.previous,
    graceUntil: iso(until),
    secondsLeft: until === undefined ? null : Math.max(0, Math.ceil((until - now) / 1_000)),
  };
}

function versionJson(
  { version, table, status, description }: SeenVersion,
  migrations: readonly SeenMigration[],
): StatusVersionJson {
  const facts = migrations.find((each) => each.facts.to === version)?.facts;
  return {
    version,
    table,
    role: status.role,
    barred: status.barred,
    retired: status.retired,
    state: description === undefined ? "MISSING" : (description.TableStatus ?? "UNKNOWN"),
    items: description?.ItemCount ?? null,
    copied: isStarted(facts) ? copyFigures(facts).written : null,
  };
}

const isStarted = (facts: MigrationFacts | undefined): facts is StartedFacts =>
  facts?.started !== undefined;

function migrationJson(
  status: AliasStatus,
  { facts, tables, sourceItems, parked, strays }: SeenMigration,
  rates: ReadonlyMap<number, number | undefined> | undefined,
): MigrationJson {
  const { alias, row, now } = status;
  const { to, started, verification, control } = facts;
  const asked = ({ by, at, reason }: { by: string; at: number; reason?: string | undefined }) => ({
    by,
    at: iso(at) ?? "",
    reason: reason ?? null,
  });
  const known = isStarted(facts) ? facts : undefined;
  const phase = known ? phaseOf(known, row, tables, now) : null;
  const lambda = known?.started.engine === "lambda";
  const resume = known && resumeBy(known, sourceItems, now);
  const isOpen = phase !== "switched" && phase !== "complete" && phase !== "rolled back";
  const fault = known && isOpen ? tablesFault(known, tables) : undefined;
  const refusals =
    known && lambda && isOpen
      ? [
          ...(fault ? [fault] : []),
          ...notReady(known, { alias, from: row?.version }, DEFAULT_BOUNDS, now),
        ]
      : undefined;
  return {
    from: started?.from ?? verification?.from ?? 0,
    to,
    phase,
    engine: known ? (lambda ? "lambda" : "process") : null,
    transform: started?.transform ?? verification?.transform ?? "none",
    startedAt: iso(started?.startedAt),
    copy: known ? copyProgressJson(known, sourceItems, phase, rates) : null,
    parked: { count: parked.length, first: parked.slice(0, SHOWN) },
    replay: known && lambda ? replayProgressJson(known, now, known.replay) : null,
    reverse: known?.wayBack ? replayProgressJson(known, now, known.reverse) : null,
    wayBack: known?.wayBack ? wayBackJson(known.wayBack) : null,
    strays: {
      count: strays.length,
      deleted: strays.filter(({ deleted }) => deleted).length,
      unsettled: known ? unsettled(known, now).strays.length : 0,
      first: strays.slice(0, SHOWN).map((each) => ({ ...each, at: iso(each.at) ?? "" })),
    },
    verification: verification
      ? {
          done: verification.done,
          startedAt: iso(verification.startedAt) ?? "",
          transform: verification.transform,
          sourceItems: verification.sourceItems,
          targetItems: verification.targetItems,
          differences: differenceTotal(verification),
          counts: verification.counts,
          complete: verification.complete,
          failure: verification.failure ?? null,
        }
      : null,
    deadline: known && lambda ? iso(deadlineOf(known.started)) : null,
    paused: control.paused ? { ...asked(control.paused), resumeBy: iso(resume) } : null,
    pausedSeconds: Math.floor(pausedInAll(control, now) / 1_000),
    rate: control.rate ? { ...asked(control.rate), perSecond: control.rate.perSecond } : null,
    cancelled: control.cancelled ? asked(control.cancelled) : null,
    refusals: refusals?.map(({ reason }) => reason) ?? null,
    next:
      fault && ["copying", "copied", "catching up"].includes(phase ?? "")
        ? fault.fix
        : nextStep(status, facts, phase, refusals ?? [], resume),
  };
}

/** The clock of who ended the last pause may be ahead of this one. */
const pausedInAll = (control: RunControl, now: number): number =>
  pausedMs(control, Math.max(now, control.pauses?.last.until ?? 0)) ?? 0;

function copyProgressJson(
  facts: StartedFacts,
  about: number | undefined,
  phase: Phase | null,
  rates: ReadonlyMap<number, number | undefined> | undefined,
): CopyProgressJson {
  const { read, written, leftOut, segmentsDone, segments } = copyFigures(facts);
  const done = segmentsDone === segments;
  const seen = () => (rates ? rates.get(facts.to) : copyRate(facts));
  const rate = done || phase !== "copying" ? undefined : seen();
  const known = about !== undefined && about > 0;
  return {
    read,
    written,
    leftOut,
    about: known ? about : null,
    // DynamoDB's count may be behind: a copy is at 100 % only when it is done.
    percent: done ? 100 : known ? Math.min(99, Math.floor((100 * read) / about)) : null,
    segmentsDone,
    segments,
    perSecond: rate === undefined ? null : Math.round(rate),
    secondsLeft: rate && known && about > read ? Math.ceil((about - read) / rate) : null,
  };
}

function wayBackJson({ inverse, proof }: WayBack): WayBackJson {
  const { failure, sampled = 0, changed = 0, failed = 0, lossy = false } = proof ?? {};
  const proven = proof !== undefined && failure === undefined && failed === 0;
  return {
    inverse,
    proven: proven && (lossy || changed === 0),
    failure: failure ?? null,
    at: iso(proof?.at),
    sampled,
    changed,
    failed,
    lossy,
  };
}

function replayProgressJson(facts: StartedFacts, now: number, record: ReplayRecord): ReplayJson {
  const { started } = facts;
  const { lagMs, records, lastAt } = replayFigures(facts, now, record);
  const { failing: all } = openBatches(facts, now, record);
  const [failing] = all;
  return {
    since: iso(started.replayFrom),
    lagMs: started.replayFrom === undefined ? null : (lagMs ?? null),
    records,
    lastAt: iso(lastAt),
    failing: failing
      ? { since: iso(failing.since) ?? "", reason: failing.reason, batches: all.length }
      : null,
  };
}
