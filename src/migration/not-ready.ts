import { noteText } from "./control";
import { differenceKinds } from "./difference";
import { copyFigures, type MigrationFacts, replayFigures, type StartedFacts } from "./facts";
import { deadlineOf } from "./run";

/** What a migration has to show before its version may become active. */
export interface ReadyBounds {
  /** The greatest lag of the replay, in milliseconds. */
  lagMs: number;
  /** The greatest age of the last verification, from when it began, in milliseconds. */
  verifiedWithinMs: number;
}

/** The bounds of the gate `migration` unless it names others: 30 s and 1 h. */
export const DEFAULT_BOUNDS: ReadyBounds = { lagMs: 30_000, verifiedWithinMs: 3_600_000 };

/** Something that keeps a version from becoming active. */
export interface NotReady {
  /** With the figures behind it. */
  reason: string;
  fix: string;
  /** Whether waiting can't help. */
  final?: true;
}

/** Clock difference between two machines that is not taken for a time in the future, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;
/**
 * Time for which a batch that was applied, or the begin of a verification without differences, shows that the replay
 * works, in milliseconds. DynamoDB does not tell a stream without changes from one that nobody reads.
 */
const EVIDENCE_MS = 10 * 60_000;

/**
 * What keeps a version that a program's functions fill from becoming active; empty if nothing does. What is unknown
 * counts as not ready. The tables' identity is the caller's to compare: it takes a request.
 *
 * @param from the active version
 */
export function notReady(
  facts: MigrationFacts,
  { alias, from }: { alias: string; from: number | undefined },
  bounds: ReadyBounds,
  now: number,
): NotReady[] {
  const { started, to, control } = facts;
  const again = "take migrateFrom out of the program, run pulumi up, and declare it again";
  if (started === undefined)
    return [
      {
        reason: `no copy to version ${to} is recorded`,
        fix: `declare migrateFrom for version ${to} and run pulumi up: the copy starts with it`,
      },
    ];
  if (started.engine !== "lambda")
    return [
      {
        reason: `swap migrate copy filled version ${to}, so that nothing replays changes`,
        fix: 'write readiness: { verify: { within: "1h" } } in place of readiness.migration, and stop the writers',
        final: true,
      },
    ];
  if (started.from !== from)
    return [
      {
        reason: `version ${to} is filled from version ${started.from}, and version ${from ?? "(none)"} is active`,
        fix: again,
        final: true,
      },
    ];
  const known = { ...facts, started };
  const found: (NotReady | undefined)[] = [
    control.cancelled && {
      reason: `the migration was cancelled by ${noteText(control.cancelled)}`,
      fix: again,
      final: true,
    },
    control.paused && {
      reason: `the migration is paused by ${noteText(control.paused)}`,
      fix: `run swap migrate resume ${alias} ${to}`,
    },
    ofCopy(known, again, now),
  ];
  if (isCopied(known))
    found.push(...ofReplay(known, bounds, now), ofVerification(known, alias, bounds, now));
  const parked = facts.parked.length;
  if (parked > 0)
    found.push({
      reason: `${parked} source ${parked === 1 ? "key is" : "keys are"} parked`,
      fix: `correct the items in version ${from}; swap status ${alias} ${to} names them`,
    });
  return found.filter((each) => each !== undefined);
}

/** Whether all segments of the copy are done. */
export const isCopied = ({ started, segments }: StartedFacts): boolean =>
  segments.filter(({ done }) => done).length === started.segments;

/** Whether the stream may have lost changes since the copy was started. */
export function missedDeadline(facts: StartedFacts, now: number): boolean {
  const { started } = facts;
  // Positions of earlier releases have no time: the begin of the replay, which follows the end, has one.
  const { savedAt = started.replayFrom ?? now } = copyFigures(facts);
  const until = isCopied(facts) && started.replayFrom !== undefined ? savedAt : now;
  return until >= deadlineOf(started);
}

function ofCopy(facts: StartedFacts, again: string, now: number): NotReady | undefined {
  const { segmentsDone, segments, read } = copyFigures(facts);
  if (missedDeadline(facts, now))
    return {
      reason: `the copy was not done 23 hours after its start (${segmentsDone} of ${segments} segments), so that the stream may have lost changes`,
      fix: `${again} with a greater concurrency`,
      final: true,
    };
  if (!isCopied(facts))
    return {
      reason: `the copy is not done: ${segmentsDone} of ${segments} segments, ${read.toLocaleString("en-US")} items`,
      fix: "wait until it is done",
    };
  if (facts.started.replayFrom === undefined)
    return {
      reason: "all segments are copied, and the replay has not begun",
      fix: "wait a minute; if it does not begin, look at the execution of the state machine",
    };
  return undefined;
}

function ofReplay(
  { started, replay, verification }: StartedFacts,
  { lagMs: most }: ReadyBounds,
  now: number,
): (NotReady | undefined)[] {
  if (started.replayFrom === undefined) return [];
  const [failing] = replay.failing;
  const { lagMs, lastAt } = replayFigures(replay, now);
  const lag = lagMs === undefined ? "unknown" : spanText(lagMs);
  if (failing)
    return [
      {
        reason: `the replay fails since ${isoTime(failing.since)}, its lag is ${lag}: ${failing.reason}`,
        fix: "remove the cause; the replay then goes on by itself",
      },
    ];
  const shown = Math.max(lastAt ?? 0, verification?.done ? verification.startedAt : 0);
  return [
    lagMs === undefined || lagMs > most
      ? {
          reason: `the replay's lag in the last 5 minutes is ${lag}, at most ${spanText(most)} wanted`,
          fix: "wait until it has caught up",
        }
      : undefined,
    now - shown > EVIDENCE_MS
      ? {
          reason: `nothing was replayed ${lastAt === undefined ? "in the last hour" : `for ${spanText(now - lastAt)}`}, which does not show whether the replay works`,
          fix: `write an item of version ${started.from}, or run swap verify within 10 minutes of pulumi up`,
        }
      : undefined,
  ];
}

/** Why the last verification does not show that the tables agree. */
function ofVerification(
  facts: StartedFacts,
  alias: string,
  { verifiedWithinMs }: ReadyBounds,
  now: number,
): NotReady | undefined {
  const { started, to, verification } = facts;
  const file = started.transform === "none" ? "" : " --transform FILE";
  const run = `run swap verify ${alias} ${started.from} ${to}${file}`;
  const fault = verificationFault(facts, now);
  if (fault !== undefined) return { reason: fault, fix: run };
  const { startedAt = 0, counts } = verification ?? {};
  const total = differenceKinds.reduce((sum, kind) => sum + (counts?.[kind] ?? 0), 0);
  if (total > 0)
    return {
      reason: `the last verification found ${total} ${total === 1 ? "difference" : "differences"}`,
      fix: `${run}; if differences stay, swap migrate repair ${alias} --from ${started.from} --to ${to}${file}`,
    };
  if (now - startedAt > verifiedWithinMs)
    return {
      reason: `the last verification began ${spanText(now - startedAt)} ago, at most ${spanText(verifiedWithinMs)} wanted`,
      fix: run,
    };
  return undefined;
}

/** Why the last verification says nothing about a copy; undefined if it does, whatever it found. */
export function verificationFault(
  { started, verification }: StartedFacts,
  now: number,
): string | undefined {
  const last = "the last verification does not count:";
  if (verification === undefined) return "no verification is recorded";
  const { done, complete, from, transform, startedAt, tables, sourceItems, targetItems } =
    verification;
  if (!done) return `${last} it has not finished, or was interrupted`;
  if (from !== started.from) return `${last} it compared version ${from}`;
  if (transform !== started.transform)
    return `${last} it used transform ${transform}, and the copy ${started.transform}`;
  const same = (now: string, then: string) => now !== "" && now === then;
  if (!same(tables.source, started.tables.source) || !same(tables.target, started.tables.target))
    return `${last} a table was created again since the copy began`;
  if (!(startedAt > 0) || startedAt > now + CLOCK_SKEW_MS)
    return `${last} its time is missing or in the future`;
  if (startedAt < (started.replayFrom ?? started.startedAt))
    return `${last} it began before ${started.replayFrom === undefined ? "the copy" : "the replay"}`;
  if (!complete) return `${last} not all items could be compared`;
  if (sourceItems > 0 && targetItems === 0)
    return `${last} the target had no items, and the source ${sourceItems}`;
  return undefined;
}

const isoTime = (at: number): string => new Date(at).toISOString();

/** A time span for people, in its two greatest units, such as `1 h 20 min`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const of = (size: number, unit: string, rest: number, restUnit: string) => {
    const more = Math.floor((seconds % size) / rest);
    return `${Math.floor(seconds / size)} ${unit}${more > 0 ? ` ${more} ${restUnit}` : ""}`;
  };
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return of(60, "min", 1, "s");
  return seconds < 86_400 ? of(3_600, "h", 60, "min") : of(86_400, "d", 3_600, "h");
}
