import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./active-version";
import { HostedResource } from "./host";
import { DEFAULT_GRACE } from "./version-guard";

export interface RetentionPlanArgs {
  /** The alias of the versions. */
  alias: pulumi.Input<string>;
  /** The control table's name. */
  controlTable: pulumi.Input<string>;
  /** The control table's `arn` output: a connection to another table is refused. */
  controlTableArn?: pulumi.Input<string | undefined>;
  /** The versions that the program declares. */
  versions: pulumi.Input<pulumi.Input<number>[]>;
  /**
   * The table of version 1, if it is not named `<alias>_v1`: one that was made by hand. The plan
   * refuses a name that version 1 can't have.
   */
  firstTable?: pulumi.Input<string | undefined>;
  /** The version that the program declares as live. */
  activeVersion?: pulumi.Input<number>;
  /**
   * How long a version is kept after its deactivation: `90s`, `30m`, `24h`, `7d`.
   * @default "24h"
   */
  grace?: pulumi.Input<string>;
  /**
   * How many previously live versions keep their table beyond their grace period. If omitted, a version in
   * use can't be removed from `versions`.
   */
  keep?: pulumi.Input<number>;
  /** Declared versions whose deletion protection the program turns on. */
  locked?: pulumi.Input<pulumi.Input<number>[]>;
  /** Versions whose tables another program manages. */
  unmanaged?: pulumi.Input<pulumi.Input<number>[]>;
  /**
   * Allow the deletion of every version. Takes effect with the `pulumi up` that sets it.
   * @default false
   */
  forceDestroy?: pulumi.Input<boolean>;
  /**
   * The table that a declared migration makes for its records. The plan refuses one that exists before, and tables whose
   * stream the migration can't use.
   */
  migrationTable?: pulumi.Input<string>;
  /** The versions of a declared migration whose stream the program does not declare. */
  migrating?: pulumi.Input<pulumi.Input<number>[]>;
  /** The value of the tag `pulumi-swap:owner` on tables created by a release without retention plans. */
  owner?: pulumi.Input<string>;
  /** How to reach DynamoDB. Default: the stack's `aws:` configuration, then the SDK's own chain. */
  connection?: pulumi.Input<ConnectionArgs>;
}

/**
 * Decides which versions of an alias keep their table, also in a preview, and records the versions that a
 * stack manages. A VersionedTable creates one per alias.
 */
export class RetentionPlan extends HostedResource {
  /** Versions no longer declared that keep their table. */
  declare readonly retained: pulumi.Output<number[] | undefined>;
  /** The table of version 1, declared or kept, if it is not named `<alias>_v1`. */
  declare readonly firstTable: pulumi.Output<string | undefined>;

  constructor(name: string, args: RetentionPlanArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "retentionPlan",
      "RetentionPlan",
      name,
      {
        ...args,
        grace: args.grace ?? DEFAULT_GRACE,
        retained: undefined,
        firstTable: args.firstTable,
      },
      opts,
    );
  }
}
