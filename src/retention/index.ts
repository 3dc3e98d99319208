export { assertMayRetire, type GraceTerms, type Hold, holdOn } from "./may-retire";
export {
  type Decision,
  type RetentionTerms,
  retentionPlan,
  type VersionsWithTable,
} from "./retention-plan";
export { type Role, type Standing, standingOf } from "./standing";
export { type Stay, timeline } from "./timeline";
