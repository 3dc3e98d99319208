import { describe } from "../aws";
import { SwapError } from "../errors";
import { type ControlTableRef, type PointerRow, tableName } from "../pointer";
import { UNKNOWN } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";
import type { Untrusted } from "./protocol";

/**
 * Why a plan must not go on that would make the table of a version that is live already: the table
 * was there and is gone, and readers would be sent to an empty one in its place. A table that is yet
 * to be made is known by its name being unknown in the preview. `readiness.table: false` lets it pass.
 *
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function lostTable(
  { client }: ControlTableRef,
  olds: Untrusted<ActiveVersionInputs>,
  { alias, version, table, readiness }: ActiveVersionInputs,
  live: PointerRow | undefined,
): Promise<SwapError | undefined> {
  const managedBefore = olds.version !== undefined;
  if (!managedBefore || table !== UNKNOWN || live?.version !== version) return undefined;
  if (readiness?.table === false) return undefined;
  const name = tableName(alias, version);
  if (await describe(client, name)) return undefined;
  return new SwapError("swap.not-ready", {
    alias,
    version,
    table: name,
    gate: "table",
    reason: `it is live, but its table "${name}" is gone, and this update would make an empty one`,
    fix: `restore "${name}" from a backup and declare its version with adopt: true, or set readiness.table to false to go on with an empty table`,
  });
}
