export { type AwsContext, fromAws } from "../aws";
export { assertAuditText, MAX_AUDIT_TEXT_LENGTH } from "./audit-text";
export { claimRow, KEPT, newClaim } from "./claim";
export { createControlTable } from "./create-control-table";
export type { HistoryEntry, HistoryKind } from "./history";
export { liftBar } from "./lift-bar";
export { type ListedAlias, listAliases } from "./list";
export {
  assertAlias,
  assertVersion,
  MAX_ALIAS_LENGTH,
  MAX_TABLE_NAME_LENGTH,
  tableName,
  versionOfTable,
  versionRule,
} from "./names";
export type { AuditInfo } from "./pointer-update";
export { findActive, getActive, readRawRow } from "./read";
export { releaseActive } from "./release";
export { type Resolved, resolveTable } from "./resolve";
export { permitDeletion, reopenVersions } from "./retired";
export { type RollbackOptions, rollback, rollbackRefusal } from "./rollback";
export { type PointerRow, parseRow, type RawRow } from "./row";
export { seedActive } from "./seed";
export { type JudgedRow, type SetOptions, setActive, setRefusal } from "./set";
export type { ControlTableRef, WritableControlTableRef } from "./store";
export type { PointerUpdate } from "./update-pointer";
