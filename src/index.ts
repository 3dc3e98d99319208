export type { AssumeRole, AssumeRoleWithWebIdentity, Connection } from "./aws/connection";
export {
  ControlTable,
  type ControlTableArgs,
  CutoverAlarms,
  type CutoverAlarmsArgs,
  type ExistingControlTable,
  type MigrateFrom,
  type RestoreFrom,
  type Retention,
  type VersionArgs,
  VersionedTable,
  type VersionedTableArgs,
  type VersionOutputs,
  type Versions,
  type VersionTableArgs,
  type Writers,
} from "./component";
export {
  ActiveVersion,
  type ActiveVersionArgs,
  type ConnectionArgs,
  type DeclaredSwitch,
  PointerSeed,
  type PointerSeedArgs,
  type TransformModule,
  VersionGuard,
  type VersionGuardArgs,
} from "./dynamic";
export {
  isSwapError,
  match,
  SwapError,
  type SwapErrorCode,
  type SwapErrorPayloads,
} from "./errors";
export type {
  Canary,
  CoverageOptions,
  MigrationGateOptions,
  MinItemsOptions,
  ReadinessOptions,
  VerifiedOptions,
} from "./readiness";
