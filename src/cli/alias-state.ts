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
): Promise<AliasState[]> {
  const seen: AliasState[] = [];
  for await (const each of listAliases(source)) {
    seen.push(each);
    progress?.(seen.length);
  }
  return seen.sort((a, b) => compareNames(a.alias, b.alias));
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
