import { isSwapError } from "../../errors";
import { verificationFault } from "../agreement";
import { assertNotHeld, noteText, RunHeld } from "../control";
import { distinctDifferences, type ItemDifference } from "../difference";
import { openBatches, readFacts, replayFigures, type StartedFacts } from "../facts";
import { MigrationRows } from "../migration-rows";
import { DEFAULT_BOUNDS } from "../not-ready";
import { type Clock, RateLimit, realClock } from "../rate-limit";
import { appliedMinutes, QUIET_MS } from "../replay-record";
import type { MigrationStart } from "../run";
import { VERIFY_REQUEST } from "../store";
import {
  comparePart,
  confirmPart,
  locatePart,
  sumUp,
  VERIFY_BOUNDS,
  type VerifyBounds,
  type VerifyPartOptions,
} from "../verify-part";
import { type VerifyPart, type VerifyPhase, type VerifyPlan, VerifyRows } from "../verify-rows";
import { WriteGuard } from "../write-guard";
import type { LambdaContext, StreamEvent } from "./events";
import type { Migration } from "./open";
import { assertSameCopy, DECLARE_AGAIN, isPause, MARGIN_MS } from "./recorded-copy";

/** How long the automatic verification leaves one alone that somebody else began and that has no result, in milliseconds. */
const OTHERS_MS = 6 * 60 * 60_000;
/** Bounds of the pause before what differs is read once more, in milliseconds. */
const SETTLE_MS = { least: 10_000, most: 300_000 };

/**
 * Waits of a verification, of a minute each: 33 hours. One that waits longer is given up and recorded as such, before
 * its execution has more events than Step Functions keeps, which would end it without a record.
 */
export const MAX_VERIFY_WAITS = 2_000;

/** A verification, as the state machine passes it on. */
export interface VerifyRequest {
  run: string;
  /** Present for the one that follows the copy: it begins when the replay has caught up. */
  auto?: true;
  begun?: true;
  /** How often it has waited. */
  waits?: number;
}

/** One part of a verification. */
export interface VerifyTask {
  verifying: string;
  phase: VerifyPhase;
  part: number;
  done: boolean;
  /** Present if an operator has paused the run: to be called again after a while. */
  paused?: true;
}

/** What to do next: nothing, to ask again after a while, or these parts. */
export interface VerifyStep {
  verify: VerifyRequest;
  done: boolean;
  wait?: true;
  tasks?: VerifyTask[];
}

/**
 * Says what a verification has to do next, and records its result when nothing is left. It begins unless it has. One
 * that another verification has replaced, or whose run was cancelled, ends.
 *
 * @throws SwapError `swap.input-invalid` if the recorded copy has another source, transform or table
 */
export async function planVerification(
  migration: Migration,
  request: VerifyRequest,
  now: () => number = Date.now,
  bounds: VerifyBounds = VERIFY_BOUNDS,
): Promise<VerifyStep> {
  const { store, client, alias, to, mapping, tables, transformHash } = migration;
  const { run } = request;
  const verify: VerifyRequest = { ...request, begun: true };
  const ended = { verify, done: true };
  const started = await recordedStart(migration);
  const { paused, cancelled } = await store.control(started.run);
  if (cancelled) {
    await store.failVerification(run, "the migration was cancelled");
    return ended;
  }
  const { from } = started;
  const begin = () => ({ run, from, transform: transformHash, startedAt: now(), tables });
  const wait = async (why: string): Promise<VerifyStep> => {
    const waits = (request.waits ?? 0) + 1;
    if (waits <= MAX_VERIFY_WAITS)
      return { verify: { ...request, waits }, done: false, wait: true };
    const seen = await store.verification();
    // One that counts, or may still come to an end, is worth more than this record.
    const isOver =
      seen === undefined ||
      seen.failure !== undefined ||
      (seen.done && verificationFault({ started, verification: seen }, now()) !== undefined);
    if (isOver && seen?.run !== run && !request.begun)
      await store.startVerificationAfter(seen, begin());
    await store.failVerification(run, `it has waited 33 hours ${why}`);
    return ended;
  };
  if (paused) return wait(`for the end of the pause by ${noteText(paused)}`);
  const own = new VerifyRows(new MigrationRows({ client }, alias, to), run);
  let last = await store.verification();
  if (last?.run !== run && !request.begun) {
    if (request.auto) {
      const facts = { ...(await readFacts(store, to)), started, verification: last };
      // Someone was faster, and the record of theirs stays.
      if (last && verificationFault(facts, now()) === undefined) return ended;
      if (!hasCaughtUp(facts, now()) || isOthers(facts, now()))
        return wait("for the replay to catch up, or for the result of another verification");
    }
    last = await store.startVerificationAfter(last, begin());
    // Another one has begun since: it is asked again what that one is.
    if (last === undefined) return wait("for other verifications");
    // From here on nobody records anything that relies on the rows of another one.
    await own.removeOthers();
  }
  if (last?.run !== run) return ended;
  if (last.done) {
    // For the plan that recorded it, and may have ended before this.
    await own.remove();
    return ended;
  }
  let plan = await own.plan();
  if (plan === undefined) {
    plan = firstPlan(started);
    await own.savePlan(plan);
  }
  for (;;) {
    const { phase } = plan;
    const saved = await own.parts(phase);
    const done = new Set(saved.filter((each) => each.done).map(({ part }) => part));
    const count = phase === "confirm" ? plan.lastGroup + 1 : plan.segments;
    const left = Array.from({ length: count }, (_, part) => part).filter((part) => !done.has(part));
    if (left.length > 0)
      return {
        verify,
        done: false,
        tasks: left.map((part) => ({ verifying: run, phase, part, done: false })),
      };
    if (phase === "confirm") {
      const { sourceItems, leftOut, targetItems } = plan;
      const { found: all, isCut } = await differencesOfParts(own, saved, bounds);
      const differences = distinctDifferences(all, mapping);
      const complete = plan.complete && !isCut && saved.every((each) => each.complete);
      const found = { sourceItems, leftOut, targetItems, differences, complete };
      await store.finishVerification(last, found, now());
      await own.remove();
      return ended;
    }
    plan = await planAfter(plan, own, bounds, async () =>
      settleMs({ ...(await readFacts(store, to)), started }, now()),
    );
    await own.savePlan(plan);
  }
}

/** The differences of all parts, as many as one function holds. */
async function differencesOfParts(
  rows: VerifyRows,
  parts: readonly VerifyPart[],
  { differences: most }: VerifyBounds,
): Promise<{ found: ItemDifference[]; isCut: boolean }> {
  const found: ItemDifference[] = [];
  for (const part of parts) {
    if (part.differences > 0 && found.length === most) return { found, isCut: true };
    for (const each of await rows.differences(part)) {
      if (found.length === most) return { found, isCut: true };
      found.push(each);
    }
  }
  return { found, isCut: false };
}

const firstPlan = ({ segments }: MigrationStart): VerifyPlan => ({
  phase: "compare",
  segments,
  lastGroup: 0,
  sourceItems: 0,
  leftOut: 0,
  targetItems: 0,
  complete: true,
  settleMs: 0,
});

async function planAfter(
  plan: VerifyPlan,
  rows: VerifyRows,
  bounds: VerifyBounds,
  settle: () => Promise<number>,
): Promise<VerifyPlan> {
  if (plan.phase === "target") return { ...plan, phase: "source" };
  if (plan.phase === "source") return { ...plan, phase: "confirm", settleMs: await settle() };
  const { failing: _, ...summed } = await sumUp(rows, plan.segments, bounds);
  if (summed.lastGroup > 0) return { ...plan, ...summed, phase: "target" };
  // Nothing is to be found; what the transform fails for is confirmed.
  return { ...plan, ...summed, phase: "confirm", settleMs: await settle() };
}

/**
 * Works on one part of a verification until it is done, the function's time is nearly over, or an operator has paused
 * the run. Called again with its answer until it is done. It takes its part of the rate that an operator permits.
 *
 * @throws SwapError `swap.input-invalid` if the recorded copy has another source, transform or table; others for a
 * failure that may pass
 */
export async function advanceVerification(
  migration: Migration,
  task: VerifyTask,
  context: LambdaContext,
  clock: Clock = realClock,
  bounds: VerifyBounds = VERIFY_BOUNDS,
): Promise<VerifyTask> {
  const { client, store, alias, to, source, mapping } = migration;
  const { verifying: run, phase, part } = task;
  const started = await recordedStart(migration);
  const table = new MigrationRows({ client }, alias, to);
  const rows = new VerifyRows(table, run, bounds.rowLength);
  const plan = await rows.plan();
  const limit = new RateLimit(undefined, clock);
  const replaced = new Error("another verification has begun");
  const guard = new WriteGuard(async () => {
    const last = await store.verification();
    if (last?.run !== run || last.done) throw replaced;
    const control = await store.control(started.run);
    assertNotHeld(control, mapping.context, DECLARE_AGAIN);
    const workers = Math.min(started.concurrency ?? started.segments, started.segments);
    limit.lowerTo(control.rate && control.rate.perSecond / workers);
  }, clock);
  const options: VerifyPartOptions = {
    client,
    clock,
    source,
    mapping,
    rows,
    part,
    segments: started.segments,
    limit,
    bounds,
    goesOn: guard.beforeWrite,
    isLate: () => context.getRemainingTimeInMillis() < MARGIN_MS,
    isPause,
  };
  const answer = { verifying: run, phase, part };
  try {
    await guard.beforeWrite();
    if (phase === "compare") return { ...answer, done: await comparePart(options) };
    if (phase === "confirm")
      return { ...answer, done: await confirmPart(options, plan?.settleMs ?? 0) };
    const groups = plan?.groups ?? new Uint8Array();
    return { ...answer, done: await locatePart(options, phase, groups) };
  } catch (error) {
    if (isPause(error)) return { ...answer, done: false, paused: true };
    // The plan that follows sees it, and ends.
    if (error === replaced || error instanceof RunHeld) return { ...answer, done: true };
    throw error;
  }
}

/**
 * Starts what was asked for, if a batch of the migration table's stream says that something was.
 *
 * @param start starts an execution for a verification; for one that was started it does nothing
 */
export async function startRequested(
  { store, alias, to }: Pick<Migration, "store" | "alias" | "to">,
  { Records }: StreamEvent,
  start: (run: string) => Promise<void>,
): Promise<void> {
  const asks = Records.some(
    ({ dynamodb: { Keys } = {} }) =>
      Keys?.pk?.S === `${alias}#${to}` && Keys?.sk?.S === VERIFY_REQUEST,
  );
  // The row, rather than the record: of several requests the last one counts.
  const run = asks ? await store.requestedVerification() : undefined;
  if (run !== undefined) await start(run);
}

/** Why an execution has failed, in one line: the message of the function's error, if it is one. */
export function causeText(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    if (typeof errorMessage === "string") return errorMessage;
  } catch {
    // Not an error of a function.
  }
  return cause.slice(0, 1_000) || "its execution failed";
}

async function recordedStart(migration: Migration): Promise<MigrationStart> {
  const started = await migration.store.started();
  if (started === undefined) throw new Error(`no copy is recorded in "${migration.store.table}"`);
  assertSameCopy(started, migration);
  return started;
}

/** Whether the replay has applied what was changed during the copy, so that a verification shows something. */
function hasCaughtUp(facts: StartedFacts, now: number): boolean {
  const { replayFrom } = facts.started;
  if (replayFrom === undefined) return false;
  const { failing, running } = openBatches(facts, now);
  const isOld = ({ changedAt }: { changedAt?: number | undefined }) =>
    changedAt === undefined || now - changedAt > DEFAULT_BOUNDS.lagMs;
  if (failing.length > 0 || running.some(isOld)) return false;
  const last = appliedMinutes(facts.replay).at(-1);
  if (last === undefined) return now - replayFrom >= QUIET_MS;
  if (last.maxLagMs !== undefined && last.maxLagMs <= DEFAULT_BOUNDS.lagMs) return true;
  return Math.floor(now / 60_000) - last.minute > 1;
}

/** Whether somebody else has begun a verification of the replayed copy that may still come to an end. */
function isOthers({ started, verification: last }: StartedFacts, now: number): boolean {
  if (last === undefined || last.done || last.failure !== undefined) return false;
  const counts = last.startedAt >= (started.replayFrom ?? started.startedAt);
  return counts && now - last.startedAt < OTHERS_MS;
}

/**
 * The pause before what differs is read once more: some seconds more than the lag of the stream that lags most, of those
 * whose changes are replicated, or 30 s if that is unknown.
 */
function settleMs(facts: StartedFacts, now: number): number {
  const streams = facts.wayBack ? [facts.replay, facts.reverse] : [facts.replay];
  const lags = streams.map((record) => replayFigures(facts, now, record).lagMs ?? 25_000);
  return Math.min(SETTLE_MS.most, Math.max(SETTLE_MS.least, ...lags.map((lag) => lag + 5_000)));
}

/** Errors that the state machine never repeats. */
const REFUSALS = ["swap.input-invalid", "swap.malformed-row"];

/** Records why a verification is refused: a state machine may know no more than that one of its children failed. */
export async function recordingRefusal<T>(
  store: () => Migration["store"],
  run: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSwapError(error) && REFUSALS.includes(error.code))
      await store().failVerification(run, error.line);
    throw error;
  }
}
