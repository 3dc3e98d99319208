import { randomUUID } from "node:crypto";
import { SwapError } from "../errors";
import type { Item } from "../items";
import { assertAuditText } from "../pointer";
import { CLOCK_SKEW_MS, isoOrNumber } from "../validation";
import { type MigrationRows, numberAttribute, numberOf, type PutCondition } from "./migration-rows";
import { heldSince, type ReplayedStream, readReplay } from "./replay-record";
import { COPY_DEADLINE_MS, type MigrationStart, startOf, supersededRun } from "./run";
import type { TransformContext } from "./transform";

/** Who asked for something, when and why. */
export interface ControlNote {
  /** The operator, such as `alice@bastion`. */
  by: string;
  /** Unix milliseconds. */
  at: number;
  reason?: string | undefined;
}

/** What operators ask of a run; each absent unless asked for. */
export interface RunControl {
  /** Nothing is copied or replayed until the run is resumed. */
  paused?: ControlNote | undefined;
  /** The most items a second, of all workers of the copy together. */
  rate?: (ControlNote & { perSecond: number }) | undefined;
  /** Final: nothing is copied or replayed by this run again. */
  cancelled?: ControlNote | undefined;
  /** The pauses that have ended; absent without one, and for those that an earlier release ended. */
  pauses?: EndedPauses | undefined;
}

/** Pauses of a run that have ended, in milliseconds by the clocks of those who paused and resumed it. */
export interface EndedPauses {
  /** All together. */
  totalMs: number;
  /** The last one, in unix milliseconds. */
  last: { from: number; until: number };
}

/**
 * How long a run was paused up to a time, in milliseconds. A pause ends when the run is cancelled.
 *
 * @param at unix milliseconds
 * @returns undefined if it is unknown: the last ended pause began later, and others ended before it, nobody knows when
 */
export function pausedMs(
  { paused, pauses, cancelled }: RunControl,
  at: number,
): number | undefined {
  const now = paused ? Math.max(0, Math.min(at, cancelled?.at ?? at) - paused.at) : 0;
  if (pauses === undefined) return now;
  const { totalMs, last } = pauses;
  const lastMs = last.until - last.from;
  if (last.from > at && totalMs > lastMs) return undefined;
  return now + totalMs - Math.min(Math.max(0, last.until - at), lastMs);
}

/** A change of what is asked of a run. */
export type ControlChange =
  | { kind: "pause" }
  | { kind: "resume" }
  | {
      kind: "throttle";
      /** Items a second, greater than 0; absent for no limit. */
      perSecond?: number | undefined;
    }
  | { kind: "cancel" };

/** A changed control row. */
export interface ControlChanged {
  before: RunControl;
  after: RunControl;
  /** False if it was so before: then nothing was written, and the earlier author stays. */
  changed: boolean;
}

/** A run that is paused or cancelled, so that nothing is written. */
export class RunHeld extends SwapError<"swap.input-invalid"> {
  constructor(
    readonly held: "paused" | "cancelled",
    readonly note: ControlNote,
    to: number,
    fix: string,
  ) {
    super("swap.input-invalid", {
      name: "copy",
      value: `to version ${to}`,
      rule: `it was ${held} by ${noteText(note)}`,
      fix,
    });
  }
}

const CONTROL = "control";
const MAX_ATTEMPTS = 10;

/** Who, when and why, such as `alice@bastion at 2026-01-02T03:04:05.000Z: peak hours`. */
export const noteText = ({ by, at, reason }: ControlNote): string =>
  `${by} at ${isoOrNumber(at)}${reason === undefined ? "" : `: ${reason}`}`;

/**
 * Refuses to go on with a run that is paused or cancelled.
 *
 * @param restart how to begin a new run, for one that is cancelled
 * @throws RunHeld
 */
export function assertNotHeld(
  { paused, cancelled }: RunControl,
  { alias, to }: Pick<TransformContext, "alias" | "to">,
  restart: string,
): void {
  if (cancelled) throw new RunHeld("cancelled", cancelled, to, restart);
  if (paused) throw new RunHeld("paused", paused, to, `run swap migrate resume ${alias} ${to}`);
}

/**
 * Reads what is asked of a run. What was asked of another run does not count. Cost: one consistent GetItem.
 *
 * @throws SwapError `swap.service-error` for a row that can't be understood
 */
export async function readControl(rows: MigrationRows, run: string): Promise<RunControl> {
  return controlOf(await rows.read(CONTROL), run, rows.name);
}

/**
 * Changes what is asked of a run. A change that another operator makes meanwhile is kept: of another property it is
 * kept with this one, of the same property this change is refused. Cost: three consistent GetItem and one PutItem; two
 * consistent Query with it to resume a replay.
 *
 * @throws SwapError `swap.input-invalid` for a run that is cancelled or that another one has replaced, for a change
 * that was made meanwhile, and for a reason that is too long. Also when a replay is resumed that was paused 23 hours
 * ago, or whose oldest change that waits was made then, or whose pause is in the future
 */
export async function changeControl(
  rows: MigrationRows,
  started: MigrationStart,
  change: ControlChange,
  note: ControlNote,
): Promise<ControlChanged> {
  assertAuditText("reason", note.reason);
  const { run } = started;
  const operation = randomUUID();
  const property = PROPERTIES[change.kind];
  let before: RunControl | undefined;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const recorded = await rows.read(CONTROL);
    const found = controlOf(recorded, run, rows.name);
    // The row of a newer run is never replaced; that of an older one is.
    if (recorded !== undefined && recorded.run?.S !== run) await assertStillRun(rows, run);
    if (before !== undefined && recorded?.operation?.S === operation) {
      await assertStillRun(rows, run);
      return { before, after: found, changed: true };
    }
    before ??= found;
    assertUnseen(property, before, found);
    const after = applied(found, change, note);
    if (after === undefined) return { before: found, after: found, changed: false };
    if (change.kind !== "cancel" && found.cancelled) throw finalCancel(found.cancelled);
    if (change.kind === "resume") await assertRecordsKept(rows, started, found.paused, note.at);
    const row: Item = {
      ...(recorded?.run?.S === run ? recorded : {}),
      ...rows.key(CONTROL),
      ...attributesOf(property, after[property], note),
      run: { S: run },
      operation: { S: operation },
      ...pauseAttributes(after.pauses),
    };
    if (property === "rate" && after.rate === undefined) delete row.rate;
    if (note.reason === undefined) delete row[`${property}Reason`];
    if (await rows.putIf(row, ifSame(recorded))) {
      await assertStillRun(rows, run);
      return { before: found, after, changed: true };
    }
  }
  throw new SwapError("swap.service-error", {
    action: "PutItem",
    resource: rows.name,
    reason: `other operators changed the control row in each of ${MAX_ATTEMPTS} tries`,
  });
}

type Property = "paused" | "rate" | "cancelled";

const PROPERTIES: Record<ControlChange["kind"], Property> = {
  pause: "paused",
  resume: "paused",
  throttle: "rate",
  cancel: "cancelled",
};

/** What is asked after a change; undefined if it is asked already. */
function applied(
  found: RunControl,
  change: ControlChange,
  note: ControlNote,
): RunControl | undefined {
  if (change.kind === "pause") return found.paused ? undefined : { ...found, paused: note };
  if (change.kind === "cancel") return found.cancelled ? undefined : { ...found, cancelled: note };
  if (change.kind === "resume") {
    const { paused, pauses, ...others } = found;
    if (paused === undefined) return undefined;
    const last = { from: paused.at, until: Math.max(paused.at, note.at) };
    const totalMs = (pauses?.totalMs ?? 0) + last.until - last.from;
    return { ...others, ...(totalMs > 0 && { pauses: { totalMs, last } }) };
  }
  const { perSecond } = change;
  if (found.rate?.perSecond === perSecond) return undefined;
  return { ...found, rate: perSecond === undefined ? undefined : { ...note, perSecond } };
}

/** The attributes of one property. Its author stays when it is taken back. */
function attributesOf(
  property: Property,
  value: ControlNote | RunControl["rate"],
  { by, at, reason }: ControlNote,
): Item {
  return {
    ...(property !== "rate" && { [property]: { BOOL: value !== undefined } }),
    ...(value && "perSecond" in value && { rate: numberAttribute(value.perSecond) }),
    [`${property}By`]: { S: by },
    [`${property}At`]: numberAttribute(at),
    ...(reason !== undefined && { [`${property}Reason`]: { S: reason } }),
  };
}

const pauseAttributes = (pauses: EndedPauses | undefined): Item =>
  pauses === undefined
    ? {}
    : {
        pausedMs: numberAttribute(pauses.totalMs),
        lastPauseFrom: numberAttribute(pauses.last.from),
        lastPauseUntil: numberAttribute(pauses.last.until),
      };

function controlOf(row: Item | undefined, run: string, table: string): RunControl {
  if (row === undefined) return {};
  const { paused, rate, cancelled } = row;
  const malformed = [
    row.run?.S === undefined && "run",
    paused !== undefined && paused.BOOL === undefined && "paused",
    cancelled !== undefined && cancelled.BOOL === undefined && "cancelled",
    rate !== undefined && !(Number(rate.N) > 0) && "rate",
  ].find((name) => name !== false);
  if (malformed !== undefined)
    throw new SwapError("swap.service-error", {
      action: "GetItem",
      resource: table,
      reason: `attribute "${malformed}" of the row "control" is malformed; nothing is written until it is corrected or the row deleted`,
    });
  if (row.run?.S !== run) return {};
  const note = (property: Property): ControlNote => ({
    by: row[`${property}By`]?.S ?? "an unknown operator",
    at: Number(row[`${property}At`]?.N ?? 0),
    ...(row[`${property}Reason`]?.S !== undefined && { reason: row[`${property}Reason`]?.S }),
  });
  return {
    ...(paused?.BOOL && { paused: note("paused") }),
    ...(rate && { rate: { ...note("rate"), perSecond: Number(rate.N) } }),
    ...(cancelled?.BOOL && { cancelled: note("cancelled") }),
    ...(row.pausedMs && {
      pauses: {
        totalMs: numberOf(row.pausedMs),
        last: { from: numberOf(row.lastPauseFrom), until: numberOf(row.lastPauseUntil) },
      },
    }),
  };
}

/** Holds if the row is the one that was read: each change has its own `operation`. */
function ifSame(recorded: Item | undefined): PutCondition {
  if (recorded === undefined) return { ConditionExpression: "attribute_not_exists(pk)" };
  const names = { ExpressionAttributeNames: { "#operation": "operation" } };
  const { operation } = recorded;
  if (operation === undefined)
    return { ConditionExpression: "attribute_not_exists(#operation)", ...names };
  return {
    ConditionExpression: "#operation = :operation",
    ...names,
    ExpressionAttributeValues: { ":operation": operation },
  };
}

function assertUnseen(property: Property, before: RunControl, found: RunControl): void {
  if (JSON.stringify(before[property]) === JSON.stringify(found[property])) return;
  const note = found[property] ?? before[property];
  throw new SwapError("swap.input-invalid", {
    name: "change",
    value: property,
    rule: `it was changed meanwhile${note && found[property] ? ` by ${noteText(note)}` : ""}`,
    fix: "run it again if you still want it",
  });
}

const finalCancel = (cancelled: ControlNote): SwapError =>
  new SwapError("swap.input-invalid", {
    name: "copy",
    value: "cancelled",
    rule: `it was cancelled by ${noteText(cancelled)}, which is final`,
    fix: "begin a new run: swap migrate copy with --restart; with migrateFrom, take it out, run pulumi up, and declare it again",
  });

/**
 * Refuses to resume a replay whose stream may have lost changes. It may have been behind when it was paused, and the
 * clock of who paused it may have been wrong: the time of the oldest change that waits counts too.
 */
async function assertRecordsKept(
  rows: MigrationRows,
  started: MigrationStart,
  paused: ControlNote | undefined,
  now: number,
): Promise<void> {
  if (started.engine !== "lambda" || paused === undefined) return;
  const again = "cancel the run, take migrateFrom out, run pulumi up, and declare it again";
  const refused = (rule: string, fix: string) =>
    new SwapError("swap.input-invalid", {
      name: "pause",
      value: `by ${noteText(paused)}`,
      rule,
      fix,
    });
  if (paused.at > now + CLOCK_SKEW_MS)
    throw refused(
      "its time is in the future, so that nobody can tell how long it has lasted",
      `correct the clock of this machine if it is slow; else ${again}`,
    );
  if (now - paused.at >= COPY_DEADLINE_MS)
    throw refused(
      "it has lasted 23 hours or longer, and the stream holds changes for 24: some may be lost",
      again,
    );
  for (const stream of ["source", "target"] satisfies ReplayedStream[]) {
    const record = await readReplay(rows, started.run, stream);
    const oldest = heldSince(record, started, paused.at, now);
    if (oldest !== undefined && now - oldest >= COPY_DEADLINE_MS)
      throw refused(
        `a change that waits may have been made at ${isoOrNumber(oldest)}, 23 hours ago or longer, and the stream holds changes for 24: some may be lost`,
        again,
      );
  }
}

const LOOK = "look at swap status, then run it again if you still want it";

async function assertStillRun(rows: MigrationRows, run: string): Promise<void> {
  const summary = await rows.get("summary");
  if (startOf(summary)?.run !== run) throw supersededRun(summary, LOOK);
}
