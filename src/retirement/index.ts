export { assertMayRetire, type GraceTerms, type Hold, holdOn } from "./may-retire";
export { type Fate, fates, type RetentionTerms } from "./retention";
export { type Stay, timeline } from "./timeline";
