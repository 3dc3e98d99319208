import { isSwapError } from "../errors";
import type { ControlTableRef } from "../pointer";
import { findActive, type ListedAlias, listAliases } from "../pointer";

/** What was seen of one alias; neither row nor error when it has no row. */
export type AliasState = ListedAlias | { alias: string; row?: never; error?: never };

/**
 * Every alias of the control table, by name.
 *
 * @param progress told how many rows were read
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
  return seen.sort((a, b) => (a.alias < b.alias ? -1 : 1));
}

/** One alias. What is wrong with its row alone is its answer, so that it ends no look at others. */
export async function readAlias(source: ControlTableRef, alias: string): Promise<AliasState> {
  try {
    const row = await findActive(source, alias);
    return row ? { alias, row } : { alias };
  } catch (error) {
    if (isSwapError(error) && "alias" in error.payload) return { alias, error };
    throw error;
  }
}
