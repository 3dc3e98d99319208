import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { NAMED_VERSION, tableName } from "../pointer";
import { defined } from "../validation";
import { checkAdoption } from "./adoption";
import type { PlanResource, ResourceFactory } from "./resource-factory";
import { RESTORE_ARGS } from "./restore";
import { mergedTags, OWNER_TAG, ownerOf } from "./tags";
import type { VersionedTableArgs } from "./versioned-table-args";
import type { DeclaredVersion } from "./versions";

/** Values shared by the resources of one data set. */
export interface DataSet {
  name: string;
  args: VersionedTableArgs;
  controlTable: pulumi.Input<string>;
  /** Undefined if only the control table's name is known. */
  controlTableArn: pulumi.Input<string | undefined> | undefined;
  resourceFactory: ResourceFactory;
  parent: pulumi.Resource;
  /** Whether the component has aliases, so that the state may hold its resources under other names. */
  renamed: boolean;
}

/**
 * The declared deletion protection: the version's own setting, else the common one. If undefined, the guard
 * decides.
 */
export function declaredProtection(
  { table }: Pick<VersionedTableArgs, "table">,
  { overrides }: Pick<DeclaredVersion, "overrides">,
): pulumi.Input<boolean | undefined> {
  return overrides.deletionProtectionEnabled ?? table.deletionProtectionEnabled ?? undefined;
}

/** Creates the table of one version. */
export function versionTable(
  { name, args, parent, renamed }: Pick<DataSet, "name" | "args" | "parent" | "renamed">,
  declared: DeclaredVersion,
  opts: Omit<pulumi.CustomResourceOptions, "dependsOn"> & { dependsOn: pulumi.Resource[] },
): aws.dynamodb.Table {
  const { version, table, overrides, restore, adopt } = declared;
  const ownerTag = args.retention?.keep === undefined ? undefined : { [OWNER_TAG]: ownerOf(name) };
  const protection = declaredProtection(args, declared);
  const tableArgs: aws.dynamodb.TableArgs = {
    billingMode: "PAY_PER_REQUEST",
    ...args.table,
    ...overrides,
    deletionProtectionEnabled: (protection ?? true) as pulumi.Input<boolean>,
    ...restore?.args,
    name: table,
    ...defined({ tags: mergedTags([ownerTag, args.tags, args.table.tags, overrides.tags]) }),
  };
  const resource = `${name}-v${version}`;
  const owner = ownerOf(name);
  const adoption =
    adopt &&
    checkAdoption({ name: resource, version, table, args: tableArgs, owner, parent, renamed });
  // If the program sets nothing, the guard turns the protection on and off once the table is made.
  const ignoreChanges = [
    ...RESTORE_ARGS,
    ...(protection === undefined ? ["deletionProtectionEnabled"] : []),
  ];
  const { dependsOn } = opts;
  return new aws.dynamodb.Table(resource, tableArgs, {
    ignoreChanges,
    ...opts,
    // Register the table only after the check has passed.
    ...(adoption && {
      import: table,
      dependsOn: adoption.then<pulumi.Resource[]>(() => dependsOn),
    }),
    parent,
  });
}

/** Creates the guard of one version's table. */
export function createVersionGuard(
  { name, args, controlTable, controlTableArn, resourceFactory, parent }: DataSet,
  declared: Pick<DeclaredVersion, "version" | "overrides" | "table">,
  { id, arn }: aws.dynamodb.Table,
  swap: pulumi.Resource | undefined,
  opts: pulumi.CustomResourceOptions = {},
): void {
  const { version } = declared;
  const { alias, retention, forceDestroy, connection } = args;
  const protection = declaredProtection(args, declared);
  // The guard does not lift a protection that the program turns on.
  const guardSetting = (on: boolean | undefined) => (on === false ? false : undefined);
  const deletionProtection =
    protection === undefined ||
    (typeof protection === "boolean"
      ? guardSetting(protection)
      : pulumi.output(protection).apply(guardSetting));
  resourceFactory.versionGuard(
    `${name}-v${version}`,
    {
      alias,
      controlTable,
      version,
      table: id,
      tableArn: arn,
      deletionProtection,
      ...(declared.table !== tableName(alias, version) && { named: true }),
      ...defined({ controlTableArn, grace: retention?.grace, forceDestroy, connection }),
    },
    // The guard must also be deleted before the swap: if the pointer were released first, the guard would
    // have no row to check.
    { ...opts, parent, ...(swap && { dependsOn: swap }) },
  );
}

/** A version's table as a resource. */
export type VersionTableEntry = [version: number, table: ReturnType<typeof versionTable>];

/**
 * Registers again, unchanged, the tables that the retention plan retains. The engine deletes a table that
 * is not registered, after its guard.
 */
export function retainedTables(
  set: DataSet,
  plan: PlanResource,
  swap: pulumi.Resource | undefined,
): pulumi.Output<VersionTableEntry[]> {
  const { alias } = set.args;
  return pulumi.all([plan.retained, plan.firstTable]).apply(([retained, firstTable]) =>
    (retained ?? []).map((version): VersionTableEntry => {
      const own = (version === NAMED_VERSION && firstTable) || undefined;
      const declared = { version, table: own ?? tableName(alias, version), overrides: {} };
      // The program no longer declares the arguments.
      const table = versionTable(set, declared, { ignoreChanges: ["*"], dependsOn: [plan] });
      createVersionGuard(set, declared, table, swap, { ignoreChanges: ["deletionProtection"] });
      return [version, table];
    }),
  );
}
