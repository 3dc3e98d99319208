import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs, DeclaredSwitch } from "../dynamic";
import { SwapError } from "../errors";
import { migrationTable } from "../migration";
import { assertAlias, assertVersion, NAMED_VERSION, tableName } from "../pointer";
import { assertFields, defined, formatType, invalidInput } from "../validation";
import { connectionOf } from "./connection";
import { ControlTable } from "./control-table";
import { createMigration } from "./migration";
import { controlTableWritePolicy, readerPolicy, writerPolicy } from "./policies";
import { beginProgramStack, withProgramStack } from "./program-stack";
import { inOneLine, oneLineResourceError } from "./resource-error";
import {
  dynamicResources,
  type PlanResource,
  type ResourceFactory,
  type SwapResource,
} from "./resource-factory";
import { checkRetention, tableRetention } from "./retention";
import { ownerOf } from "./tags";
import {
  createVersionGuard,
  type DataSet,
  declaredProtection,
  retainedTables,
  type VersionTableEntry,
  versionTable,
} from "./version-table";
import type { ExistingControlTable, VersionedTableArgs } from "./versioned-table-args";
import { type DeclaredVersion, declaredVersions, firstTableOf, tablesRegion } from "./versions";

/** A program in JavaScript has no compiler that refuses a misspelt gate or rollback. */
const FIELDS = Object.keys({
  alias: true,
  controlTable: true,
  table: true,
  versions: true,
  activeVersion: true,
  expect: true,
  reason: true,
  readiness: true,
  rollbackFrom: true,
  liftBar: true,
  retention: true,
  onDelete: true,
  tags: true,
  connection: true,
  forceDestroy: true,
} satisfies Record<keyof VersionedTableArgs, true>);

/** Outputs of one version's table. */
export interface VersionOutputs {
  name: string;
  arn: string;
  /** Empty without a stream. */
  streamArn: string;
}

/**
 * A versioned data set: one table per version, and the pointer to the live version.
 *
 * @throws pulumi.ResourceError with a one-line message for an argument that does not exist, an invalid alias
 * or version, or an active version without a table
 */
export class VersionedTable extends pulumi.ComponentResource {
  /** The tables by version. */
  declare readonly tables: ReadonlyMap<number, aws.dynamodb.Table>;
  /** Each version's table by version number. */
  declare readonly versions: pulumi.Output<Record<string, VersionOutputs>>;
  /** The live version, available after the cut-over; undefined if the pointer is not managed here. */
  declare readonly activeVersion: pulumi.Output<number | undefined>;
  /**
   * The live version's table, available after the cut-over; undefined if the pointer is not managed here.
   */
  declare readonly activeTable: pulumi.Output<string | undefined>;
  /** The control table's name. */
  declare readonly controlTable: pulumi.Output<string>;
  /** Environment variables for a worker: SWAP_CONTROL_TABLE and SWAP_ALIAS. */
  declare readonly environment: pulumi.Output<Record<string, string>>;
  /** IAM policy document (JSON) to follow the pointer and read the declared versions. */
  declare readonly readerPolicy: pulumi.Output<string>;
  /** Like `readerPolicy`, and writes items of the declared versions. */
  declare readonly writerPolicy: pulumi.Output<string>;
  /**
   * IAM policy document (JSON) to read and advance this alias's pointer, and no other. For a job that cuts
   * over itself, such as a Go writer.
   */
  declare readonly pointerPolicy: pulumi.Output<string>;

  constructor(name: string, args: VersionedTableArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const endProgramStack = beginProgramStack();
    try {
      super("swap:index:VersionedTable", name, {}, opts);
    } finally {
      endProgramStack();
    }
    const declared = inOneLine(this, () => validated(args));
    const region = tablesRegion(declared, args.table) as pulumi.Input<string> | undefined;
    checkOneRegion(this, args.connection, region);
    const control = this.control(name, args, region);
    this.controlTable = pulumi.output(control.name);
    const { resourceFactory } = this;
    const connection = connectionOf(this, args.connection, region);
    args = { ...args, ...defined({ connection }) };
    const set: DataSet = {
      name,
      args,
      controlTable: control.name,
      controlTableArn: control.arn,
      resourceFactory,
      parent: this,
      renamed: (opts.aliases ?? []).length > 0,
    };
    const { plan, tables, swap } = withProgramStack(() => this.resources(set, declared, control));
    this.tables = tables;
    const retained = retainedTables(set, plan, swap);

    this.activeVersion = swap ? swap.version : pulumi.output(undefined);
    this.activeTable = swap ? swap.table : pulumi.output(undefined);
    this.versions = retained.apply((more) => outputsOf([...this.tables, ...more]));
    this.environment = this.controlTable.apply(
      (table): Record<string, string> => ({ SWAP_CONTROL_TABLE: table, SWAP_ALIAS: args.alias }),
    );
    const arns = this.versions.apply((all) => Object.values(all).map(({ arn }) => arn));
    const controlArn = arnOf(control, arns);
    for (const { version, migration } of declared)
      if (migration)
        createMigration({
          name,
          args,
          version,
          migration,
          source: this.tables.get(migration.source) as aws.dynamodb.Table,
          target: this.tables.get(version) as aws.dynamodb.Table,
          controlTable: control.name,
          controlTableArn: controlArn,
          plan,
          swap,
          parent: this,
        });
    this.readerPolicy = readerPolicy(args.alias, controlArn, arns);
    this.writerPolicy = writerPolicy(args.alias, controlArn, arns);
    this.pointerPolicy = controlTableWritePolicy(controlArn, [args.alias]);
    // Outputs for people who read the state, without those that the swap and the tables hold themselves: the
    // engine writes the whole state for each component whose outputs change.
    this.registerOutputs({ controlTable: this.controlTable, environment: this.environment });
  }

  /** The resource factory of the swap and the guards. Not for programs. */
  protected get resourceFactory(): ResourceFactory {
    return dynamicResources;
  }

  /** Creates the resources of the declared versions, each after those that it depends on. */
  private resources(
    set: DataSet,
    declared: readonly DeclaredVersion[],
    control: ExistingControlTable,
  ) {
    const plan = createRetentionPlan(set, declared);
    const tables = declaredTables(set, declared, plan);
    const swap = this.swap(set, tables, control, declared);
    for (const each of declared)
      createVersionGuard(set, each, tables.get(each.version) as aws.dynamodb.Table, swap);
    return { plan, tables, swap };
  }

  private control(
    name: string,
    { alias, controlTable, tags, connection, forceDestroy }: VersionedTableArgs,
    region: pulumi.Input<string> | undefined,
  ): ExistingControlTable {
    if (isName(controlTable)) return { name: controlTable };
    if (controlTable !== undefined) return controlTable;
    return new ControlTable(
      name,
      {
        aliases: [alias],
        ...defined({ tags, connection, forceDestroy, region }),
      },
      { parent: this },
    );
  }

  private swap(
    { name, args }: DataSet,
    tables: ReadonlyMap<number, aws.dynamodb.Table>,
    { name: controlTable, arn: controlTableArn }: ExistingControlTable,
    declared: readonly DeclaredVersion[],
  ): SwapResource | undefined {
    const { activeVersion } = args;
    if (activeVersion === undefined) return undefined;
    const { alias, expect, reason, onDelete, connection, readiness, rollbackFrom, liftBar } = args;
    const { retention, forceDestroy = false } = args;
    const known = typeof activeVersion === "number" ? tables.get(activeVersion) : undefined;
    const made = [...tables].map(([version, { id, arn }]) => ({ version, id, arn }));
    const active = pulumi
      .all([activeVersion, made])
      .apply(([declared, all]) => all.find(({ version }) => version === declared));
    const table = known?.id ?? active.apply((found) => found?.id);
    const tableArn = known?.arn ?? active.apply((found) => found?.arn);
    const firstTable = firstTableOf(alias, declared);
    const filledFrom = (filled: number | undefined) =>
      declared.find(({ version }) => version === filled)?.migration?.source;
    const migratedFrom =
      typeof activeVersion === "number"
        ? filledFrom(activeVersion)
        : declared.some(({ migration }) => migration)
          ? pulumi.output(activeVersion).apply(filledFrom)
          : undefined;
    // The swap records the first table's name, which can't be taken back, once that table is adopted.
    const first = firstTable === undefined ? undefined : tables.get(NAMED_VERSION);
    const waitsFor = known
      ? [...new Set([known, ...(first ? [first] : [])])]
      : [...tables.values()];
    return this.resourceFactory.activeVersion(
      name,
      {
        alias,
        controlTable,
        version: activeVersion,
        table: table as pulumi.Output<string>,
        tableArn: tableArn as pulumi.Output<string>,
        declaredVersions: [...tables.keys()],
        ...defined({
          controlTableArn,
          firstTable,
          migratedFrom,
          migration: declaredSwitch(declared),
          expect,
          reason,
          readiness,
          rollbackFrom,
          liftBar,
          onDelete,
          connection,
        }),
        __retention: tableRetention(retention, forceDestroy),
      },
      { parent: this, dependsOn: waitsFor },
    );
  }
}

/** What the swap has to know of the migration between two versions; undefined without one. */
function declaredSwitch(declared: readonly DeclaredVersion[]): DeclaredSwitch | undefined {
  const filled = declared.find(({ migration }) => migration);
  if (filled?.migration === undefined) return undefined;
  const { source: from, writers, transform, inverse } = filled.migration;
  return { from, to: filled.version, ...defined({ writers, transform, inverse }) };
}

function validated(args: VersionedTableArgs): DeclaredVersion[] {
  assertFields("VersionedTable argument", args, FIELDS, "at least alias, table, versions");
  const { alias, versions, activeVersion, retention, table } = args as VersionedTableArgs;
  assertAlias(alias);
  checkRetention(retention);
  if (typeof table !== "object" || table === null || Array.isArray(table))
    throw invalidInput(
      "table",
      formatType(table),
      "want an object with the key of the versions' tables",
      'write such as table: { hashKey: "id", attributes: [{ name: "id", type: "S" }] }',
    );
  const declared = declaredVersions(alias, versions, table);
  if (typeof activeVersion === "number") assertVersion(activeVersion);
  if (typeof activeVersion === "number" && !declared.some((d) => d.version === activeVersion))
    throw new SwapError("swap.input-invalid", {
      name: "activeVersion",
      value: String(activeVersion),
      rule: `alias "${alias}" declares no table for it (versions: ${declared.map((d) => d.version).join(", ")})`,
      fix: `add ${activeVersion} to versions, or activate a declared one`,
    });
  return declared;
}

/** Decides which versions keep their table, before any table is changed. */
function createRetentionPlan(
  { name, args, controlTable, controlTableArn, resourceFactory, parent }: DataSet,
  declared: readonly DeclaredVersion[],
): PlanResource {
  const { alias, activeVersion, retention, forceDestroy, connection } = args;
  const protections = declared.map((each) => ({
    version: each.version,
    on: declaredProtection(args, each) ?? false,
  }));
  const versionsOf = (all: readonly { version: number; on: unknown }[]) =>
    all.filter(({ on }) => on).map(({ version }) => version);
  const locked = protections.every(({ on }) => typeof on === "boolean")
    ? versionsOf(protections)
    : pulumi.output(protections).apply(versionsOf);
  const { keep, unmanaged } = retention ?? {};
  const migrating = declared.some(({ migration }) => migration) && {
    migrationTable: migrationTable(alias),
    migrating: declared.filter(({ addsStream }) => addsStream).map(({ version }) => version),
  };
  return resourceFactory.retentionPlan(
    name,
    {
      alias,
      controlTable,
      versions: declared.map(({ version }) => version),
      locked,
      ...defined({
        controlTableArn,
        firstTable: firstTableOf(alias, declared),
        activeVersion,
        grace: retention?.grace,
        keep,
        unmanaged,
        forceDestroy,
        connection,
        owner: keep === undefined ? undefined : ownerOf(name),
      }),
      ...migrating,
    },
    // A destroy preview calls no provider, so Pulumi's own `protect` refuses it.
    { parent, ...(forceDestroy !== true && { protect: true }) },
  );
}

/**
 * Refuses tables in two Regions early, with a clear message. Once the tables exist, their ARNs are
 * compared.
 */
function checkOneRegion(
  resource: pulumi.Resource,
  connection: VersionedTableArgs["connection"],
  region: unknown,
): void {
  const named = (connection as ConnectionArgs | undefined)?.region;
  if (typeof named !== "string" || typeof region !== "string" || named === region) return;
  const error = new SwapError("swap.input-invalid", {
    name: "connection.region",
    value: JSON.stringify(named),
    rule: `the tables are in ${region}`,
    fix: "write one Region in both, or leave connection.region out",
  });
  throw oneLineResourceError(error, resource);
}

/** Creates the tables in ascending order, so that a restored table comes after its source. */
function declaredTables(
  set: DataSet,
  declared: readonly DeclaredVersion[],
  plan: PlanResource,
): Map<number, aws.dynamodb.Table> {
  const made = new Map<number, aws.dynamodb.Table>();
  for (const each of declared) {
    const source = each.restore && made.get(each.restore.source);
    const table = versionTable(set, withRestoreSource(set, each, source, plan), {
      dependsOn: source ? [plan, source] : [plan],
    });
    made.set(each.version, table);
  }
  return made;
}

/** Restores from the table that a version 1 has which is only retained, as the plan knows it. */
function withRestoreSource(
  { args: { alias } }: DataSet,
  declared: DeclaredVersion,
  source: aws.dynamodb.Table | undefined,
  { firstTable }: PlanResource,
): DeclaredVersion {
  const { restore } = declared;
  if (restore?.source !== NAMED_VERSION || source) return declared;
  const restoreSourceName = firstTable.apply((own) => own || tableName(alias, NAMED_VERSION));
  return { ...declared, restore: { ...restore, args: { ...restore.args, restoreSourceName } } };
}

function outputsOf(
  tables: readonly VersionTableEntry[],
): pulumi.Output<Record<string, VersionOutputs>> {
  return pulumi.output(
    Object.fromEntries(
      tables.map(([version, { id, arn, streamArn }]) => [
        String(version),
        { name: id, arn, streamArn },
      ]),
    ),
  );
}

function isName(
  controlTable: VersionedTableArgs["controlTable"],
): controlTable is pulumi.Input<string> {
  return (
    typeof controlTable === "string" ||
    controlTable instanceof Promise ||
    pulumi.Output.isInstance(controlTable)
  );
}

/** The control table's ARN; by default in the account and Region of a version's table. */
function arnOf({ name, arn }: ExistingControlTable, siblings: pulumi.Output<string[]>) {
  return pulumi
    .all([name, arn, siblings])
    .apply(
      ([named, given, [sibling = ""]]) => given ?? sibling.replace(/table\/.*$/, `table/${named}`),
    );
}
