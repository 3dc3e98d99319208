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
 * The deletion protection that the program asks for: the version's own setting, or the common one;
 * undefined where it asks for neither, and the guard decides.
 */
export function declaredProtection(
  { table }: Pick<VersionedTableArgs, "table">,
  { overrides }: Pick<DeclaredVersion, "overrides">,
): pulumi.Input<boolean | undefined> {
  return overrides.deletionProtectionEnabled ?? table.deletionProtectionEnabled ?? undefined;
}

/** The table of one version. */
export function versionTable(
  { name, args, parent }: Pick<DataSet, "name" | "args" | "parent">,
  declared: DeclaredVersion,
  opts: pulumi.CustomResourceOptions,
): aws.dynamodb.Table {
  const { version, table, overrides, restore, adopt } = declared;
  const { tags } = args;
  const owner = args.retention?.keep === undefined ? undefined : { [OWNER_TAG]: ownerOf(name) };
  const allTags = pulumi
    .all([owner ?? {}, tags ?? {}, args.table.tags ?? {}, overrides.tags ?? {}])
    .apply((layers): Record<string, string> => Object.assign({}, ...layers));
  const tagged = owner ?? tags ?? args.table.tags ?? overrides.tags;
  const protection = declaredProtection(args, declared);
  // Without a word of the program the guard turns the protection on and off once the table is made.
  const ignoreChanges = [
    ...RESTORE_ARGS,
    ...(protection === undefined ? ["deletionProtectionEnabled"] : []),
  ];
  return new aws.dynamodb.Table(
    `${name}-v${version}`,
    {
      billingMode: "PAY_PER_REQUEST",
      ...args.table,
      ...overrides,
      deletionProtectionEnabled: (protection ?? true) as pulumi.Input<boolean>,
      ...restore?.args,
      name: table,
      ...(tagged !== undefined && { tags: allTags }),
    },
    { ignoreChanges, ...(adopt && { import: table }), ...opts, parent },
  );
}

/** The guard before the table of one version. */
export function versionGuard(
  { name, args, controlTable, controlTableArn, leaves, parent }: DataSet,
  declared: Pick<DeclaredVersion, "version" | "overrides">,
  { id, arn }: aws.dynamodb.Table,
  swap: pulumi.Resource | undefined,
  opts: pulumi.CustomResourceOptions = {},
): void {
  const { version } = declared;
  const { alias, retention, forceDestroy, connection } = args;
  const protection = declaredProtection(args, declared);
  // What the program turns on itself is not the guard's to lift.
  const deletionProtection =
    protection === undefined
      ? true
      : pulumi.output(protection).apply((on) => (on === false ? false : undefined));
  leaves.versionGuard(
    `${name}-v${version}`,
    {
      alias,
      controlTable,
      version,
      table: id,
      tableArn: arn,
      deletionProtection,
      ...defined({ controlTableArn, grace: retention?.grace, forceDestroy, connection }),
    },
    // Deleted before the swap as well: a pointer released first would leave the guard blind.
    { ...opts, parent, ...(swap && { dependsOn: swap }) },
  );
}
