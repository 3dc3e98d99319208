import { type PointerRow, tableName } from "../pointer";
import { pinnedTo, type SwappableClient } from "./client/swap-client";

/**
 * A version and its table at one moment, frozen. Hold it for one request or one pagination: what
 * the resolver learns later does not change it.
 */
export class Snapshot {
  readonly alias: string;
  readonly version: number;
  /** `<alias>_v<version>`. */
  readonly table: string;
  /** True when the alias has no row and version 1 is implied (bootstrap). */
  readonly implicit: boolean;
  /** Unix milliseconds of the advance, by the writer's clock; 0 for a seed; absent when not told. */
  readonly activatedAt?: number;

  private constructor(
    alias: string,
    version: number,
    row: PointerRow | undefined,
    implicit: boolean,
  ) {
    this.alias = alias;
    this.version = version;
    this.table = tableName(alias, version);
    this.implicit = implicit;
    if (row?.activatedAt !== undefined) this.activatedAt = row.activatedAt;
    Object.freeze(this);
  }

  /**
   * What a row says; version 1 when there is none.
   *
   * @throws SwapError `swap.alias-invalid` when the table's name would exceed 255 characters
   */
  static of(alias: string, row: PointerRow | undefined): Snapshot {
    return new Snapshot(alias, row?.version ?? 1, row, row === undefined);
  }

  /** A version named by the caller, active or not. */
  static named(alias: string, version: number): Snapshot {
    return new Snapshot(alias, version, undefined, false);
  }

  /**
   * A view of `client` in which the alias is this version's table, whatever becomes active
   * meanwhile. Cheap enough for one a request; it shares the client's connections.
   */
  pin<C extends SwappableClient>(client: C): C {
    return pinnedTo(client, this);
  }
}
