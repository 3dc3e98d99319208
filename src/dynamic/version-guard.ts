import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./active-version";
import { HostedResource } from "./host";

export interface VersionGuardArgs {
  /** The alias whose pointer is asked before the table may go. */
  alias: pulumi.Input<string>;
  /** The control table's name. */
  controlTable: pulumi.Input<string>;
  /** The version that the table holds. */
  version: pulumi.Input<number>;
  /** The guarded table's `id` output, which makes the guard the first to be deleted. */
  table: pulumi.Input<string>;
  /** The table's `arn` output: a connection that reaches another place is refused. */
  tableArn?: pulumi.Input<string>;
  /** The control table's `arn` output: a connection that reaches another table is refused. */
  controlTableArn?: pulumi.Input<string | undefined>;
  /**
   * How long the version is kept after it was left: `90s`, `30m`, `24h`, `7d`.
   * @default "24h"
   */
  grace?: pulumi.Input<string>;
  /**
   * The table's deletion protection in DynamoDB: the guard turns it on or off, and off when the table
   * may be deleted. Left out, the guard leaves it as it is.
   */
  deletionProtection?: pulumi.Input<boolean | undefined>;
  /**
   * Let the table go whatever the pointer says. Takes effect with the `pulumi up` that sets it.
   * @default false
   */
  forceDestroy?: pulumi.Input<boolean>;
  /** How to reach DynamoDB. Default: the stack's `aws:` configuration, then the SDK's own chain. */
  connection?: pulumi.Input<ConnectionArgs>;
}

/** The grace period where none is named. */
export const DEFAULT_GRACE = "24h";

/**
 * Keeps a version's table while it is needed: deleting the guard is refused while the version is
 * active, or was left less than the grace period ago, and then the table stays as well.
 */
export class VersionGuard extends HostedResource {
  constructor(name: string, args: VersionGuardArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "versionGuard",
      "VersionGuard",
      name,
      { ...args, grace: args.grace ?? DEFAULT_GRACE },
      opts,
    );
  }
}
