import type * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../aws/connection";
import type { ReadinessOptions } from "../readiness";
import { defaultActor, withCommit } from "./audit-defaults";
import { HostedResource } from "./host";
import { refuseReleaseBeforeReplace } from "./release-before-replace";

/** What a program says of an alias's active version. */
export interface ActiveVersionArgs {
  /** The alias whose pointer is set. */
  alias: pulumi.Input<string>;
  /**
   * The control table's name. Pass the `name` output of a ControlTable that the same program
   * makes: it is unknown until the table exists, so that a preview does not look for it.
   */
  controlTable: pulumi.Input<string>;
  /** The version to be active: a whole number from 1 to 2^53-1, greater than the live one. */
  version: pulumi.Input<number>;
  /**
   * The version's table, `<alias>_v<version>`. Pass the table's `id` output, so that the swap waits
   * for the table.
   */
  table?: pulumi.Input<string>;
  /** The table's `arn` output: a connection that reaches another place is refused. */
  tableArn?: pulumi.Input<string>;
  /** The control table's `arn` output: a connection that reaches another table is refused. */
  controlTableArn?: pulumi.Input<string | undefined>;
  /** Move the pointer only from this version (compare-and-swap). */
  expect?: pulumi.Input<number>;
  /**
   * Why, 1 to 256 characters; kept in the row's history, with the git commit of the program's folder
   * if there is one. A change of only the reason is no update.
   */
  reason?: pulumi.Input<string>;
  /** Who, 1 to 256 characters. Default `pulumi:<project>/<stack>`. */
  actor?: pulumi.Input<string>;
  /** What must hold of the version before the pointer moves: see the guide on readiness. */
  readiness?: pulumi.Input<ReadinessOptions>;
  /**
   * Roll back: while this version is the live one, the pointer goes back to `version`, and this one
   * is barred. What it was written since its cut-over stays behind in its table. Harmless once the
   * rollback is done.
   */
  rollbackFrom?: pulumi.Input<number>;
  /**
   * Lift the bar on this version with the move that makes it live, in one write: a refused move
   * leaves the bar. It must be the declared version, and is harmless once it is live.
   */
  liftBar?: pulumi.Input<number>;
  /**
   * The versions whose tables the same program declares. One of them may go live although its
   * deletion was permitted earlier: it is declared again, so its table stays.
   */
  declaredVersions?: pulumi.Input<pulumi.Input<number>[]>;
  /**
   * What deleting this resource does to the pointer. `keep` leaves it, since traffic follows it;
   * `release` removes the row if it still holds this version.
   * @default "keep"
   */
  onDelete?: pulumi.Input<"keep" | "release">;
  /** How to reach DynamoDB. Default: the stack's `aws:` configuration, then the SDK's own chain. */
  connection?: pulumi.Input<ConnectionArgs>;
}

/** A {@link Connection} whose fields may be outputs. */
export type ConnectionArgs = {
  [K in keyof Connection]: pulumi.Input<NonNullable<Connection[K]>>;
};

/**
 * The swap: declares which version of an alias is live. Changing `version` and running
 * `pulumi up` moves the pointer by one conditional write. A preview shows the move, and already
 * fails when the live pointer is at a greater version. Declaring the live version changes nothing;
 * an existing pointer is adopted.
 */
export class ActiveVersion extends HostedResource {
  /** The live version. */
  declare readonly version: pulumi.Output<number>;
  /** The live version's table. */
  declare readonly table: pulumi.Output<string>;
  /** Unix milliseconds of the advance. */
  declare readonly activatedAt: pulumi.Output<number | undefined>;
  /** The version active before, where the history knows it. */
  declare readonly previousVersion: pulumi.Output<number | undefined>;
  /** Who advanced it; undefined for a writer that keeps no history. */
  declare readonly activatedBy: pulumi.Output<string | undefined>;

  constructor(name: string, args: ActiveVersionArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "activeVersion",
      "ActiveVersion",
      name,
      {
        ...refuseReleaseBeforeReplace(args, opts),
        actor: args.actor ?? defaultActor(),
        reason: withCommit(args.reason),
        table: args.table,
        activatedAt: undefined,
        previousVersion: undefined,
        activatedBy: undefined,
      },
      opts,
    );
  }
}
