import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { defined } from "../validation";
import type { Leaves } from "./leaves";
import { OWNER_TAG, ownerOf } from "./owner";
import { RESTORE_ARGS } from "./restore";
import type { VersionedTableArgs } from "./versioned-table-args";
import type { DeclaredVersion } from "./versions";

/** What the resources of one data set share. */
export interface DataSet {
  name: string;
  args: VersionedTableArgs;
  controlTable: pulumi.Input<string>;
  /** Undefined where the control table is known by its name only. */
  controlTableArn: pulumi.Input<string | undefined> | undefined;
  leaves: Leaves;
  parent: pulumi.Resource;
}

/**
 * The table of one version.
 *
 * @param protect Pulumi's own protection, which a preview already shows
 */
export function versionTable(
  { name, args, parent }: Pick<DataSet, "name" | "args" | "parent">,
  { version, table, overrides, restore, adopt }: DeclaredVersion,
  opts: pulumi.CustomResourceOptions & { protect: boolean },
): aws.dynamodb.Table {
  const { tags } = args;
  const owner = args.retention?.keep === undefined ? undefined : { [OWNER_TAG]: ownerOf(name) };
  const allTags = pulumi
    .all([owner ?? {}, tags ?? {}, args.table.tags ?? {}, overrides.tags ?? {}])
    .apply((layers): Record<string, string> => Object.assign({}, ...layers));
  const tagged = owner ?? tags ?? args.table.tags ?? overrides.tags;
  return new aws.dynamodb.Table(
    `${name}-v${version}`,
    {
      billingMode: "PAY_PER_REQUEST",
      ...args.table,
      ...overrides,
      ...restore?.args,
      name: table,
      ...(tagged !== undefined && { tags: allTags }),
    },
    { ignoreChanges: RESTORE_ARGS, ...(adopt && { import: table }), ...opts, parent },
  );
}

/** The guard before the table of one version. */
export function versionGuard(
  { name, args, controlTable, controlTableArn, leaves, parent }: DataSet,
  version: number,
  { id, arn }: aws.dynamodb.Table,
  swap: pulumi.Resource | undefined,
): void {
  const { alias, retention, forceDestroy, connection } = args;
  leaves.versionGuard(
    `${name}-v${version}`,
    {
      alias,
      controlTable,
      version,
      table: id,
      tableArn: arn,
      ...defined({ controlTableArn, grace: retention?.grace, forceDestroy, connection }),
    },
    // Deleted before the swap as well: a pointer released first would leave the guard blind.
    { parent, ...(swap && { dependsOn: swap }) },
  );
}
