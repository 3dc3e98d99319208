export type { RoutableClient } from "./client/derived";
export { follow, pin } from "./client/follow";
export { createResolver } from "./create";
export type { ReaderCounters, ReaderEvent, ReaderStatus, Refusal } from "./events";
export type { Change, ResolverOptions } from "./options";
export type { Resolver } from "./resolver";
export { type Snapshot, snapshotAt } from "./snapshot";
