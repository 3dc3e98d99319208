import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../dynamic";
import type { ReadinessOptions } from "../readiness";
import type { ControlTable } from "./control-table";
import type { Retention } from "./retention";
import type { Versions, VersionTableArgs } from "./versions";

/** A control table created elsewhere. */
export interface ExistingControlTable {
  name: pulumi.Input<string>;
  /** Default: the table of this name in the tables' own account and Region. */
  arn?: pulumi.Input<string | undefined>;
}

export interface VersionedTableArgs {
  /** The alias: its tables are named `<alias>_v<N>`. */
  alias: string;
  /**
   * Where the pointer lives: a ControlTable, its name and ARN, or a name in the tables' own account and
   * Region. Default: a new ControlTable for this alias, named `<resource name>_swap`.
   */
  controlTable?: ControlTable | ExistingControlTable | pulumi.Input<string>;
  /** Key schema, indexes, streams, TTL and the rest of `aws.dynamodb.Table`. Default on-demand. */
  table: VersionTableArgs;
  /** The versions that have a table: numbers, or a map from number to arguments that override `table`. */
  versions: Versions;
  /**
   * The version that is live. Change it and run `pulumi up` to cut over. If omitted, the tables are kept
   * and another writer moves the pointer.
   */
  activeVersion?: pulumi.Input<number>;
  /** Cut over only from this version (compare-and-swap). */
  expect?: pulumi.Input<number>;
  /** Why, 1 to 256 characters; kept in the row's history with the next cut-over. */
  reason?: pulumi.Input<string>;
  /** Conditions for moving the pointer to a version. Default: its table is ACTIVE. */
  readiness?: pulumi.Input<ReadinessOptions>;
  /**
   * Roll back from this version to `activeVersion` if this version is live; it is then barred. Items
   * written to it since its cut-over stay only in its table.
   */
  rollbackFrom?: pulumi.Input<number>;
  /**
   * Lift the bar on this version in the same write that makes it live. It must equal `activeVersion`. No
   * effect once the version is live.
   */
  liftBar?: pulumi.Input<number>;
  /**
   * How long a deactivated version keeps its table; default 24 hours. With `keep`, versions that are no
   * longer declared are kept while in use and deleted by a later `pulumi up`.
   */
  retention?: Retention;
  /**
   * Whether deleting the swap keeps the pointer (`keep`) or removes it (`release`).
   * @default "keep"
   */
  onDelete?: pulumi.Input<"keep" | "release">;
  /** Tags of every table; `table.tags` and a version's own tags override them. */
  tags?: Record<string, pulumi.Input<string>>;
  /** How the swap and the guards reach DynamoDB. Default: as the tables' aws provider does. */
  connection?: pulumi.Input<ConnectionArgs>;
  /**
   * For deleting a whole stack: lifts the guards, the protection that refuses a destroy in its preview, and
   * the deletion protection of a control table created here. Takes effect with the `pulumi up` that sets
   * it.
   * @default false
   */
  forceDestroy?: boolean;
}
