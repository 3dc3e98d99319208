export { type Canary, canaries } from "./canaries";
export { type CoverageOptions, type CoverageSeams, coverage } from "./coverage";
export type { Candidate, Gate, Verdict } from "./gate";
export { gatesOf } from "./gates-of";
export { type MinItemsOptions, minItems } from "./min-items";
export { checkReadiness, type ReadinessOptions } from "./options";
export { type GateRun, passGates } from "./run";
export { tableActive } from "./table-active";
