import { parseDuration } from "../validation";
import { canaries } from "./canaries";
import { type CoverageDependencies, coverage } from "./coverage";
import type { Gate } from "./gate";
import { minItems } from "./min-items";
import { checkReadiness, type ReadinessOptions } from "./options";
import { tableActive } from "./table-active";
import { verified } from "./verified";

/**
 * Creates the gates of the readiness options, cheapest first, and parses how long to wait for them.
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
  if (options.verify) gates.push(verified(options.verify, dependencies.now));
  if (options.canaries) gates.push(canaries(options.canaries));
  if (options.minItems) gates.push(minItems(options.minItems));
  if (options.coverage) gates.push(coverage(options.coverage, dependencies));
  const { waitFor } = options;
  return { gates, waitForMs: waitFor ? parseDuration(waitFor, "readiness.waitFor") : 0 };
}
