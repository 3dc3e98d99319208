export {
  ActiveVersion,
  type ActiveVersionArgs,
  type ConnectionArgs,
} from "./active-version";
export { ActiveVersionHandler, type HandlerSeams } from "./active-version-handler";
export { Clients } from "./clients";
export { textWithCommit } from "./commit";
export { guardedTables } from "./guarded-tables";
export { hasMocks } from "./mocks";
export { OWNER_TAG } from "./owner-tag";
export { PointerSeed, type PointerSeedArgs } from "./pointer-seed";
export type { Handler } from "./protocol";
export { refuseReleaseBeforeReplace } from "./release-before-replace";
export { replicaWatch } from "./replica-watch";
export { RetentionPlan, type RetentionPlanArgs } from "./retention-plan";
export { assertKeep, RetentionPlanHandler } from "./retention-plan-handler";
export { SeedHandler } from "./seed-handler";
export { DEFAULT_GRACE, VersionGuard, type VersionGuardArgs } from "./version-guard";
export { VersionGuardHandler } from "./version-guard-handler";
