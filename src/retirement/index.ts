export { assertMayRetire, type GraceTerms, type Hold, holdOn } from "./may-retire";
export { type Stay, timeline } from "./timeline";
