import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeTable } from "../../aws";
import { isRetired, type PointerRow } from "../../pointer";
import { tableName } from "../../pointer/names";
import type { AliasState } from "../alias-state";
import type { Finding } from "./finding";

/**
 * Checks the tables with other names: a table with the conventional name, which programs that don't know
 * the recorded one would use, and another alias with the same table.
 *
 * @param others the aliases examined in this run
 */
export async function checkNamedTables(
  client: DynamoDBClient,
  { alias, row }: AliasState,
  others: readonly AliasState[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [version, table] of inUse(row)) {
    const conventional = tableName(alias, version);
    if (await describeTable(client, conventional))
      findings.push({
        severity: "error",
        code: "conventional-table-exists",
        alias,
        table: conventional,
        message: `table "${conventional}" exists, while version ${version} of alias "${alias}" is table "${table}": Go programs and earlier releases of pulumi-swap use the wrong one`,
        fix: `delete "${conventional}" once you know that it holds nothing of value`,
      });
    for (const { alias: other, row: its } of others)
      if (other !== alias && inUse(its).some(([, name]) => name === table))
        findings.push({
          severity: "error",
          code: "table-of-two-aliases",
          alias,
          table,
          message: `table "${table}" is a version of alias "${alias}" and of alias "${other}"; each may let it be deleted while the other uses it`,
          fix: "keep one of the two, and release the other's pointer",
        });
  }
  return findings;
}

/** The recorded names whose tables are not permitted to go. */
const inUse = (row: PointerRow | undefined): [version: number, table: string][] =>
  Object.entries(row?.tableNames ?? {}).flatMap(([version, table]) =>
    row && isRetired(row, Number(version)) ? [] : [[Number(version), table]],
  );
