export type { Item, KeySchema, KeyType } from "../items";
export { differenceTotal } from "./agreement";
export {
  type ControlChange,
  type ControlChanged,
  type ControlNote,
  type EndedPauses,
  noteText,
  pausedMs,
  type RunControl,
  RunHeld,
} from "./control";
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
export {
  type CopyFigures,
  copyFigures,
  copyRate,
  LAG_WINDOW_MS,
  type MigrationFacts,
  openBatches,
  type ReplayFigures,
  readFacts,
  replayFigures,
  type StartedFacts,
  unsettled,
} from "./facts";
export { migrationTable, readTableIds, type TableIds, tableId } from "./migration-rows";
export {
  DEFAULT_BOUNDS,
  isPausedTooLong,
  type NotReady,
  notReady,
  notReadyToGoBack,
  type ReadyBounds,
  resumeBy,
  spanText,
  unverifiable,
} from "./not-ready";
export { keyHash, MAX_PARKED, type ParkedKey, type ParkedKeys, type ParkedKind } from "./parked";
export { type Phase, phaseOf, tablesFault } from "./phase";
export { type Clock, RateLimit } from "./rate-limit";
export { type Repair, type RepairOptions, repair } from "./repair";
export { type ChangeRecord, type ReplayOptions, type ReplayResult, replayBatch } from "./replay";
export {
  appliedMinutes,
  type BegunBatch,
  type ReplayCall,
  type ReplayedBatch,
  type ReplayedStream,
  type ReplayFailure,
  type ReplayMinute,
  type ReplayRecord,
} from "./replay-record";
export type { Requests, WritePermit } from "./request";
export type { Retried } from "./retry-parked";
export {
  assertOneProcess,
  COPY_DEADLINE_MS,
  type CopySession,
  deadlineOf,
  type MigrationStart,
} from "./run";
export { countTable, type Segment } from "./scan";
export { MigrationStore, type SavedSegment, VERIFY_REQUEST } from "./store";
export type { RecordedStray } from "./stray-record";
export type { Stray } from "./strays";
export {
  keepsKeys,
  type Mapped,
  type Mapping,
  mapItem,
  type Transform,
  type TransformContext,
} from "./transform";
export { assertTransformWorks, type TriedTransform } from "./transform-check";
export type { VerificationRecord } from "./verification-record";
export {
  type Verification,
  type VerifyOptions,
  type VerifyProgress,
  verify,
} from "./verify";
export type { VerifyPhase } from "./verify-rows";
export type { WayBack, WayBackProof } from "./way-back";
export { assertTargetWritable, type TargetControl } from "./write-guard";
export type { Write } from "./write-items";
