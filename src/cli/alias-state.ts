import { isSwapError } from "../errors";
import type { ControlTableRef } from "../pointer";
import { findActive, type ListedAlias, listAliases } from "../pointer";
import { compareNames } from "./format";

/** The state of one alias; without `row` and `error` if it has no row. */
export type AliasState = ListedAlias | { alias: string; row?: never; error?: never };

/**
 * Reads every alias of the control table, sorted by name.
 *
 * @param progress called with the number of rows read so far
 */
export async function readAliases(
  source: ControlTableRef,
  progress?: (rows: number) => void,
): Promise<ListedAlias[]> {
  const seen: ListedAlias[] = [];
  for await (const each of listAliases(source)) {
    seen.push(each);
    progress?.(seen.length);
  }
  return seen.sort((a, b) => compareNames(a.alias, b.alias));
}

/** Reads the names of the control table's aliases, at most so many, in no order. */
export async function readAliasNames(source: ControlTableRef, most: number): Promise<string[]> {
  const names: string[] = [];
  for await (const { alias } of listAliases(source)) if (names.push(alias) === most) break;
  return names;
}

/**
 * Reads one alias. Returns an error of its row instead of throwing, so that other aliases are still read.
 */
export async function readAlias(source: ControlTableRef, alias: string): Promise<AliasState> {
  try {
    const row = await findActive(source, alias);
    return row ? { alias, row } : { alias };
  } catch (error) {
    if (isSwapError(error) && "alias" in error.payload) return { alias, error };
    throw error;
  }
}
