import { type DeclaredTables, isLocationProven, proveLocation } from "../aws";
import { match } from "../errors";
import { type ControlTableRef, findActive, type PointerRow } from "../pointer";

/**
 * The result of reading a pointer in a refresh; `unproven` if the control table is not found and the client
 * may be looking in the wrong place.
 */
export type RowLookup = PointerRow | "absent" | "unproven";

/**
 * Reads the alias's row for a refresh. The row is absent if its control table has no such row, or if the
 * control table is proven absent from its own Region and account.
 *
 * @throws SwapError as `findActive` and {@link proveLocation}, without `swap.control-table-missing`
 */
export async function findRowForRefresh(
  ref: ControlTableRef,
  alias: string,
  declared: DeclaredTables,
): Promise<RowLookup> {
  try {
    await proveLocation(ref, declared);
    return (await findActive(ref, alias)) ?? "absent";
  } catch (error) {
    if (!match(error, "swap.control-table-missing")) throw error;
    return (await isLocationProven(ref, declared)) ? "absent" : "unproven";
  }
}

/**
 * Runs a write to a pointer that is being removed. Succeeds without a write if the control table is proven
 * absent from its own Region and account.
 *
 * @throws SwapError `swap.control-table-missing` if it is unproven that the client looks there
 */
export async function writeUnlessAbsent(
  ref: ControlTableRef,
  declared: DeclaredTables,
  write: () => Promise<unknown>,
): Promise<void> {
  try {
    await proveLocation(ref, declared);
    await write();
  } catch (error) {
    const missing = match(error, "swap.control-table-missing");
    if (!missing || !(await isLocationProven(ref, declared))) throw error;
  }
}
