export { follow, pin } from "./client/follow";
export type { RoutableClient } from "./client/routed-client";
export { createResolver } from "./create-resolver";
export type { ReaderCounters, ReaderEvent, ReaderStatus, Refusal } from "./events";
export type { Change, ResolverOptions } from "./options";
export type { Resolver } from "./resolver";
export { type Snapshot, snapshotAt } from "./snapshot";
