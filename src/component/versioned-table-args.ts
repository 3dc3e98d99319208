import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../dynamic";
import type { ReadinessOptions } from "../readiness";
import type { ControlTable } from "./control-table";
import type { Retention } from "./retention";
import type { Versions, VersionTableArgs } from "./versions";

/** A control table that is made elsewhere. */
export interface ExistingControlTable {
  name: pulumi.Input<string>;
  /** Default: the table of this name in the tables' own account and Region. */
  arn?: pulumi.Input<string | undefined>;
}

export interface VersionedTableArgs {
  /** The alias: its tables are named `<alias>_v<N>`. */
  alias: string;
  /**
   * Where the pointer lives: a ControlTable, its name and ARN, or a name in the tables' own account
   * and Region. Default: a ControlTable made for this alias, named `<resource name>_swap`.
   */
  controlTable?: ControlTable | ExistingControlTable | pulumi.Input<string>;
  /** Key schema, indexes, streams, TTL and the rest of `aws.dynamodb.Table`. Default on-demand. */
  table: VersionTableArgs;
  /** The versions that have a table: numbers, or a map from number to what differs from `table`. */
  versions: Versions;
  /**
   * The version that is live. Change it and run `pulumi up` to cut over. Left out, the tables are
   * kept and another writer moves the pointer.
   */
  activeVersion?: pulumi.Input<number>;
  /** Cut over only from this version (compare-and-swap). */
  expect?: pulumi.Input<number>;
  /** Why, 1 to 256 characters; kept in the row's history with the next cut-over. */
  reason?: pulumi.Input<string>;
  /** What must hold of a version before the pointer moves to it. Default: its table is ACTIVE. */
  readiness?: pulumi.Input<ReadinessOptions>;
  /**
   * Roll back from this version to `activeVersion`, while it is the live one; it is barred
   * afterwards. What it was written since its cut-over stays behind in its table.
   */
  rollbackFrom?: pulumi.Input<number>;
  /**
   * Lift the bar on this version with the move that makes it live, in one write. It must be the
   * `activeVersion`, and is harmless once it is live.
   */
  liftBar?: pulumi.Input<number>;
  /**
   * How long a version that was left keeps its table, by default 24 hours; and with `keep`, that
   * versions no longer declared are kept while they are needed and dropped by a later `pulumi up`.
   */
  retention?: Retention;
  /**
   * What deleting the swap does to the pointer: `keep` it, or `release` it.
   * @default "keep"
   */
  onDelete?: pulumi.Input<"keep" | "release">;
  /** Added to every table; `table.tags` and a version's own tags win over them. */
  tags?: Record<string, pulumi.Input<string>>;
  /** How the swap and the guards reach DynamoDB. Default: as the tables' aws provider does. */
  connection?: pulumi.Input<ConnectionArgs>;
  /**
   * For tearing a whole stack down: lifts the guards, the protection that refuses a destroy in its
   * preview, and the deletion protection of a control table made here. Takes effect with the
   * `pulumi up` that sets it.
   * @default false
   */
  forceDestroy?: boolean;
}
