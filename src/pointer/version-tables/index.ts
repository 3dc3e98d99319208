import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { tableNames } from "../../aws";
import { versionOfTable } from "../names/table-name";

/** A table that holds a version of an alias. */
export interface VersionTable {
  version: number;
  table: string;
}

/**
 * The tables of an alias's versions, ascending. Reads the whole list: a listing that is cut short, or
 * that starts at a name which DynamoDB did not return, can miss tables. Cost: one ListTables for each
 * 100 tables of the account.
 */
export async function findVersionTables(
  client: DynamoDBClient,
  alias: string,
): Promise<VersionTable[]> {
  const names: string[] = [];
  for await (const name of tableNames(client)) names.push(name);
  return filterVersionTables(alias, names);
}

/** The names among `names` that are versions of an alias, ascending. */
export function filterVersionTables(alias: string, names: readonly string[]): VersionTable[] {
  return names
    .flatMap((table) => {
      const version = versionOfTable(alias, table);
      return version === undefined ? [] : [{ version, table }];
    })
    .sort((a, b) => a.version - b.version);
}
