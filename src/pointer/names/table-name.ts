import { readError } from "../../errors/read";
import { assertAlias } from "./alias";

/** DynamoDB's bound on the length of a table name, in characters. */
export const MAX_TABLE_NAME_LENGTH = 255;

/** The one version whose table may have another name: a table that was made before it had versions. */
export const NAMED_VERSION = 1;

/** Tables that are not named `<alias>_v<N>`, by version. */
export type TableNames = Readonly<Record<string, string>>;

/**
 * The conventional table name of a version: `<alias>_v<N>`, decimal without padding. Part of the wire
 * contract with the Go implementation. {@link tableOf} also knows tables with other names.
 *
 * @param version any safe integer, since a foreign writer may have set 0 or less
 * @throws SwapError `swap.alias-invalid` when the alias is none, or the name exceeds 255 characters
 */
export function tableName(alias: string, version: number): string {
  assertAlias(alias);
  const name = `${alias}_v${version}`;
  if (name.length > MAX_TABLE_NAME_LENGTH)
    throw readError("swap.alias-invalid", {
      alias,
      rule: `table name "${name}" has ${name.length} characters, at most ${MAX_TABLE_NAME_LENGTH} are allowed`,
    });
  return name;
}

/**
 * The table of a version: the name that the row records for it, else {@link tableName}.
 *
 * @param row the alias's row; undefined where it has none
 * @throws SwapError as {@link tableName}
 */
export function tableOf(
  alias: string,
  version: number,
  row: { readonly tableNames?: TableNames } | undefined,
): string {
  return row?.tableNames?.[version] ?? tableName(alias, version);
}

/**
 * The version that a table of this alias holds, or undefined when the table is not one of its
 * versions (another alias, padding, a version beyond 2^53-1).
 */
export function versionOfTable(alias: string, table: string): number | undefined {
  if (!table.startsWith(`${alias}_v`)) return undefined;
  const digits = table.slice(alias.length + 2);
  const version = Number(digits);
  return Number.isSafeInteger(version) && String(version) === digits ? version : undefined;
}

/**
 * Whether DynamoDB allows a name for a table.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export function isTableName(name: unknown): name is string {
  return typeof name === "string" && /^[A-Za-z0-9_.-]{3,255}$/.test(name);
}
