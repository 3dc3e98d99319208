import { type PointerRow, tableOf, type WritableControlTableRef } from "../pointer";
import { createGates, runGates } from "../readiness";
import { hasUnknown } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";

/** Where a preview shows what the gate says. */
interface Shown {
  onProgress?: ((line: string) => void) | undefined;
  warn?: ((line: string) => void) | undefined;
}

/**
 * Shows in a preview what the gate `verify` says now, with its figures. Refuses nothing: until the update,
 * another verification may run. Cost: two consistent GetItem, two DescribeTable.
 */
export async function previewVerification(
  ref: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
  { onProgress, warn }: Shown,
): Promise<void> {
  const { alias, version, readiness } = inputs;
  const verify = readiness?.verify;
  if (!verify || hasUnknown(verify) || live === undefined || live.version === version) return;
  if (rollbackSource(inputs, live)) return;
  const { gates } = createGates({ table: false, verify });
  const table = tableOf(alias, version, live);
  const activeTable = tableOf(alias, live.version, live);
  try {
    const notes = await runGates(
      { client: ref.client, alias, version, table, activeTable, activeVersion: live.version },
      gates,
    );
    for (const note of notes) onProgress?.(note);
  } catch (error) {
    const { line = String(error) } = error as { line?: string };
    warn?.(`pulumi up would be refused now: ${line}`);
  }
}
