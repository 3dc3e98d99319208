import { FENCE_BUDGET_MS } from "../migration/live";
import { isBarred, isRetired, type PointerRow, tableOf } from "../pointer";
import { isoOrNumber } from "../validation";
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
 * @returns undefined if it leaves the pointer where it is
 */
export function planInWords(
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
): PlanInWords | undefined {
  const { alias, version } = inputs;
  if (live === undefined)
    return { line: `${alias}: version ${version} will be the first that is active` };
  if (live.version === version) return undefined;
  const crossing = crossingOf(inputs, live);
  const holds =
    crossing?.writers === "fenced"
      ? `; fenced writers wait for it, ${FENCE_BUDGET_MS / 1000} s at most`
      : "";
  if (rollbackSource(inputs, live)) {
    const line = `${alias}: will roll back from ${live.version} to ${version}; ${live.version} is barred afterwards`;
    return crossing
      ? { line: `${line}; what was written to it has to be in ${version} first${holds}` }
      : { line, loss: abandonedWrites(alias, live) };
  }
  const lifts = inputs.liftBar === version && isBarred(live, version) ? ", and lifts its bar" : "";
  return {
    line: `${alias}: ${live.version} -> ${version} ${gatesInWords(inputs)}${lifts}${holds}`,
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
): string | undefined {
  const { alias, version } = inputs;
  if (before === undefined) return `${alias}: ${version} is active`;
  const from = before.version;
  if (from === version) return undefined;
  if (rollbackSource(inputs, before)) return `${alias}: rolled back from ${from} to ${version}`;
  const closed = isBarred(before, from) || isRetired(before, from);
  const back = closed
    ? ""
    : `; the way back, as long as ${tableOf(alias, from, before)} exists: activeVersion: ${from}, rollbackFrom: ${version}`;
  return `${alias}: ${from} -> ${version}${back}`;
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
