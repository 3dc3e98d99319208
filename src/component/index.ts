export { ControlTable, type ControlTableArgs } from "./control-table";
export { VersionedTable, type VersionedTableArgs, type VersionOutputs } from "./versioned-table";
export type { Versions, VersionTableArgs } from "./versions";
