import type { SwapError } from "../errors";
import { type PointerRow, rollbackRefusal, setRefusal } from "../pointer";
import { defined } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";

/** The live row, when the declared version is reached by rolling back from it as named. */
export function leftByRollback(
  { version, rollbackFrom }: ActiveVersionInputs,
  live: PointerRow | undefined,
): PointerRow | undefined {
  return live && live.version === rollbackFrom && version < live.version ? live : undefined;
}

/** Why the declared version can't be made live from here, or undefined. */
export function refusalOf(
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
): SwapError | undefined {
  const { alias, version, expect, liftBar } = inputs;
  if (live?.version === version) return undefined;
  const left = leftByRollback(inputs, live);
  if (left) return rollbackRefusal(alias, { from: left.version, to: version }, left);
  return setRefusal(alias, version, live, defined({ expect, liftBar: liftBar === version }));
}
