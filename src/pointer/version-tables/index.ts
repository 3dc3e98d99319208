import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { tableNames } from "../../aws";
import { versionOfTable } from "../names/table-name";

/** A table that holds a version of an alias. */
export interface VersionTable {
  version: number;
  table: string;
}

/**
 * The tables of an alias's versions, ascending. ListTables answers in the order of the names, so
 * that reading starts right before `<alias>_v` and stops right behind it, however many tables the
 * account has.
 */
export async function findVersionTables(
  client: DynamoDBClient,
  alias: string,
): Promise<VersionTable[]> {
  const prefix = `${alias}_v`;
  const names: string[] = [];
  for await (const name of tableNames(client, prefix)) {
    if (!name.startsWith(prefix)) break;
    names.push(name);
  }
  return versionsAmong(alias, names);
}

/** The names among `names` that are versions of an alias, ascending. */
export function versionsAmong(alias: string, names: readonly string[]): VersionTable[] {
  return names
    .flatMap((table) => {
      const version = versionOfTable(alias, table);
      return version === undefined ? [] : [{ version, table }];
    })
    .sort((a, b) => a.version - b.version);
}
