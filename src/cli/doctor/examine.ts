import { tableNames } from "../../aws";
import type { ControlTableRef } from "../../pointer";
import { filterVersionTables, findVersionTables } from "../../pointer/version-tables";
import { type AliasState, readAlias, readAliases } from "../alias-state";
import { unknownAlias } from "../nearest-alias";
import { mapParallel } from "../parallel";
import { checkControlTable } from "./control-table";
import { checkDroppedInGrace } from "./dropped-in-grace";
import { compareSeverity, type Finding } from "./finding";
import { checkGrace, type DoctorGrace } from "./grace";
import { checkInactiveTables } from "./inactive-tables";
import { checkNamedTables } from "./named-tables";
import { checkPointer } from "./pointer";

/** What doctor examined, and its findings, most severe first. */
export interface DoctorReport {
  aliases: number;
  findings: Finding[];
}

/**
 * Examines the control table and the given aliases, or all aliases.
 *
 * @param terms grace and refresh from the flags; without them neither is checked
 * @param progress called repeatedly with the progress as text
 */
export async function examine(
  source: ControlTableRef,
  alias: string | undefined,
  terms: DoctorGrace | undefined,
  progress: (text: string) => void,
): Promise<DoctorReport> {
  const examined: AliasState[] =
    alias === undefined
      ? await readAliases(source, (rows) => progress(`${rows} rows read`))
      : [await readAlias(source, alias)];
  const control = await checkControlTable(source);
  const grace = terms && { graceMs: terms.grace.ms, now: Date.now() };
  const names = alias === undefined ? await tableNamesByAlias(source) : undefined;
  let begun = 0;
  const each = await mapParallel(examined, async (one) => {
    progress(`examining alias ${++begun} of ${examined.length}`);
    if (one.error) return [malformed(one.alias, one.error)];
    const tables =
      names === undefined
        ? await findVersionTables(source.client, one.alias, one.row)
        : filterVersionTables(one.alias, names.of(one), one.row);
    if (one.row === undefined && tables.length === 0) throw unknownAlias(source, one.alias);
    return [
      ...(await checkPointer(source.client, one.alias, one.row)),
      ...(await checkNamedTables(source.client, one, examined)),
      ...(grace ? checkDroppedInGrace(one.alias, one.row, tables, grace) : []),
      ...checkInactiveTables(one.alias, one.row, tables, grace),
    ];
  });
  const findings = [...(terms ? checkGrace(terms) : []), ...control, ...each.flat()];
  findings.sort((a, b) => compareSeverity(a.severity, b.severity));
  return { aliases: examined.length, findings };
}

/**
 * Groups the account's tables by the alias in their names, with one listing for all aliases.
 *
 * @returns the tables that may be versions of an alias, by their names or by its row
 */
async function tableNamesByAlias({
  client,
}: ControlTableRef): Promise<{ of(state: AliasState): string[] }> {
  const all = new Set<string>();
  const byAlias = new Map<string, string[]>();
  for await (const name of tableNames(client)) {
    all.add(name);
    const alias = name.slice(0, Math.max(0, name.lastIndexOf("_v")));
    const names = byAlias.get(alias);
    if (names) names.push(name);
    else byAlias.set(alias, [name]);
  }
  return {
    of: ({ alias, row }) => [
      ...(byAlias.get(alias) ?? []),
      ...Object.values(row?.tableNames ?? {}).filter((name) => all.has(name)),
    ],
  };
}

function malformed(alias: string, error: { message: string; hint: string }): Finding {
  return {
    severity: "error",
    code: "malformed-row",
    alias,
    table: null,
    message: error.message,
    fix: error.hint,
  };
}
