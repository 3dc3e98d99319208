import { match } from "../errors";
import { type ControlTableRef, findActive, type PointerRow } from "../pointer";

/**
 * The alias's row for a refresh: undefined when it has none, and also when the control table is
 * gone, since its pointers went with it.
 *
 * @throws SwapError as `findActive`, without `swap.control-table-missing`
 */
export function rowOrGone(ref: ControlTableRef, alias: string): Promise<PointerRow | undefined> {
  return unlessTableIsGone(findActive(ref, alias));
}

/** The result, or undefined when the control table that it needs does not exist. */
export async function unlessTableIsGone<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (match(error, "swap.control-table-missing")) return undefined;
    throw error;
  }
}
