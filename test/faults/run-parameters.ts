import type { Parameters, RunDetails } from "fast-check";

/**
 * How many histories a backend plays and from which seed: FAULT_HISTORIES, and FAULT_SEED as a
 * failure prints it.
 */
export function runs(): Parameters<unknown> {
  const { FAULT_HISTORIES, FAULT_SEED } = process.env;
  const numRuns = Number(FAULT_HISTORIES ?? 150);
  if (FAULT_SEED === undefined) return { numRuns };
  const [seed, ...path] = FAULT_SEED.split(":");
  return {
    seed: Number(seed),
    ...(path.length > 0 ? { path: path.join(":"), endOnFailure: true, numRuns: 1 } : { numRuns }),
  };
}

/** How long a run may take before Jest ends it: far more than any history has needed. */
export function patienceMs(): number {
  return 300_000 + (runs().numRuns ?? 0) * 2_000;
}

/** A failed run: how to see it again, the error, and the smallest history that has it. */
export function replayLine(details: RunDetails<unknown>): string {
  const { seed, counterexamplePath, numRuns, numShrinks } = details;
  const error = details.errorInstance;
  return [
    `failed after ${numRuns} histories, made smaller ${numShrinks} times; see it again with`,
    `  FAULT_SEED=${seed}:${counterexamplePath} npx jest --selectProjects faults`,
    error instanceof Error ? error.message : String(error),
    details.counterexample === null ? "" : `script: ${JSON.stringify(details.counterexample)}`,
  ].join("\n");
}
