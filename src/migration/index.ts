export type { Item, KeySchema, KeyType } from "../items";
export { type Copy, type CopyOptions, copy } from "./copy";
export {
  type BatchOptions,
  type CopyCounts,
  type CopyPosition,
  type CopySegmentOptions,
  copySegment,
} from "./copy-segment";
export {
  countDifferences,
  type DifferenceCounts,
  type DifferenceKind,
  differenceKinds,
  type ItemDifference,
} from "./difference";
export { keyHash, type ParkedKey, type ParkedKeys, type ParkedKind } from "./parked";
export { type Clock, RateLimit } from "./rate-limit";
export { type Repair, type RepairOptions, repair } from "./repair";
export { type ChangeRecord, type ReplayOptions, type ReplayResult, replayBatch } from "./replay";
export type { Requests, WritePermit } from "./request";
export type { Retried } from "./retry-parked";
export type { Segment } from "./scan";
export {
  assertOneProcess,
  type CopySession,
  type MigrationStart,
  MigrationStore,
  migrationTable,
  readTableIds,
  type SavedSegment,
  type TableIds,
  tableId,
  type VerificationRecord,
} from "./store";
export {
  keepsKeys,
  type Mapped,
  type Mapping,
  mapItem,
  type Transform,
  type TransformContext,
} from "./transform";
export {
  type Verification,
  type VerifyOptions,
  type VerifyProgress,
  verify,
} from "./verify";
export { assertTargetWritable, type TargetControl } from "./write-guard";
