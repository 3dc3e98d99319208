import { type PointerRow, tableOf } from "../pointer";
import type { ActiveVersionInputs } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";

/** A move of the pointer in words. */
export interface MoveInWords {
  /** What the update will do, or has done. */
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
): MoveInWords | undefined {
  const { alias, version } = inputs;
  if (live === undefined)
    return { line: `${alias}: version ${version} will be the first that is active` };
  if (live.version === version) return undefined;
  const from = tableOf(alias, live.version, live);
  if (rollbackSource(inputs, live))
    return {
      line: `${alias}: will roll back from ${live.version} to ${version}; ${live.version} is barred afterwards`,
      loss: abandonedWrites(alias, live, from),
    };
  return {
    line: `${alias}: ${live.version} -> ${version} ${gatesInWords(inputs)}; ${from} stays for a way back`,
  };
}

/**
 * What an update has done to the pointer.
 *
 * @param before the row before it
 * @returns undefined if the pointer was there already
 */
export function moveInWords(
  inputs: ActiveVersionInputs,
  before: PointerRow | undefined,
): MoveInWords | undefined {
  const { alias, version } = inputs;
  if (before === undefined) return { line: `${alias}: ${version} is active` };
  if (before.version === version) return undefined;
  const left = tableOf(alias, before.version, before);
  if (rollbackSource(inputs, before))
    return {
      line: `${alias}: rolled back from ${before.version} to ${version}`,
      loss: abandonedWrites(alias, before, left),
    };
  const back = `activeVersion: ${before.version}, rollbackFrom: ${version}`;
  return { line: `${alias}: ${before.version} -> ${version}; the way back to ${left}: ${back}` };
}

/** What a cut-over waits for. */
function gatesInWords({ readiness }: ActiveVersionInputs): string {
  const { table, waitFor: _wait, ...others } = readiness ?? {};
  const gates = Object.entries(others).flatMap(([name, value]) =>
    value == null || value === false ? [] : [name],
  );
  if (table !== false) gates.unshift("table");
  return gates.length === 0 ? "without a gate" : `once ${gates.join(", ")} pass`;
}

/** How many writes there were is nowhere recorded; since when there may have been some is. */
function abandonedWrites(alias: string, { activatedAt }: PointerRow, table: string): string {
  const since = activatedAt ? ` since ${new Date(activatedAt).toISOString()}` : "";
  return `${alias}: the rollback abandons what was written to ${table}${since}: it stays in that table, and nothing copies it back`;
}
