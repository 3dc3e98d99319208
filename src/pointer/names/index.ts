export { assertAlias, MAX_ALIAS_LENGTH } from "./alias";
export { assertOwnTableName } from "./own-name";
export {
  isTableName,
  MAX_TABLE_NAME_LENGTH,
  NAMED_VERSION,
  type TableNames,
  tableName,
  tableOf,
  versionOfTable,
} from "./table-name";
export { assertVersion, versionRule } from "./version";
