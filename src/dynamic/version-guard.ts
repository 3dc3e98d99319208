import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "./active-version";
import { HostedResource } from "./host";

export interface VersionGuardArgs {
  /** The alias whose pointer is checked before the table may be deleted. */
  alias: pulumi.Input<string>;
  /** The control table's name. */
  controlTable: pulumi.Input<string>;
  /** The version that the table holds. */
  version: pulumi.Input<number>;
  /** The guarded table's `id` output, so that the guard is deleted before the table. */
  table: pulumi.Input<string>;
  /**
   * Whether the table is version 1 under another name than `<alias>_v1`; the control table then records it.
   * @default false
   */
  named?: pulumi.Input<boolean>;
  /** The table's `arn` output: a connection to another account or Region is refused. */
  tableArn?: pulumi.Input<string>;
  /** The control table's `arn` output: a connection to another table is refused. */
  controlTableArn?: pulumi.Input<string | undefined>;
  /**
   * How long the version is kept after its deactivation: `90s`, `30m`, `24h`, `7d`.
   * @default "24h"
   */
  grace?: pulumi.Input<string>;
  /**
   * The table's deletion protection in DynamoDB: the guard turns it on or off, and off when the table may
   * be deleted. If omitted, the guard does not change it.
   */
  deletionProtection?: pulumi.Input<boolean | undefined>;
  /**
   * Allow the table's deletion regardless of the pointer. Takes effect with the `pulumi up` that sets it.
   * @default false
   */
  forceDestroy?: pulumi.Input<boolean>;
  /** How to reach DynamoDB. Default: the stack's `aws:` configuration, then the SDK's own chain. */
  connection?: pulumi.Input<ConnectionArgs>;
}

/** The default grace period. */
export const DEFAULT_GRACE = "24h";

/**
 * Keeps a version's table while it is in use: deleting the guard is refused while the version is active or
 * was deactivated less than the grace period ago, so the table stays as well.
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
