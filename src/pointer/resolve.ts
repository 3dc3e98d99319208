import { defined } from "../validation";
import type { ControlTableRef } from "./control-table-ref";
import { tableOf } from "./names/table-name";
import { findActive } from "./read";
import type { PointerRow } from "./row";

/** Where an alias's traffic goes. */
export interface ResolvedTable {
  alias: string;
  version: number;
  table: string;
  /** True when the alias has no row and version 1 is implied (bootstrap). */
  implicit: boolean;
  /** The row behind it; absent when implicit. */
  row?: PointerRow;
}

/**
 * The table of the active version, by the name that the row records for it or `<alias>_v<N>`; `<alias>_v1` when
 * the alias has no row. One consistent
 * GetItem; no other failure is turned into the bootstrap table.
 *
 * @throws SwapError as `findActive`
 */
export async function resolveTable(ref: ControlTableRef, alias: string): Promise<ResolvedTable> {
  const row = await findActive(ref, alias);
  const version = row?.version ?? 1;
  return {
    alias,
    version,
    table: tableOf(alias, version, row),
    implicit: row === undefined,
    ...defined({ row }),
  };
}
