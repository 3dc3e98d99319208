import { isoOrNumber } from "../validation";
import { differenceTotal, leftOutFault, verificationFault } from "./agreement";
import { noteText, type RunControl } from "./control";
import {
  copyFigures,
  copyRate,
  type MigrationFacts,
  openBatches,
  replayFigures,
  type StartedFacts,
  unsettled,
} from "./facts";
import { heldSince, REPEATED_MS, type ReplayFailure } from "./replay-record";
import { COPY_DEADLINE_MS, deadlineOf, type MigrationStart, STREAM_MS } from "./run";

const TAKE_OUT = "take migrateFrom out of the program, run pulumi up, and declare";

/** What a migration has to show before its version may become active. */
export interface ReadyBounds {
  /** The greatest lag of the replay, in milliseconds. */
  lagMs: number;
  /** The greatest age of the last verification, from when it began, in milliseconds; absent to ask for none. */
  verifiedWithinMs?: number | undefined;
}

/** The bounds of the gate `migration` unless it names others: 30 s and 1 h. */
export const DEFAULT_BOUNDS = { lagMs: 30_000, verifiedWithinMs: 3_600_000 } satisfies ReadyBounds;

/** Something that keeps a version from becoming active. */
export interface NotReady {
  /** With the figures behind it. */
  reason: string;
  fix: string;
  /** Whether waiting can't help. */
  final?: true;
}

/** Time from the deadline of a copy within which the replay has to begin, in milliseconds: it waits for last writes. */
const BEGIN_MS = 15 * 60_000;
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
  const again = `${TAKE_OUT} it again`;
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
        fix:
          from === undefined
            ? `activate version ${started.from} first`
            : from > to
              ? "copy to a version that is greater than the active one"
              : `${TAKE_OUT} migrateFrom: { version: ${from} }`,
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
      ...(isPausedTooLong(known, now)
        ? { fix: `cancel it, ${again}`, final: true }
        : { fix: `run swap migrate resume ${alias} ${to}` }),
    },
    ofCopy(known, again, now),
  ];
  if (isCopied(known))
    found.push(
      ...ofReplay(known, alias, bounds, again, now),
      ...ofWayBack(known, alias, bounds, again, now),
      ofVerification(known, alias, bounds, now),
      ...ofUnsettled(known, alias, now),
    );
  const parked = facts.parked.filter(({ back }) => !back).length;
  if (parked > 0)
    found.push({
      reason: `${parked} source ${parked === 1 ? "key is" : "keys are"} parked`,
      fix: `correct the items in version ${from}; swap status ${alias} ${to} names them`,
    });
  return found.filter((each) => each !== undefined);
}

/**
 * What keeps a rollback to the version copied from keeping what was written to the new one; empty if nothing does. What
 * is unknown counts as not ready.
 */
export function notReadyToGoBack(
  facts: MigrationFacts,
  alias: string,
  bounds: ReadyBounds,
  now: number,
): NotReady[] {
  const { started, to, wayBack, control } = facts;
  if (started === undefined || wayBack === undefined)
    return [
      {
        reason: `what was written to version ${to} does not go back`,
        fix: "declare migrateFrom with an inverse before the next cut-over",
        final: true,
      },
    ];
  const known = { ...facts, started };
  const { notBack } = unsettled(known, now);
  const [failure] = openBatches(known, now).failing;
  const leaves = `take migrateFrom out in the pulumi up that rolls back, which leaves in version ${to} what was written to it`;
  const found: (NotReady | undefined)[] = [
    started.replayFrom === undefined
      ? {
          reason: `the replay of version ${started.from} has not begun, so nothing shows that what is written to version ${to} goes back`,
          fix: `look at the execution of the state machine of version ${to}`,
        }
      : undefined,
    failure && {
      reason: `changes of version ${started.from} can't be looked at since ${isoOrNumber(failure.since)}: ${failure.reason}`,
      fix: `remove the cause; it then goes on by itself, or, if its changes are no longer in the stream, run ${verifyCommand(known, alias)}: without differences it no longer counts`,
    },
    control.cancelled && {
      reason: `the migration was cancelled by ${noteText(control.cancelled)}`,
      fix: "copy to a greater version",
      final: true,
    },
    control.paused && {
      reason: `the migration is paused by ${noteText(control.paused)}`,
      fix: `run swap migrate resume ${alias} ${to}`,
    },
    ...ofWayBack(known, alias, bounds, leaves, now),
    notBack.length > 0 ? ofNotBack(notBack.length, known, alias) : undefined,
  ];
  return found.filter((each) => each !== undefined);
}

/**
 * Why a run can't be verified by its functions now, or repaired; undefined if it can. A copy by one process needs no
 * functions: it is only held by an operator.
 */
export function unverifiable(
  { engine, replayFrom }: MigrationStart,
  { paused, cancelled }: RunControl,
  alias: string,
  to: number,
): Pick<NotReady, "reason" | "fix"> | undefined {
  const isLambda = engine === "lambda";
  if (cancelled)
    return {
      reason: `its migration was cancelled by ${noteText(cancelled)}`,
      fix: isLambda ? `${TAKE_OUT} it again` : "copy with --restart to begin a new run",
    };
  if (paused)
    return {
      reason: `its migration is paused by ${noteText(paused)}`,
      fix: `run swap migrate resume ${alias} ${to}`,
    };
  if (!isLambda || replayFrom !== undefined) return undefined;
  return {
    reason: "its copy has not ended, or its replay has not begun",
    fix: "wait: the functions verify by themselves when both are done",
  };
}

/** Whether all segments of the copy are done. */
export const isCopied = ({ started, segments }: StartedFacts): boolean =>
  segments.filter(({ done }) => done).length === started.segments;

/** Whether the stream may have lost changes since the copy was started. */
export function missedDeadline(facts: StartedFacts, now: number): boolean {
  const { started } = facts;
  const { replayFrom = now } = started;
  const deadline = deadlineOf(started);
  if (!isCopied(facts)) return now >= deadline;
  // Positions of earlier releases have no time: the begin of the replay, which follows the end, has one.
  const { savedAt = replayFrom } = copyFigures(facts);
  return savedAt >= deadline || replayFrom >= deadline + BEGIN_MS;
}

/**
 * Whether a pause, or the time since the oldest change that waits was made, is so long that the run can't be resumed: the
 * stream may have lost changes.
 */
export function isPausedTooLong(facts: StartedFacts, now: number): boolean {
  const { paused } = facts.control;
  if (facts.started.engine !== "lambda" || paused === undefined) return false;
  return now - (oldestHeld(facts, paused.at, now) ?? paused.at) >= COPY_DEADLINE_MS;
}

/** As {@link heldSince}, of both streams. */
function oldestHeld(
  { started, replay, reverse }: StartedFacts,
  pausedAt: number,
  now: number,
): number | undefined {
  const times = [replay, reverse].map((record) => heldSince(record, started, pausedAt, now));
  return times.includes(undefined) ? undefined : Math.min(...(times as number[]));
}

/**
 * By when a paused run has to be resumed so that the stream loses no change, in unix milliseconds. Of a copy, the time
 * that it still takes at its rate so far is left for it. Undefined if it is unknown, such as that of a copy whose rate or
 * rest is, and unless it is a run of functions, paused, and not cancelled.
 *
 * @param about items of the source; undefined if unknown
 */
export function resumeBy(
  facts: StartedFacts,
  about: number | undefined,
  now: number,
): number | undefined {
  const { started, control } = facts;
  const { paused, cancelled } = control;
  if (started.engine !== "lambda" || paused === undefined || cancelled) return undefined;
  if (isCopied(facts) && started.replayFrom !== undefined) {
    const oldest = oldestHeld(facts, paused.at, now);
    return oldest === undefined ? undefined : oldest + COPY_DEADLINE_MS;
  }
  if (isCopied(facts)) return deadlineOf(started);
  const rate = copyRate(facts);
  const { read } = copyFigures(facts);
  // A count that the copy has passed is one that DynamoDB made hours ago.
  if (rate === undefined || about === undefined || about <= read) return undefined;
  return deadlineOf(started) - Math.ceil((1_000 * (about - read)) / rate);
}

function ofCopy(facts: StartedFacts, again: string, now: number): NotReady | undefined {
  const { segmentsDone, segments, read } = copyFigures(facts);
  if (missedDeadline(facts, now))
    return {
      reason: isCopied(facts)
        ? "the copy was not done, or the replay had not begun, 23 hours after the start, so that the stream may have lost changes"
        : `the copy was not done 23 hours after its start (${segmentsDone} of ${segments} segments), so that the stream may have lost changes`,
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
  facts: StartedFacts,
  alias: string,
  { lagMs: most }: ReadyBounds,
  again: string,
  now: number,
): (NotReady | undefined)[] {
  if (facts.started.replayFrom === undefined) return [];
  const { failing } = openBatches(facts, now);
  const { lagMs, records } = replayFigures(facts, now);
  const lag = lagMs === undefined ? "unknown" : spanText(lagMs);
  if (failing.length > 0) return [ofFailing(failing, lag, verifyCommand(facts, alias), again, now)];
  return [
    lagMs === undefined || lagMs > most
      ? {
          reason: `the replay's lag ${lagWindow(records)} is ${lag}, at most ${spanText(most)} wanted`,
          fix: waitForReplay(facts, alias),
        }
      : undefined,
  ];
}

/**
 * Why it is not shown that what will be written to the new version goes back.
 *
 * @param late what to do if no proof can pass any more
 */
function ofWayBack(
  facts: StartedFacts,
  alias: string,
  { lagMs: most }: ReadyBounds,
  late: string,
  now: number,
): NotReady[] {
  const { wayBack, started, to, reverse } = facts;
  if (wayBack === undefined || started.replayFrom === undefined) return [];
  const { proof } = wayBack;
  const what = `that what is written to version ${to} goes back to version ${started.from}`;
  const redrive = `redrive the execution of the state machine of version ${to}`;
  if (proof === undefined)
    return [
      {
        reason: `${what} is not proven yet`,
        fix: `wait a minute; if it is not proven then, ${redrive}`,
      },
    ];
  if (proof.late)
    return [
      {
        reason: `${what} can't be shown: it was active before its inverse was declared`,
        fix: late,
        final: true,
      },
    ];
  if (proof.failure !== undefined)
    return [
      {
        reason: `${what} can't be proven: ${proof.failure}`,
        fix: `remove the cause, then ${redrive}`,
      },
    ];
  const { failed, changed, sampled, lossy, example } = proof;
  const bad = failed + (lossy ? 0 : changed);
  const found: NotReady[] = [];
  if (bad > 0)
    found.push({
      reason: `of ${sampled} sampled items of version ${started.from}, ${bad} ${bad === 1 ? "does" : "do"} not come back as ${bad === 1 ? "it was" : "they were"}: ${example}`,
      fix: `correct the inverse${failed === 0 ? ', or write loss: "declared"' : ""}, and run pulumi up`,
    });
  const { failing } = openBatches(facts, now, reverse);
  const { lagMs, records } = replayFigures(facts, now, reverse);
  if (failing.length > 0)
    found.push({
      reason: `changes of version ${to} can't be looked at since ${isoOrNumber(failing[0]?.since ?? 0)}: ${failing[0]?.reason}`,
      fix: "remove the cause; the replication then goes on by itself",
    });
  else if (lagMs === undefined || lagMs > most)
    found.push({
      reason: `the lag of version ${to}'s own stream ${lagWindow(records)} is ${lagMs === undefined ? "unknown" : spanText(lagMs)}, at most ${spanText(most)} wanted`,
      fix: waitForReplay(facts, alias),
    });
  return found;
}

/** The time of the longest lag, by the number of changes that were seen in it. */
const lagWindow = (records: number): string =>
  records > 0 ? "in the last 5 minutes" : "when it was last seen";

const waitForReplay = (facts: StartedFacts, alias: string): string =>
  `wait until it has caught up; if no change is made for 5 minutes, run ${verifyCommand(facts, alias)}`;

/** What others wrote to the version that was not active, and what could not go back. */
function ofUnsettled(facts: StartedFacts, alias: string, now: number): NotReady[] {
  const { strays, notBack } = unsettled(facts, now);
  const found: NotReady[] = [];
  if (strays.length > 0)
    found.push({
      reason: `${strays.length} ${strays.length === 1 ? "change was" : "changes were"} made to a version that was not active`,
      fix: settle(facts, alias),
    });
  if (notBack.length > 0) found.push(ofNotBack(notBack.length, facts, alias));
  return found;
}

const ofNotBack = (count: number, facts: StartedFacts, alias: string): NotReady => ({
  reason: `${count} ${count === 1 ? "key" : "keys"} of version ${facts.to} could not go back to version ${facts.started.from}`,
  fix: settle(facts, alias),
});

const settle = (facts: StartedFacts, alias: string): string =>
  `put each right with a change of its item in the active version, which is written to the other one too (swap status ${alias} ${facts.to} names them); a minute later run ${verifyCommand(facts, alias)}: without differences they no longer count${lossNote(facts)}`;

/** What to add about differences where items may go back with a loss: nothing but a change of the item removes them. */
const lossNote = ({ wayBack, to }: StartedFacts): string =>
  wayBack?.proof?.lossy
    ? `. What the inverse loses of an item is a difference too: if version ${to} has been active, rather copy to a new version`
    : "";

function ofFailing(
  failing: readonly ReplayFailure[],
  lag: string,
  verify: string,
  again: string,
  now: number,
): NotReady {
  const expired = failing.find(
    ({ changedAt }) => changedAt !== undefined && now - changedAt >= STREAM_MS,
  );
  if (expired)
    return {
      reason: `a change made at ${isoOrNumber(expired.changedAt ?? 0)} could not be replayed within the 24 hours that the stream holds it: ${expired.reason}`,
      fix: again,
      final: true,
    };
  const [{ since, reason }] = failing as [ReplayFailure];
  const fails = `the replay fails since ${isoOrNumber(since)}, its lag is ${lag}: ${reason}`;
  const stale = failing.find(({ lastAt }) => now - lastAt > REPEATED_MS);
  if (stale)
    return {
      reason: `${fails}; it was last tried at ${isoOrNumber(stale.lastAt)}`,
      fix: `look whether the mapping of the stream is enabled; if it is, run ${verify}: without differences this failure no longer counts`,
    };
  return { reason: fails, fix: "remove the cause; the replay then goes on by itself" };
}

/** Why the last verification does not show that the tables agree. */
function ofVerification(
  facts: StartedFacts,
  alias: string,
  { verifiedWithinMs }: ReadyBounds,
  now: number,
): NotReady | undefined {
  const { started, to, verification } = facts;
  const run = `run ${verifyCommand(facts, alias)}`;
  const fault = verificationFault(facts, now);
  if (verifiedWithinMs === undefined) return undefined;
  if (verification === undefined) return { reason: "no verification is recorded", fix: run };
  if (fault !== undefined && fault === leftOutFault(verification))
    return { reason: fault, fix: `correct the transform, ${TAKE_OUT} it again`, final: true };
  if (fault !== undefined) return { reason: fault, fix: run };
  const { startedAt } = verification;
  const total = differenceTotal(verification);
  if (total > 0)
    return {
      reason: `the last verification found ${total} ${total === 1 ? "difference" : "differences"}`,
      fix: `${run}; if differences stay, swap migrate repair ${alias} --from ${started.from} --to ${to}${fileOption(started)}${facts.wayBack ? `, or, if version ${to} has been active, a change of these items in version ${started.from}${lossNote(facts)}` : ""}`,
    };
  if (now - startedAt > verifiedWithinMs)
    return {
      reason: `the last verification began ${spanText(now - startedAt)} ago, at most ${spanText(verifiedWithinMs)} wanted`,
      fix: run,
    };
  return undefined;
}

const fileOption = ({ transform }: MigrationStart): string =>
  transform === "none" ? "" : " --transform FILE";

const verifyCommand = ({ to }: StartedFacts, alias: string): string =>
  `swap migrate verify ${alias} ${to}`;

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
