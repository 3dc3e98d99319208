export * from "./component";
export type { Retention } from "./component/retention";
export type { AssumeRole, Connection } from "./connection";
export {
  ActiveVersion,
  type ActiveVersionArgs,
  type ConnectionArgs,
} from "./dynamic/active-version";
export { PointerSeed, type PointerSeedArgs } from "./dynamic/pointer-seed";
export { VersionGuard, type VersionGuardArgs } from "./dynamic/version-guard";
export {
  isSwapError,
  match,
  SwapError,
  type SwapErrorCode,
  type SwapErrorPayloads,
} from "./errors";
export type { Canary, CoverageOptions, MinItemsOptions, ReadinessOptions } from "./readiness";
