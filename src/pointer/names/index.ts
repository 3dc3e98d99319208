export { assertAlias, MAX_ALIAS_LENGTH } from "./alias";
export { MAX_TABLE_NAME_LENGTH, tableName, versionOfTable } from "./table-name";
export { assertVersion, versionRule } from "./version";
