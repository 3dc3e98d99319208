import { readError } from "../errors/read";
import { type PointerRow, tableName, tableOf } from "../pointer";
import { formatValue } from "../validation";

/** An alias's active version and table at one moment. Frozen. */
export interface Snapshot {
  readonly alias: string;
  readonly version: number;
  /** The version's table: `<alias>_v<N>`, or the name that the row records for it. */
  readonly table: string;
  /** True when the alias had no row, which resolves to version 1. */
  readonly implicit: boolean;
  /**
   * Unix milliseconds of the advance by the writer's clock; 0 for a seed; absent when the row has
   * none, and when implicit.
   */
  readonly activatedAt?: number;
}

/** Creates a snapshot from an alias's row, or its absence. */
export function snapshotOf(alias: string, row: PointerRow | undefined): Snapshot {
  const version = row?.version ?? 1;
  return Object.freeze({
    alias,
    version,
    table: tableOf(alias, version, row),
    implicit: row === undefined,
    ...(row?.activatedAt !== undefined && { activatedAt: row.activatedAt }),
  });
}

/**
 * Creates a snapshot of a given version, such as the version that an earlier cursor was read from. Makes no
 * request; the version need not be active.
 *
 * @param version any safe integer
 * @param table the version's table, as the snapshot had it. Default: `<alias>_v<version>`, which is wrong for a
 * version 1 that is a table with another name
 * @throws SwapError `swap.alias-invalid`, `swap.version-out-of-range`
 */
export function snapshotAt(alias: string, version: number, table?: string): Snapshot {
  // Not assertVersion: another writer may have set 0 or less.
  if (!Number.isSafeInteger(version))
    throw readError("swap.version-out-of-range", {
      value: formatValue(version),
      rule: "want a whole number within ±(2^53-1)",
      source: "input",
      alias,
    });
  return Object.freeze({
    alias,
    version,
    table: table ?? tableName(alias, version),
    implicit: false,
  });
}
