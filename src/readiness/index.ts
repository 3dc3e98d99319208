export type { Candidate, Gate, Verdict } from "./gate";
export { type GateRun, passGates } from "./run";
export { tableActive } from "./table-active";
