import { SwapError } from "../errors";
import {
  isBarred,
  isRetired,
  type PointerRow,
  rollbackRefusal,
  setRefusal,
  withReopened,
} from "../pointer";
import { defined } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";

/** The live row if it is at `rollbackFrom` and above the declared version, so that a rollback applies. */
export function rollbackSource(
  { version, rollbackFrom }: ActiveVersionInputs,
  live: PointerRow | undefined,
): PointerRow | undefined {
  return live && live.version === rollbackFrom && version < live.version ? live : undefined;
}

/** Whether the declared version is retired and the program declares its table again. */
export function reopensRetired(
  { version, declaredVersions }: ActiveVersionInputs,
  live: PointerRow | undefined,
): boolean {
  const declared = declaredVersions?.includes(version) === true;
  return declared && live !== undefined && isRetired(live, version);
}

/**
 * Explains why the declared version can't become live from the current row; undefined if it can.
 *
 * @param before what the last update declared, if there was one
 */
export function activationRefusal(
  inputs: ActiveVersionInputs,
  found: PointerRow | undefined,
  before: Partial<Pick<ActiveVersionInputs, "version" | "liftBar">> = {},
): SwapError | undefined {
  const { alias, version, expect, liftBar } = inputs;
  const live = found && reopensRetired(inputs, found) ? withReopened(found, version) : found;
  if (live?.version === version) return undefined;
  const lifted = liftBar !== undefined && live !== undefined && isBarred(live, liftBar);
  const source = rollbackSource(inputs, live);
  // A bar that came after the last update is not the one that the line was written for.
  if (!source && lifted && before.version === version && before.liftBar === liftBar)
    return liftBarError(
      liftBar,
      `the last pulumi up declared it too, and version ${liftBar} has been rolled back from since`,
      `declare activeVersion: ${live.version}, rollbackFrom: ${liftBar} and run pulumi up; then declare version ${liftBar} with liftBar: ${liftBar} again`,
    );
  if (source && lifted && liftBar === version)
    return liftBarError(
      liftBar,
      `a rollback from version ${source.version} lifts no bar`,
      `roll back to a version below ${liftBar}, then declare version ${liftBar} with liftBar: ${liftBar}`,
    );
  if (source) return rollbackRefusal(alias, { from: source.version, to: version }, source);
  if (lifted && liftBar !== version)
    return liftBarError(
      liftBar,
      `a bar is lifted with the set of its own version, not of ${version}`,
      `leave liftBar out, or declare version ${liftBar}`,
    );
  return setRefusal(alias, version, live, defined({ expect, liftBar: liftBar === version }));
}

/** Whether the declared version is live and its bar is declared to be lifted. */
export function liftsLiveBar(
  { version, liftBar }: ActiveVersionInputs,
  live: PointerRow | undefined,
): boolean {
  return live?.version === version && liftBar === version && isBarred(live, version);
}

function liftBarError(liftBar: number, rule: string, fix: string): SwapError {
  return new SwapError("swap.input-invalid", {
    name: "liftBar",
    value: String(liftBar),
    rule,
    fix,
  });
}
