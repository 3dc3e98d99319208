export * from "./component";
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
