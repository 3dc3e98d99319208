import { parseDuration } from "../validation";
import { canaries } from "./canaries";
import { type CoverageDependencies, coverage } from "./coverage";
import type { Gate } from "./gate";
import { migrated } from "./migrated";
import { minItems } from "./min-items";
import { checkReadiness, migrationOptions, type ReadinessOptions } from "./options";
import { tableActive } from "./table-active";
import { verified } from "./verified";

/**
 * Creates the gates of the readiness options, cheapest first, and parses how long to wait for them. The gates
 * `migration` and `verify`, which read records, are also the last ones: the others may take hours.
 *
 * @throws SwapError `swap.input-invalid`, as {@link checkReadiness}
 */
export function createGates(
  given?: ReadinessOptions | null,
  dependencies: CoverageDependencies & { now?: () => number } = {},
): { gates: Gate[]; waitForMs: number } {
  checkReadiness(given);
  const options = given ?? {};
  const gates: Gate[] = [];
  if (options.table ?? true) gates.push(tableActive);
  const reading: Gate[] = [];
  if (options.canaries) reading.push(canaries(options.canaries));
  if (options.minItems) reading.push(minItems(options.minItems));
  if (options.coverage) reading.push(coverage(options.coverage, dependencies));
  const { now } = dependencies;
  const migration = migrationOptions(options);
  const recorded: Gate[] = [
    ...(migration ? [migrated(migration, now)] : []),
    ...(options.verify ? [verified(options.verify, now)] : []),
  ];
  if (reading.length > 0) gates.push(...recorded.map(withoutNote));
  gates.push(...reading, ...recorded);
  const { waitFor } = options;
  return { gates, waitForMs: waitFor ? parseDuration(waitFor, "readiness.waitFor") : 0 };
}

/** The gate without a note when it passes. */
function withoutNote(gate: Gate): Gate {
  return {
    ...gate,
    async check(candidate, signal) {
      const verdict = await gate.check(candidate, signal);
      return verdict.ready ? { ready: true } : verdict;
    },
  };
}
