import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { tableNames } from "../../aws";
import { type TableNames, tableOf, versionOfTable } from "../names/table-name";

/** A table that holds a version of an alias. */
export interface VersionTable {
  version: number;
  table: string;
}

/**
 * The tables of an alias's versions, ascending. Reads the whole list: a listing that is cut short, or
 * that starts at a name which DynamoDB did not return, can miss tables. Cost: one ListTables for each
 * 100 tables of the account.
 *
 * @param row the alias's row, which records tables with other names
 */
export async function findVersionTables(
  client: DynamoDBClient,
  alias: string,
  row: { readonly tableNames?: TableNames } | undefined,
): Promise<VersionTable[]> {
  const names: string[] = [];
  for await (const name of tableNames(client)) names.push(name);
  return filterVersionTables(alias, names, row);
}

/** The names among `names` that are versions of an alias, ascending. */
export function filterVersionTables(
  alias: string,
  names: readonly string[],
  row: { readonly tableNames?: TableNames } | undefined,
): VersionTable[] {
  const recorded = new Map(
    Object.entries(row?.tableNames ?? {}).map(([version, table]) => [table, Number(version)]),
  );
  return names
    .flatMap((table) => {
      const version = recorded.get(table) ?? versionOfTable(alias, table);
      // A table with the conventional name is no version where the row names another one.
      const its = version !== undefined && tableOf(alias, version, row) === table;
      return its ? [{ version, table }] : [];
    })
    .sort((a, b) => a.version - b.version);
}
