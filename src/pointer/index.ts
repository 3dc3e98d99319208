export { type AwsContext, fromAws } from "../aws";
export { assertAuditText, MAX_AUDIT_TEXT_LENGTH } from "./audit-text";
export { claimRow, newClaim, RETAINED_HOLDER } from "./claim";
export type { ControlTableRef, WritableControlTableRef } from "./control-table-ref";
export { createControlTable } from "./create-control-table";
export { type Fence, standingFence } from "./fence";
export { placeFence, removeFence } from "./fence-writes";
export type { HistoryEntry, HistoryKind } from "./history";
export { MIN_HISTORY } from "./history-fit";
export { liftBar } from "./lift-bar";
export { type ListedAlias, listAliases } from "./list";
export { isNamedInUse, nameRefusal, nameTable, nameTableOfRow, otherUser } from "./name-table";
export {
  assertAlias,
  assertOwnTableName,
  assertVersion,
  isTableName,
  MAX_ALIAS_LENGTH,
  MAX_TABLE_NAME_LENGTH,
  NAMED_VERSION,
  type TableNames,
  tableName,
  tableOf,
  versionOfTable,
  versionRule,
} from "./names";
export { findActive, getActive, readRawRow } from "./read";
export { releaseActive } from "./release";
export { type ResolvedTable, resolveTable } from "./resolve";
export { permitDeletion, reopenVersions } from "./retired-versions";
export { type RollbackOptions, rollback, rollbackRefusal } from "./rollback";
export {
  isBarred,
  isRetired,
  type PointerRow,
  type PointerVersionSets,
  parseRow,
  type RawRow,
  withReopened,
} from "./row";
export { seedActive } from "./seed";
export { type PartialPointerRow, type SetOptions, setActive, setRefusal } from "./set";
export type { AuditInfo } from "./update-expression";
export type { PointerUpdate } from "./update-pointer";
export type { VersionFloor } from "./version-set";
