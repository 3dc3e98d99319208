export { type Canary, canaries } from "./canaries";
export { type CoverageDependencies, type CoverageOptions, coverage } from "./coverage";
export { createGates } from "./create-gates";
export type { Candidate, Gate, Verdict } from "./gate";
export { type MigrationGateOptions, migrated, wayBackNote } from "./migrated";
export { type MinItemsOptions, minItems } from "./min-items";
export {
  checkReadiness,
  comparesVersions,
  migrationOptions,
  type ReadinessOptions,
} from "./options";
export { type GateRunOptions, runGates } from "./run-gates";
export { tableActive } from "./table-active";
export { type VerifiedOptions, verified } from "./verified";
