import { formatValue, invalidInput } from "../../validation";
import { isTableName, NAMED_VERSION, tableName, versionOfTable } from "./table-name";

/**
 * Checks the name of an existing table that is to be a version of an alias.
 *
 * @param controlTable the control table's name, which no version may have; undefined if it is not known
 * @throws SwapError `swap.input-invalid` for another version than {@link NAMED_VERSION}, a name that DynamoDB
 * does not allow, the control table's, and one in the form `<alias>_v<N>`, which would be a version of another
 * alias, or another version of this one
 */
export function assertOwnTableName(
  alias: string,
  version: number,
  name: unknown,
  controlTable?: string,
): asserts name is string {
  const refuse = (rule: string, fix: string) => {
    throw invalidInput(`versions.${version}.name`, formatValue(name), rule, fix);
  };
  if (version !== NAMED_VERSION)
    refuse(
      `only version ${NAMED_VERSION} may be a table with another name`,
      `leave name out: the table of version ${version} is "${tableName(alias, version)}"`,
    );
  if (!isTableName(name))
    return refuse(
      "want 3 to 255 letters, digits, '_', '-' or '.'",
      "write the name of the existing table",
    );
  if (name === tableName(alias, version))
    refuse("it is the name that the version has without it", "leave name out");
  if (name === controlTable)
    refuse("it is the control table", "write the name of the table that holds the items");
  if (name === `${alias}_migration`)
    refuse(
      "it is the table that records the migrations of this alias",
      "write the name of the table that holds the items",
    );
  const other = name.slice(0, name.lastIndexOf("_v"));
  if (versionOfTable(other, name) !== undefined)
    refuse(
      `it is the name of version ${versionOfTable(other, name)} of alias "${other}"`,
      `use alias "${other}" with that version, and leave name out`,
    );
}
