import { describeTable } from "../aws";
import { SwapError } from "../errors";
import { type PointerRow, tableOf, type WritableControlTableRef } from "../pointer";
import type { ActiveVersionInputs } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";

/**
 * Why a version that a migration fills can't become active: it needs another active version, whose items are
 * copied, a table from an earlier update, since the copy begins with that update's end, and the gate `verify`.
 * Undefined if it can, or if it is active. Cost: one DescribeTable.
 */
export async function migratedRefusal(
  { client }: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
): Promise<SwapError | undefined> {
  const { alias, version, migratedFrom, readiness } = inputs;
  if (migratedFrom === undefined || migratedFrom === null) return undefined;
  if (live?.version === version || rollbackSource(inputs, live)) return undefined;
  const refused = (rule: string, fix: string) =>
    new SwapError("swap.input-invalid", {
      name: "activeVersion",
      value: String(version),
      rule: `migrateFrom fills the version with the items of version ${migratedFrom}, and ${rule}`,
      fix,
    });
  const first = `write activeVersion: ${live?.version ?? migratedFrom} and run pulumi up; activate version ${version} when swap verify ${alias} ${migratedFrom} ${version} finds no differences`;
  if (live === undefined) return refused("no version is active, so nothing is copied", first);
  if ((await describeTable(client, tableOf(alias, version, live))) === undefined)
    return refused("its table does not exist yet, so nothing is copied", first);
  if (readiness?.verify) return undefined;
  return refused(
    "nothing shows that the copy is done",
    'write readiness: { verify: { within: "1h" } }, and run swap verify before pulumi up',
  );
}
