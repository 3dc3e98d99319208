import { describeTable } from "../aws";
import { SwapError } from "../errors";
import { type ControlTableRef, type PointerRow, tableOf } from "../pointer";
import { UNKNOWN } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";
import type { Untrusted } from "./protocol";

/**
 * Refuses a plan that would recreate the missing table of a live version, or of a version that it rolls
 * back to: readers would be sent to an empty table. In a preview, a table that is not yet created has an
 * unknown name. `readiness.table: false` turns the check off.
 *
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function missingActiveTable(
  { client }: ControlTableRef,
  olds: Untrusted<ActiveVersionInputs>,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
): Promise<SwapError | undefined> {
  const { alias, version, table, readiness } = inputs;
  const managedBefore = olds.version !== undefined;
  const isLive = managedBefore && live?.version === version;
  const rollsBack = rollbackSource(inputs, live) !== undefined;
  if (!(isLive || rollsBack) || table !== UNKNOWN || readiness?.table === false) return undefined;
  const name = tableOf(alias, version, live);
  if (await describeTable(client, name)) return undefined;
  return new SwapError("swap.not-ready", {
    alias,
    version,
    table: name,
    gate: "table",
    reason: rollsBack
      ? `its table "${name}" does not exist, and this update would roll back to an empty one`
      : `it is live, but its table "${name}" is gone, and this update would make an empty one`,
    fix: rollsBack
      ? `roll back to a version that has its table, or make "${name}" with its data by a pulumi up of its own first`
      : `restore "${name}" from a backup and declare its version with adopt: true, or set readiness.table to false to go on with an empty table`,
  });
}
