export {
  ActiveVersion,
  type ActiveVersionArgs,
  type ConnectionArgs,
} from "./active-version";
export { ActiveVersionHandler, type HandlerDependencies } from "./active-version-handler";
export {
  type DeclaredSwitch,
  inverseHash,
  type TableRetention,
  type TransformModule,
} from "./active-version-inputs";
export { textWithCommit } from "./audit-defaults";
export { Clients } from "./clients";
export { guardedTables } from "./guarded-tables";
export { urnOf } from "./host";
export { hasMocks } from "./mocks";
export { OWNER_TAG } from "./owner-tag";
export { PointerSeed, type PointerSeedArgs } from "./pointer-seed";
export { type Handler, URN_PROPERTY } from "./protocol";
export { refuseReleaseBeforeReplace } from "./release-before-replace";
export { replicaWarner } from "./replica-warning";
export { RetentionPlan, type RetentionPlanArgs } from "./retention-plan";
export { assertKeep, RetentionPlanHandler } from "./retention-plan-handler";
export { SeedHandler } from "./seed-handler";
export { DEFAULT_GRACE, VersionGuard, type VersionGuardArgs } from "./version-guard";
export { findRowIfAny, VersionGuardHandler } from "./version-guard-handler";
