import { type PointerRow, tableOf, type WritableControlTableRef } from "../pointer";
import {
  type Candidate,
  createGates,
  type ReadinessOptions,
  runGates,
  wayBackNote,
} from "../readiness";
import { hasUnknown } from "../validation";
import { type ActiveVersionInputs, declaredNames } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";
import { crossingOf, recordedWay } from "./crossing";

/** Where a preview shows what gates say. */
interface Shown {
  info?: ((line: string) => void) | undefined;
  warn?: ((line: string) => void) | undefined;
}

/** Gates whose notes each check shows where they pass, so that an update does not repeat them. */
export const PREVIEWED_GATES = ["migration", "verify"] as const;

/** What the gates look at. */
export function candidateOf(
  { client }: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
): Candidate {
  const { alias, version } = inputs;
  return {
    client,
    alias,
    version,
    table: tableOf(alias, version, live ?? { tableNames: declaredNames(inputs) }),
    ...(live && {
      activeTable: tableOf(alias, live.version, live),
      activeVersion: live.version,
    }),
  };
}

/**
 * Shows in a preview what the gates that read records, `migration` and `verify`, say now, with their figures, what would
 * refuse a move across a migration, and for a rollback what is proven of the way back. Refuses nothing: until the update,
 * the record may change. Cost: that of the gates; for a move across a migration, what its record costs to read.
 */
export async function previewGates(
  ref: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
  { info, warn }: Shown,
): Promise<void> {
  const { version, readiness } = inputs;
  if (live?.version === version) return;
  /** Says why it is refused, if it is, and whether it was not. */
  const passes = async (look: () => Promise<void>): Promise<boolean> => {
    try {
      await look();
      return true;
    } catch (error) {
      const { line = String(error) } = error as { line?: string };
      warn?.(`pulumi up would be refused now: ${line}`);
      return false;
    }
  };
  const crossing = crossingOf(inputs, live);
  if (rollbackSource(inputs, live)) {
    if (live && crossing)
      await passes(async () => {
        const facts = await recordedWay(ref, live, crossing);
        const show = facts.wayBack?.proof?.lossy ? warn : info;
        show?.(`migration: ${wayBackNote(facts)}`);
      });
    return;
  }
  const candidate = candidateOf(ref, inputs, live);
  const refused = new Set<string>();
  for (const gate of PREVIEWED_GATES) {
    const declared = { [gate]: readiness?.[gate] };
    if (hasUnknown(declared)) continue;
    const { gates } = createGates({ table: false, ...declared } as ReadinessOptions);
    const passed = await passes(async () => {
      for (const note of await runGates(candidate, gates)) info?.(note);
    });
    if (!passed) refused.add(gate);
  }
  // The gate `migration` has said it, with more.
  if (live && crossing && !refused.has("migration"))
    await passes(async () => void (await recordedWay(ref, live, crossing)));
}
