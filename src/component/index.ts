export { stackAwsSettings } from "./connection";
export { ControlTable, type ControlTableArgs } from "./control-table";
export type { MigrateFrom, Writers } from "./migrate-from";
export type { ResourceFactory } from "./resource-factory";
export type { RestoreFrom } from "./restore";
export type { Retention } from "./retention";
export { VersionedTable, type VersionOutputs } from "./versioned-table";
export type { ExistingControlTable, VersionedTableArgs } from "./versioned-table-args";
export type { VersionArgs, Versions, VersionTableArgs } from "./versions";
