import type * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../aws/connection";
import type { ReadinessOptions } from "../readiness";
import type { DeclaredSwitch } from "./active-version-inputs";
import { defaultActor, withCommit } from "./audit-defaults";
import { HostedResource } from "./host";
import { refuseReleaseBeforeReplace } from "./release-before-replace";

/** Arguments of {@link ActiveVersion}. */
export interface ActiveVersionArgs {
  /** The alias whose pointer is set. */
  alias: pulumi.Input<string>;
  /**
   * The control table's name. For a ControlTable of the same program, pass its `name` output: it is unknown
   * until the table exists, so a preview does not look for the table.
   */
  controlTable: pulumi.Input<string>;
  /** The version to be active: a whole number from 1 to 2^53-1, greater than the live one. */
  version: pulumi.Input<number>;
  /**
   * The version's table, `<alias>_v<version>` or `firstTable`. Pass the table's `id` output, so that the swap waits
   * for the table.
   */
  table?: pulumi.Input<string>;
  /** The table's `arn` output: a connection to another account or Region is refused. */
  tableArn?: pulumi.Input<string>;
  /** The control table's `arn` output: a connection to another table is refused. */
  controlTableArn?: pulumi.Input<string | undefined>;
  /**
   * The table of version 1, if it is not named `<alias>_v1`: one that was made by hand. It must exist;
   * the control table records the name before the pointer moves.
   */
  firstTable?: pulumi.Input<string | undefined>;
  /** Move the pointer only from this version (compare-and-swap). */
  expect?: pulumi.Input<number>;
  /**
   * Reason, 1 to 256 characters; kept in the row's history with the git commit of the program's folder, if
   * any. Changing only the reason is no update.
   */
  reason?: pulumi.Input<string>;
  /** Actor, 1 to 256 characters. Default: `pulumi:<project>/<stack>`. */
  actor?: pulumi.Input<string>;
  /** Conditions for moving the pointer to the version; see the guide on readiness. */
  readiness?: pulumi.Input<ReadinessOptions>;
  /**
   * Roll back from this version to `version` if this version is live; it is then barred. Items written to
   * it since its cut-over stay only in its table. No effect once the rollback is done.
   */
  rollbackFrom?: pulumi.Input<number>;
  /**
   * Lift the bar on this version in the same write that makes it live; a refused write leaves the bar. It
   * must equal `version`. No effect once the version is live.
   */
  liftBar?: pulumi.Input<number>;
  /**
   * The versions whose tables the same program declares. One whose deletion was permitted earlier may
   * become live again, since it is declared and its table stays.
   */
  declaredVersions?: pulumi.Input<pulumi.Input<number>[]>;
  /**
   * The version whose items a migration of the same program copies to `version`. Its first activation then
   * needs `readiness.migration` or `readiness.verify`, and a table from an earlier `pulumi up`.
   */
  migratedFrom?: pulumi.Input<number | undefined>;
  /** The migration of the same program: a move between its versions loses no write of a fenced writer. */
  migration?: pulumi.Input<DeclaredSwitch | undefined>;
  /**
   * Whether deleting this resource keeps the pointer (`keep`), since traffic follows it, or removes the row
   * if it still holds this version (`release`).
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
  /** The previously active version, if the history holds it. */
  declare readonly previousVersion: pulumi.Output<number | undefined>;
  /** The writer that advanced it; undefined for a writer that keeps no history. */
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
