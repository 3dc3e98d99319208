import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ActiveVersion, type ConnectionArgs } from "../dynamic/active-version";
import { VersionGuard } from "../dynamic/version-guard";
import { isSwapError, SwapError } from "../errors";
import { assertAlias } from "../pointer";
import type { ReadinessOptions } from "../readiness";
import { ControlTable } from "./control-table";
import { readerPolicy, writerPolicy } from "./policies";
import { checkRetention, type Retention } from "./retention";
import {
  type DeclaredVersion,
  declaredVersions,
  type Versions,
  type VersionTableArgs,
} from "./versions";

export interface VersionedTableArgs {
  /** The alias: its tables are named `<alias>_v<N>`. */
  alias: string;
  /**
   * Where the pointer lives: a ControlTable, its name and ARN, or a name in the tables' own account
   * and Region. Default: a ControlTable made for this alias, named `<resource name>_swap`.
   */
  controlTable?: ControlTable | { name: pulumi.Input<string>; arn: pulumi.Input<string> } | string;
  /** Key schema, indexes, streams, TTL and the rest of `aws.dynamodb.Table`. Default on-demand. */
  table: VersionTableArgs;
  /** The versions that have a table: numbers, or a map from number to what differs from `table`. */
  versions: Versions;
  /**
   * The version that is live. Change it and run `pulumi up` to cut over. Left out, the tables are
   * kept and the pointer is somebody else's to move.
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
  /** Lift the bar on this version with the next move. */
  liftBar?: pulumi.Input<number>;
  /** How long a version that was left keeps its table. Default 24 hours. */
  retention?: Retention;
  /** What deleting the swap does to the pointer. Default `keep`. */
  onDelete?: pulumi.Input<"keep" | "release">;
  /** Added to every table; `table.tags` and a version's own tags win over them. */
  tags?: Record<string, pulumi.Input<string>>;
  /** How the swap reaches DynamoDB. Default: the stack's `aws:` configuration. */
  connection?: pulumi.Input<ConnectionArgs>;
  /**
   * For tearing a whole stack down: lifts the guards, the protection of the active version's table
   * and the deletion protection of a control table made here. Takes effect with the `pulumi up` that
   * sets it. Default false.
   */
  forceDestroy?: boolean;
}

/** What is known of one version's table. */
export interface VersionOutputs {
  name: string;
  arn: string;
  /** Empty without a stream. */
  streamArn: string;
}

/**
 * A data set in versions: one table a version, and the pointer that says which of them is live.
 *
 * @throws pulumi.ResourceError with one clear line for a bad alias or version, or an active version
 * without a table
 */
export class VersionedTable extends pulumi.ComponentResource {
  /** The tables by version. */
  declare readonly tables: ReadonlyMap<number, aws.dynamodb.Table>;
  /** Each version's table by version number. */
  declare readonly versions: pulumi.Output<Record<string, VersionOutputs>>;
  /** The live version, once it is; undefined when the pointer is not managed here. */
  declare readonly activeVersion: pulumi.Output<number | undefined>;
  /** The live version's table, once it is live; undefined when the pointer is not managed here. */
  declare readonly activeTable: pulumi.Output<string | undefined>;
  /** The control table's name. */
  declare readonly controlTable: pulumi.Output<string>;
  /** What a worker's environment needs: SWAP_CONTROL_TABLE and SWAP_ALIAS. */
  declare readonly environment: pulumi.Output<Record<string, string>>;
  /** IAM policy document (JSON) to follow the pointer and read the versions declared. */
  declare readonly readerPolicy: pulumi.Output<string>;
  /** As `readerPolicy`, with item writes to the versions declared. */
  declare readonly writerPolicy: pulumi.Output<string>;

  constructor(name: string, args: VersionedTableArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("swap:index:VersionedTable", name, {}, opts);
    const declared = validated(this, args);
    const control = this.control(name, args);
    this.controlTable = pulumi.output(control.name);
    this.tables = new Map(declared.map((each) => [each.version, this.table(name, args, each)]));
    const swap = this.swap(name, args);
    for (const [version, { id }] of this.tables) this.guard(name, args, version, id, swap);

    this.activeVersion = swap ? swap.version : pulumi.output(undefined);
    this.activeTable = swap ? swap.table : pulumi.output(undefined);
    this.versions = pulumi.output(
      Object.fromEntries(
        [...this.tables].map(([version, { id, arn, streamArn }]) => [
          String(version),
          { name: id, arn, streamArn },
        ]),
      ),
    );
    this.environment = pulumi
      .output(control.name)
      .apply(
        (table): Record<string, string> => ({ SWAP_CONTROL_TABLE: table, SWAP_ALIAS: args.alias }),
      );
    const arns = [...this.tables.values()].map((table) => table.arn);
    const controlArn = control.arn ?? siblingArn(arns, control.name);
    this.readerPolicy = readerPolicy(controlArn, arns);
    this.writerPolicy = writerPolicy(controlArn, arns);
    this.registerOutputs({
      versions: this.versions,
      activeVersion: this.activeVersion,
      activeTable: this.activeTable,
      controlTable: this.controlTable,
      environment: this.environment,
      readerPolicy: this.readerPolicy,
      writerPolicy: this.writerPolicy,
    });
  }

  private control(
    name: string,
    { controlTable, tags, connection, forceDestroy }: VersionedTableArgs,
  ): { name: pulumi.Input<string>; arn?: pulumi.Input<string> } {
    if (typeof controlTable === "string") return { name: controlTable };
    if (controlTable !== undefined) return controlTable;
    return new ControlTable(
      name,
      {
        deletionProtection: forceDestroy !== true,
        ...(tags && { tags }),
        ...(connection !== undefined && { connection }),
      },
      { parent: this },
    );
  }

  private table(
    name: string,
    { table, tags, activeVersion, forceDestroy }: VersionedTableArgs,
    { version, table: tableName, overrides }: DeclaredVersion,
  ): aws.dynamodb.Table {
    const merged = { ...table, ...overrides };
    const allTags = pulumi
      .all([tags ?? {}, table.tags ?? {}, overrides.tags ?? {}])
      .apply(([all, shared, own]) => ({ ...all, ...shared, ...own }));
    const tagged = tags ?? table.tags ?? overrides.tags;
    return new aws.dynamodb.Table(
      `${name}-v${version}`,
      {
        billingMode: "PAY_PER_REQUEST",
        ...merged,
        name: tableName,
        ...(tagged !== undefined && { tags: allTags }),
      },
      // Beside the guard, so that a preview already refuses to delete or replace the active table.
      { parent: this, protect: version === activeVersion && forceDestroy !== true },
    );
  }

  private guard(
    name: string,
    { alias, retention, connection, forceDestroy }: VersionedTableArgs,
    version: number,
    table: pulumi.Output<string>,
    swap: ActiveVersion | undefined,
  ): void {
    new VersionGuard(
      `${name}-v${version}`,
      {
        alias,
        controlTable: this.controlTable,
        version,
        table,
        ...(retention?.grace !== undefined && { grace: retention.grace }),
        ...(forceDestroy !== undefined && { forceDestroy }),
        ...(connection !== undefined && { connection }),
      },
      // Deleted before the swap as well: a pointer released first would leave the guard blind.
      { parent: this, ...(swap && { dependsOn: swap }) },
    );
  }

  private swap(name: string, args: VersionedTableArgs): ActiveVersion | undefined {
    const { activeVersion } = args;
    if (activeVersion === undefined) return undefined;
    const ids = [...this.tables].map(([version, { id }]) => ({ version, id }));
    const table = pulumi
      .all([activeVersion, ids])
      .apply(([active, all]) => all.find(({ version }) => version === active)?.id);
    const { alias, expect, reason, onDelete, connection, readiness, rollbackFrom, liftBar } = args;
    const waitsFor =
      typeof activeVersion === "number"
        ? [this.tables.get(activeVersion)].filter((each) => each !== undefined)
        : [...this.tables.values()];
    return new ActiveVersion(
      name,
      {
        alias,
        controlTable: this.controlTable,
        version: activeVersion,
        table: table as pulumi.Output<string>,
        ...(expect !== undefined && { expect }),
        ...(reason !== undefined && { reason }),
        ...(readiness !== undefined && { readiness }),
        ...(rollbackFrom !== undefined && { rollbackFrom }),
        ...(liftBar !== undefined && { liftBar }),
        ...(onDelete !== undefined && { onDelete }),
        ...(connection !== undefined && { connection }),
      },
      { parent: this, dependsOn: waitsFor },
    );
  }
}

function validated(
  resource: pulumi.Resource,
  { alias, versions, activeVersion, retention }: VersionedTableArgs,
): DeclaredVersion[] {
  try {
    assertAlias(alias);
    checkRetention(retention);
    const declared = declaredVersions(alias, versions);
    if (typeof activeVersion === "number" && !declared.some((d) => d.version === activeVersion))
      throw new SwapError("swap.input-invalid", {
        name: "activeVersion",
        value: String(activeVersion),
        rule: `alias "${alias}" declares no table for it (versions: ${declared.map((d) => d.version).join(", ")})`,
        fix: `add ${activeVersion} to versions, or activate a declared one`,
      });
    return declared;
  } catch (error) {
    if (isSwapError(error)) throw new pulumi.ResourceError(error.line, resource, true);
    throw error;
  }
}

/** The ARN of a table in the same account and Region as the first of `arns`. */
function siblingArn(arns: pulumi.Output<string>[], name: pulumi.Input<string>) {
  return pulumi
    .all([arns[0] as pulumi.Output<string>, name])
    .apply(([arn, sibling]) => arn.replace(/table\/.*$/, `table/${sibling}`));
}
