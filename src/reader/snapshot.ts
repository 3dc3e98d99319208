import { SwapError } from "../errors";
import { type PointerRow, tableName } from "../pointer";
import { formatValue } from "../validation";

/** Where an alias's traffic goes, at one moment. Frozen: what it says never changes. */
export interface Snapshot {
  readonly alias: string;
  readonly version: number;
  /** The version's table, `<alias>_v<N>`. */
  readonly table: string;
  /** True when the alias had no row, which resolves to version 1. */
  readonly implicit: boolean;
  /**
   * Unix milliseconds of the advance by the writer's clock; 0 for a seed; absent when the row has
   * none, and when implicit.
   */
  readonly activatedAt?: number;
}

/** What a row, or none, says of its alias. */
export function snapshotOf(alias: string, row: PointerRow | undefined): Snapshot {
  const version = row?.version ?? 1;
  return Object.freeze({
    alias,
    version,
    table: tableName(alias, version),
    implicit: row === undefined,
    ...(row?.activatedAt !== undefined && { activatedAt: row.activatedAt }),
  });
}

/**
 * A snapshot of a version named by the caller, such as the one that a cursor handed out earlier was
 * read from. Nothing is read, and the version need not be active.
 *
 * @param version any safe integer
 * @throws SwapError `swap.alias-invalid`, `swap.version-out-of-range`
 */
export function snapshotAt(alias: string, version: number): Snapshot {
  // A foreign writer may have set 0 or less, so that assertVersion would refuse too much.
  if (!Number.isSafeInteger(version))
    throw new SwapError("swap.version-out-of-range", {
      value: formatValue(version),
      rule: "want a whole number within ±(2^53-1)",
      source: "input",
      alias,
    });
  return Object.freeze({ alias, version, table: tableName(alias, version), implicit: false });
}
