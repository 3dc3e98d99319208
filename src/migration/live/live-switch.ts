import { randomUUID } from "node:crypto";
import { describeTable, monotonicClock, type NewTableRetry } from "../../aws";
import { openChangeStream } from "../../aws/change-stream";
import { isSwapError, SwapError } from "../../errors";
import { keySchemaFrom } from "../../items";
import {
  type ControlTableRef,
  type Fence,
  findActive,
  type PointerUpdate,
  placeFence,
  removeFence,
  type WritableControlTableRef,
} from "../../pointer";
import { defined } from "../../validation";
import { agreedAt, isSettled } from "../agreement";
import { noteText } from "../control";
import { openDrain, type Replayed, SETTLE_LIMIT_MS } from "../drain";
import { openBatches, readFacts, type StartedFacts } from "../facts";
import { notReady, notReadyToGoBack } from "../not-ready";
import { appliedMinutes, lastAppliedAt, type ReplayRecord } from "../replay-record";
import type { MigrationStart } from "../run";
import { MigrationStore } from "../store";
import { switchPointer } from "../switch";
import type { Mapping, Transform } from "../transform";

/** Longest that a client holds a write in a switch, in milliseconds. */
export const FENCE_BUDGET_MS = 30_000;
/** Pause between two looks at the fence of another switch, in milliseconds. */
const LOOK_MS = 500;

/** The versions between which the pointer moves. */
interface SwitchSides {
  ref: WritableControlTableRef;
  alias: string;
  from: SwitchSide;
  to: SwitchSide;
}

/** One side of a move. */
export interface SwitchSide {
  version: number;
  table: string;
}

/** How a move goes on, and where it says so. */
export interface SwitchRun {
  /** Called with a line for people. */
  onProgress?: ((line: string) => void) | undefined;
  /** Ends the move; the pointer stays where it is. */
  signal?: AbortSignal | undefined;
  /** For tests. */
  clock?: NewTableRetry["clock"];
}

/** A move of the pointer from one version of a migration whose replay runs to the other. */
export interface LiveSwitch extends SwitchRun, SwitchSides {
  /** How items of the version that is left map to the other one's; absent if unchanged. */
  transform: Transform | undefined;
  /** How items of the other one map back; absent to compare by `transform` only. */
  opposite?: { transform: Transform | undefined } | undefined;
  /** What the writers do: where none writes, writes that are under way are not waited for. */
  writers: "fenced" | "stopped";
  /** Of which replay it is a move. */
  way: Way;
  /** Moves the pointer by one conditional write, only while the fence stands. */
  flip(fence: string): Promise<PointerUpdate>;
}

/**
 * Which replay brings what was written to the other version, and the transform that it has to have: "none" for a
 * transform that there is not, "same" for an inverse by which items go back unchanged.
 */
export interface Way {
  back: boolean;
  hash: string;
  /** For a move back, the transform that the copy has to have, by which the items that are there are compared. */
  forward?: string;
}

/**
 * Moves the pointer such that no acknowledged write is lost of a writer that holds writes while fenced: waits for the
 * fence of another move, refuses as {@link assertWay}, opens the drain while writers go on, sets the fence, waits until no
 * earlier write can count, drains, and moves. Whatever fails before the move, the fence is removed. What dies leaves it to
 * the clients, or to the next move, for its budget of {@link FENCE_BUDGET_MS}.
 *
 * @throws SwapError `swap.not-ready` for a drain that does not end, `swap.fence-removed`, and as {@link assertWay}, `flip`
 * and requests; nothing has moved then, unless it is `swap.outcome-unknown`
 */
export async function switchLive(options: LiveSwitch): Promise<PointerUpdate> {
  const { alias, to, signal } = options;
  try {
    return await move(options);
  } catch (error) {
    if (!signal?.aborted || isSwapError(error)) throw error;
    throw notMoved(alias, to, "interrupted: nothing has moved", "run it again");
  }
}

async function move(options: LiveSwitch): Promise<PointerUpdate> {
  const { ref, alias, from, to, writers, way, onProgress, signal } = options;
  const clock = options.clock ?? monotonicClock;
  const say = (line: string) => onProgress?.(`${alias}: ${line}`);
  await awaitOtherFence(ref, alias, options);
  const { lagMs, facts, proof } = await assertWay(options, way, signal);
  const sides = await describeSides(options);
  const open = async () => {
    say(
      `waits until version ${to.version} has caught up, while writers go on${lagWaitText(lagMs)}`,
    );
    return openDrain({
      client: ref.client,
      stream: await openChangeStream(ref.client, from.table, sides.streamArn, signal),
      source: from.table,
      ...sides.mappings,
      lagMs,
      proof,
      replayed: () => replayedOf(options, facts),
      onProgress: (keys) => say(`${keys} changed keys to go`),
      onLookUp: (shards) =>
        say(`looks up the newest changes in ${shards} shards of the stream, for 10 min at most`),
      ...defined({ signal, clock: options.clock }),
    });
  };
  const fence: Fence = {
    from: from.version,
    to: to.version,
    operation: randomUUID(),
    budgetMs: FENCE_BUDGET_MS,
  };
  return switchPointer(
    fence,
    {
      openDrain: open,
      async placeFence() {
        await placeFence(ref, alias, fence);
        say(`fence set: writes wait, for ${FENCE_BUDGET_MS / 1000} s at most`);
      },
      removeFence: async () => {
        try {
          if (await removeFence(ref, alias, fence.operation)) say("fence removed: writes go on");
        } catch (error) {
          say(`the fence could not be removed, and clients remove it after its time: ${error}`);
        }
      },
      flip: () => options.flip(fence.operation),
    },
    {
      monotonic: () => clock.now(),
      async wait(ms) {
        // The fence then only keeps out who begins to write all the same, and other moves.
        if (writers === "stopped") return;
        say(`waits ${ms / 1000} s for writes that are under way`);
        await clock.sleep(ms, signal);
        signal?.throwIfAborted();
      },
    },
  );
}

/** What is known before a move. */
interface KnownWay {
  facts: StartedFacts;
  /** Time in which the replay should apply what was written, in milliseconds: {@link SETTLE_LIMIT_MS} at most. */
  lagMs: number;
  /** What to do if nothing shows that it did. */
  proof: string;
}

/**
 * Refuses a move to a version whose copy is not done, or back to one to which what was written does not go back or not
 * yet; whose replay does not run or lags; and whose record has another transform.
 *
 * @throws SwapError `swap.not-ready`, `swap.input-invalid`, and as requests
 */
export const assertWay = (
  sides: SwitchSides,
  way: Way,
  signal: AbortSignal | undefined,
): Promise<KnownWay> =>
  way.back ? assertGoingBack(sides, way, signal) : assertReplaying(sides, way.hash, signal);

/** What the replay of a move has recorded by now. */
async function replayedOf(
  { ref: { client }, alias, from, to, way, signal }: LiveSwitch,
  facts: StartedFacts,
): Promise<Replayed> {
  const store = new MigrationStore({ client, signal }, alias, facts.to);
  const { run } = facts.started;
  const [record, verification, control] = await Promise.all([
    store.replay(run, way.back ? "target" : "source"),
    store.verification(),
    store.control(run),
  ]);
  const held = control.cancelled ?? control.paused;
  if (held)
    throw notMoved(
      alias,
      to,
      `the migration was stopped by ${noteText(held)}`,
      `resume it if it is paused, then try again; version ${from.version} is still active`,
    );
  const now = Date.now();
  const known = { ...facts, verification, control };
  const { failing, running } = openBatches(known, now, record);
  return {
    failure: failing[0]?.reason,
    running: running.length,
    newestAt: record.newestAt,
    appliedAt: record.appliedAt,
    through: record.through ?? [],
    agreedAt: agreedAt(known, now),
  };
}

async function assertReplaying(
  { ref: { client }, alias, from, to }: SwitchSides,
  hash: string,
  signal: AbortSignal | undefined,
): Promise<KnownWay> {
  const store = new MigrationStore({ client, signal }, alias, to.version);
  const facts = await readFacts(store, to.version);
  const now = Date.now();
  const bounds = { lagMs: SETTLE_LIMIT_MS };
  const [first] = notReady(facts, { alias, from: from.version }, bounds, now);
  if (first) throw notMoved(alias, to, first.reason, first.fix, "migration");
  const started = facts.started as MigrationStart;
  assertTransform(started, hash);
  return knownWay({ alias, to }, { ...facts, started }, facts.replay, now, "");
}

function assertTransform({ from, transform }: MigrationStart, hash: string): void {
  if (transform === hash) return;
  throw new SwapError("swap.input-invalid", {
    name: "transform",
    value: hash,
    rule: `the copy of version ${from} has the transform ${transform}`,
    fix: "name the file that the copy was made with",
  });
}

async function assertGoingBack(
  { ref: { client }, alias, from, to }: SwitchSides,
  { hash, forward = "none" }: Way,
  signal: AbortSignal | undefined,
): Promise<KnownWay> {
  const facts = await readFacts(
    new MigrationStore({ client, signal }, alias, from.version),
    from.version,
  );
  const now = Date.now();
  const { started, wayBack } = facts;
  const back = `what is written to version ${from.version} goes back to version ${to.version}`;
  const otherwise = `; or abandon it: swap rollback ${alias} --from ${from.version} --abandon`;
  const refused = (reason: string, fix: string) =>
    notMoved(alias, to, reason, fix + otherwise, "migration");
  if (started?.engine !== "lambda" || wayBack === undefined)
    throw refused(`nothing shows that ${back}`, "declare the inverse and run pulumi up before");
  if (wayBack.inverse !== hash)
    throw new SwapError("swap.input-invalid", {
      name: "inverse",
      value: hash,
      rule: `${back} by the inverse ${wayBack.inverse}`,
      fix: "name that file",
    });
  assertTransform(started, forward);
  const [first] = notReadyToGoBack(facts, alias, { lagMs: SETTLE_LIMIT_MS }, now);
  if (first) throw refused(first.reason, first.fix);
  return knownWay({ alias, to }, { ...facts, started }, facts.reverse, now, otherwise);
}

/**
 * @param otherwise what ends a refusal as well
 * @throws SwapError `swap.not-ready` where the functions of an earlier release, which do not record what the drain asks
 * for, applied changes that no verification has covered
 */
function knownWay(
  { alias, to }: Pick<SwitchSides, "alias" | "to">,
  facts: StartedFacts,
  record: ReplayRecord,
  now: number,
  otherwise: string,
): KnownWay {
  // A change of one item proves one shard, and a verification each.
  const proof = `run swap migrate verify ${alias} ${facts.to} a minute after the last change${otherwise}`;
  const appliedAt = lastAppliedAt(record);
  if (appliedAt !== undefined && !record.through && !isSettled(appliedAt, agreedAt(facts, now)))
    throw notMoved(
      alias,
      to,
      "functions of an earlier release applied the last changes, and do not record them shard by shard",
      `run pulumi up, which brings those of this release, before the one that moves; after it ${proof}`,
    );
  return { facts, lagMs: lastLag(facts, now, record), proof };
}

/** What a lag is waited for, and for how long at most; empty for none that a reader would notice. */
function lagWaitText(lagMs: number): string {
  const seconds = Math.ceil(lagMs / 1_000);
  if (seconds <= 1) return "";
  return `: ${seconds} s for the replay's longest lag of late, that of its own echoes included, then ${SETTLE_LIMIT_MS / 1_000} s at most`;
}

/**
 * The longest lag in the last minute in which changes were applied and the one before it, which may have just ended, or
 * the age of a change that is not applied, in milliseconds: {@link SETTLE_LIMIT_MS} at most. A lag counts no more once a
 * verification without differences began a minute after that change was applied.
 */
function lastLag(facts: StartedFacts, now: number, record: ReplayRecord): number {
  const { failing, running } = openBatches(facts, now, record);
  const ages = [...failing, ...running].map(({ changedAt = now }) => now - changedAt);
  const applied = isSettled(lastAppliedAt(record) ?? 0, agreedAt(facts, now))
    ? []
    : appliedMinutes(record);
  const since = (applied.at(-1)?.minute ?? 0) - 1;
  const recent = applied.filter(({ minute }) => minute >= since);
  const lags = [...recent.map(({ maxLagMs = 0 }) => maxLagMs), ...ages];
  return Math.min(SETTLE_LIMIT_MS, Math.max(0, ...lags));
}

/**
 * Waits while the fence of another switch stands, and removes it after its budget: who set it has died, or its move
 * will be refused.
 *
 * @throws SwapError as `findActive` and `removeFence`
 */
export async function awaitOtherFence(
  ref: ControlTableRef,
  alias: string,
  { onProgress, signal, clock = monotonicClock }: SwitchRun,
): Promise<void> {
  let seen: { operation: string; at: number } | undefined;
  for (;;) {
    const fence = (await findActive(ref, alias))?.fence;
    if (fence === undefined) return;
    if (seen?.operation !== fence.operation) {
      seen = { operation: fence.operation, at: clock.now() };
      onProgress?.(
        `${alias}: another move, to version ${fence.to}, has set a fence: waits ${Math.ceil(fence.budgetMs / 1000)} s for it at most`,
      );
    }
    if (clock.now() - seen.at >= fence.budgetMs) await removeFence(ref, alias, fence.operation);
    else await clock.sleep(LOOK_MS, signal);
    signal?.throwIfAborted();
  }
}

async function describeSides({ ref, alias, from, to, transform, opposite }: LiveSwitch) {
  const [left, entered] = await Promise.all([
    describeTable(ref.client, from.table),
    describeTable(ref.client, to.table),
  ]);
  const { StreamSpecification: stream, LatestStreamArn: streamArn } = left ?? {};
  if (!stream?.StreamEnabled || stream.StreamViewType !== "NEW_AND_OLD_IMAGES" || !streamArn)
    throw notMoved(
      alias,
      to,
      `table "${from.table}" has no stream with NEW_AND_OLD_IMAGES`,
      "run pulumi up with migrateFrom declared, which turns it on",
    );
  const mapping: Mapping = {
    transform,
    context: { alias, from: from.version, to: to.version },
    sourceSchema: keySchemaFrom(from.table, left),
    targetSchema: keySchemaFrom(to.table, entered),
    target: to.table,
  };
  const { sourceSchema, targetSchema } = mapping;
  const back: Mapping | undefined = opposite && {
    transform: opposite.transform,
    context: { alias, from: to.version, to: from.version },
    sourceSchema: targetSchema,
    targetSchema: sourceSchema,
    target: from.table,
  };
  return { streamArn, mappings: { mapping, ...defined({ opposite: back }) } };
}

const notMoved = (
  alias: string,
  to: SwitchSide,
  reason: string,
  fix: string,
  gate = "drain",
): SwapError => new SwapError("swap.not-ready", { alias, ...to, gate, reason, fix });
