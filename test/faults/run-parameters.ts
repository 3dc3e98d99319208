import type { Parameters, RunDetails } from "fast-check";

/** A run of the tests plays the same histories each time: new ones are looked for in a soak. */
const TEST_RUN = { seed: 20_261_126, numRuns: 150 };

/**
 * How many histories a backend plays and from which seed: FAULT_HISTORIES, from a fresh seed each
 * time, and FAULT_SEED as a failure prints it. With neither, the histories of {@link TEST_RUN}.
 */
export function runs(): Parameters<unknown> {
  const { FAULT_HISTORIES, FAULT_SEED } = process.env;
  if (FAULT_HISTORIES === undefined && FAULT_SEED === undefined) return TEST_RUN;
  const numRuns = Number(FAULT_HISTORIES ?? TEST_RUN.numRuns);
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
