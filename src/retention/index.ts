export { type Fate, fates, type RetentionTerms, type VersionsWithTable } from "./fates";
export { assertMayRetire, type GraceTerms, type Hold, holdOn } from "./may-retire";
export { type Role, type Standing, standingOf } from "./standing";
export { type Stay, timeline } from "./timeline";
