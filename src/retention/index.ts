export { type ActivePeriod, activePeriods } from "./active-periods";
export {
  assertDeletable,
  type DeletionBlock,
  deletionBlock,
  type GraceTerms,
} from "./deletion-block";
export {
  type Decision,
  type RetentionTerms,
  retentionPlan,
  type VersionsWithTable,
} from "./retention-plan";
export { type Role, type VersionStatus, versionStatus } from "./version-status";
