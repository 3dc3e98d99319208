export { type ActivePeriod, activePeriods } from "./active-periods";
export {
  assertDeletable,
  type DeletionBlock,
  deletionBlock,
  type GracePeriod,
} from "./deletion-block";
export {
  type RetentionDecision,
  type RetentionPolicy,
  retentionPlan,
  type VersionsWithTable,
} from "./retention-plan";
export { type VersionRole, type VersionStatus, versionStatus } from "./version-status";
