import { FENCE_BUDGET_MS } from "../migration/live";
import { isBarred, isRetired, type PointerRow, type PointerUpdate, tableOf } from "../pointer";
import { deletionBlock } from "../retention";
import { defined, isoOrNumber, parseDuration } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";
import { crossingOf } from "./crossing";

/** What an update will do to the pointer, in words. */
export interface PlanInWords {
  line: string;
  /** What is lost by it, if anything is. */
  loss?: string;
}

/**
 * What `pulumi up` will do to the pointer, for a preview.
 *
 * @param before the version that the last update declared, if there was one
 * @returns undefined if it leaves the pointer where it is, and has declared so before
 */
export function planInWords(
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
  before?: number,
): PlanInWords | undefined {
  const { alias, version } = inputs;
  if (live === undefined)
    return { line: `${alias}: version ${version} will be the first that is active` };
  if (live.version === version)
    return before === undefined || before === version
      ? undefined
      : { line: `${alias}: ${version} is active already; nothing is moved` };
  const crossing = crossingOf(inputs, live);
  const holds =
    crossing?.writers === "fenced"
      ? `; fenced writers wait for it, ${FENCE_BUDGET_MS / 1000} s at most`
      : "";
  if (rollbackSource(inputs, live)) {
    const line = `${alias}: will roll back from ${live.version} to ${version}; ${live.version} is barred afterwards`;
    const kept = clause(keptInWords(inputs, live));
    return crossing
      ? { line: `${line}; what was written to it has to be in ${version} first${holds}${kept}` }
      : { line: line + kept, loss: abandonedWrites(alias, live) };
  }
  const lifts = inputs.liftBar === version && isBarred(live, version) ? ", and lifts its bar" : "";
  return {
    line: `${alias}: ${live.version} -> ${version} ${gatesInWords(inputs)}${lifts}${holds}${clause(keptInWords(inputs, live))}`,
  };
}

/**
 * What an update has done to the pointer, in one line.
 *
 * @param before the row before it
 * @returns undefined if the pointer was there already
 */
export function moveInWords(
  inputs: ActiveVersionInputs,
  before: PointerRow | undefined,
  update: Pick<PointerUpdate, "previous" | "activatedAt">,
): string | undefined {
  const { alias, version } = inputs;
  if (before?.version === version) return undefined;
  // Another writer may have moved the pointer in between: then the row before is not the one that was left.
  if (before === undefined || before.version !== update.previous)
    return `${alias}: ${version} is active`;
  const from = before.version;
  const kept = keptInWords(inputs, before, update.activatedAt);
  if (rollbackSource(inputs, before))
    return `${alias}: rolled back from ${from} to ${version}${clause(kept)}`;
  const closed = isBarred(before, from) || isRetired(before, from);
  const whileIt = kept ? "" : `, as long as ${tableOf(alias, from, before)} exists`;
  const back = !closed && `way back${whileIt}: activeVersion: ${from}, rollbackFrom: ${version}`;
  return `${alias}: ${from} -> ${version}${clause(kept)}${clause(back)}`;
}

const clause = (text: string | false | undefined): string => (text ? `; ${text}` : "");

/**
 * How long the table of the version that a move leaves is kept; undefined if this program does not decide it.
 *
 * @param before the row before the move
 * @param movedAt unix milliseconds that the move has recorded; absent in a preview
 */
function keptInWords(
  inputs: ActiveVersionInputs,
  before: PointerRow,
  movedAt?: number,
): string | undefined {
  const { alias, declaredVersions, __retention } = inputs;
  const { grace, keep, unmanaged } = __retention ?? {};
  const from = before.version;
  const isDeclared = declaredVersions?.includes(from);
  if (__retention == null || unmanaged?.includes(from)) return undefined;
  const graceMs = grace == null ? 0 : parseDuration(grace, "retention.grace");
  // The second may be deleted by the same update.
  if (!isDeclared && (keep == null || (keep === 0 && graceMs === 0))) return undefined;
  const kept = `${tableOf(alias, from, before)} kept until ${isDeclared ? `you take ${from} out of versions` : "a later pulumi up"}`;
  const last = keep ? ` and not while it is among the last ${keep} that were live` : "";
  if (grace == null) return kept + last.replace(/^ and/, ",");
  if (movedAt === undefined) return `${kept}, not before ${grace} after the move${last}`;
  const block = deletionBlock(rowAfter(inputs, before, movedAt), from, { graceMs, now: movedAt });
  if (block && block.until === undefined) return `${kept}; ${block.reason}`;
  return `${kept}, not before ${isoOrNumber(block?.until ?? movedAt)}${last}`;
}

/** What a move makes of the row, as far as it decides on deletions. */
function rowAfter(
  inputs: ActiveVersionInputs,
  before: PointerRow,
  activatedAt: number,
): PointerRow {
  const { version } = inputs;
  const { version: from, activatedAt: at, foreign, history, barred } = before;
  const back = rollbackSource(inputs, before) !== undefined;
  return {
    ...before,
    version,
    activatedAt,
    foreign: false,
    barred: back ? [...barred, from] : barred,
    history: [
      ...history,
      ...(foreign ? [{ version: from, kind: "foreign" as const, ...defined({ at }) }] : []),
      { version, kind: back ? "rollback" : "set", at: activatedAt },
    ],
  };
}

/** What a cut-over waits for. */
function gatesInWords({ readiness }: ActiveVersionInputs): string {
  const { table, waitFor: _wait, ...others } = readiness ?? {};
  const gates = Object.entries(others).flatMap(([name, value]) =>
    value == null || value === false ? [] : [name],
  );
  if (table !== false) gates.unshift("table");
  return gates.length === 0
    ? "without a gate"
    : `once ${gates.join(", ")} ${gates.length === 1 ? "passes" : "pass"}`;
}

/** The row knows since when writes may have been made, and not how many were. */
function abandonedWrites(alias: string, live: PointerRow): string {
  const { activatedAt, version } = live;
  const since = activatedAt ? ` since ${isoOrNumber(activatedAt)}` : "";
  return `${alias}: the rollback abandons what was written to ${tableOf(alias, version, live)}${since}: it stays in that table, and nothing copies it back`;
}
