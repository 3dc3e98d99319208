import { type PointerRow, tableOf, type WritableControlTableRef } from "../pointer";
import { createGates, type ReadinessOptions, runGates } from "../readiness";
import { hasUnknown } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";

/** Where a preview shows what gates say. */
interface Shown {
  info?: ((line: string) => void) | undefined;
  warn?: ((line: string) => void) | undefined;
}

/**
 * Shows in a preview what the gates that read records, `migration` and `verify`, say now, with their figures. Refuses
 * nothing: until the update, the record may change. Cost: that of the gates.
 */
export async function previewGates(
  ref: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
  { info, warn }: Shown,
): Promise<void> {
  const { alias, version, readiness } = inputs;
  if (live === undefined || live.version === version || rollbackSource(inputs, live)) return;
  const table = tableOf(alias, version, live);
  const activeTable = tableOf(alias, live.version, live);
  const { migration, verify } = readiness ?? {};
  for (const declared of [{ migration }, { verify }]) {
    if (hasUnknown(declared)) continue;
    const { gates } = createGates({ table: false, ...declared } as ReadinessOptions);
    try {
      const notes = await runGates(
        { client: ref.client, alias, version, table, activeTable, activeVersion: live.version },
        gates,
      );
      for (const note of notes) info?.(note);
    } catch (error) {
      const { line = String(error) } = error as { line?: string };
      warn?.(`pulumi up would be refused now: ${line}`);
    }
  }
}
