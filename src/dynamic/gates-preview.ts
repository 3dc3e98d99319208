import { type PointerRow, tableOf, type WritableControlTableRef } from "../pointer";
import { createGates, type ReadinessOptions, runGates, wayBackNote } from "../readiness";
import { hasUnknown } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";
import { crossingOf, recordedWayBack } from "./crossing";

/** Where a preview shows what gates say. */
interface Shown {
  info?: ((line: string) => void) | undefined;
  warn?: ((line: string) => void) | undefined;
}

/** Gates whose notes each check shows, so that an update does not repeat them. */
export const PREVIEWED_GATES = ["migration", "verify"] as const;

/**
 * Shows in a preview what the gates that read records, `migration` and `verify`, say now, with their figures, and for
 * a rollback what is proven of the way back. Refuses nothing: until the update, the record may change. Cost: that of the
 * gates; for a rollback across a migration, what its record costs to read.
 */
export async function previewGates(
  ref: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
  { info, warn }: Shown,
): Promise<void> {
  const { alias, version, readiness } = inputs;
  if (live === undefined || live.version === version) return;
  const refused = (error: unknown) => {
    const { line = String(error) } = error as { line?: string };
    warn?.(`pulumi up would be refused now: ${line}`);
  };
  const crossing = crossingOf(inputs, live);
  if (crossing?.back)
    try {
      const facts = await recordedWayBack(ref, live, crossing);
      const show = facts.wayBack?.proof?.lossy ? warn : info;
      show?.(`migration: ${wayBackNote(facts)}`);
    } catch (error) {
      refused(error);
    }
  if (rollbackSource(inputs, live)) return;
  const table = tableOf(alias, version, live);
  const activeTable = tableOf(alias, live.version, live);
  for (const gate of PREVIEWED_GATES) {
    const declared = { [gate]: readiness?.[gate] };
    if (hasUnknown(declared)) continue;
    const { gates } = createGates({ table: false, ...declared } as ReadinessOptions);
    try {
      const notes = await runGates(
        { client: ref.client, alias, version, table, activeTable, activeVersion: live.version },
        gates,
      );
      for (const note of notes) info?.(note);
    } catch (error) {
      refused(error);
    }
  }
}
