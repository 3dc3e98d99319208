import type { TableDescription } from "@aws-sdk/client-dynamodb";
import { describeTable } from "../../aws";
import { type Item, keySchemaFrom, keyText } from "../../items";
import {
  type MigrationFacts,
  MigrationStore,
  readFacts,
  type TableIds,
  tableId,
} from "../../migration";
import { type ControlTableRef, findActive, type PointerRow } from "../../pointer";
import { tableOf } from "../../pointer/names";
import { findVersionTables, type VersionTable } from "../../pointer/version-tables";
import { type VersionStatus, versionStatus } from "../../retention";
import { unknownAlias } from "../nearest-alias";
import { mapParallel } from "../parallel";
import { usageError } from "../usage";

/** A version of an alias. */
export interface SeenVersion {
  version: number;
  table: string;
  status: VersionStatus;
  /** Undefined if the table does not exist. */
  description: TableDescription | undefined;
}

/** A migration, and the tables that it reads and writes. */
export interface SeenMigration {
  facts: MigrationFacts;
  /** The two versions' tables as they are now; empty for one that does not exist. */
  tables: TableIds;
  /** The source's items as DynamoDB last counted them; undefined without a table. */
  sourceItems: number | undefined;
  /** Parked source keys as texts, in the order of their times. */
  parked: { key: string; reason: string }[];
  /** Changes to the version that was not active, in the order of their times. */
  strays: { version: number; key: string; deleted: boolean; at: number }[];
}

/** What is known of an alias at one moment. */
export interface AliasStatus {
  alias: string;
  /** When it was read, in unix milliseconds. */
  now: number;
  row: PointerRow | undefined;
  /** The greatest version first. */
  versions: SeenVersion[];
  migrations: SeenMigration[];
}

/**
 * Reads an alias's row, its versions' tables, and the records of their migrations. Only reads.
 *
 * @param only the one version whose migration is read; default: each
 * @throws CliError `swap.no-active-version` for an alias with neither a row nor a table
 * @throws SwapError `swap.input-invalid` if `only` has neither a table nor a record
 */
export async function readStatus(
  source: ControlTableRef,
  alias: string,
  only?: number,
): Promise<AliasStatus> {
  const row = await findActive(source, alias);
  const tables = await findVersionTables(source.client, alias, row);
  return readStatusOf(source, { alias, row, tables }, only);
}

/** An alias's row and the tables of its versions. */
export interface RowWithTables {
  alias: string;
  row: PointerRow | undefined;
  tables: readonly VersionTable[];
  /** Whether the alias has a table of migrations; default: it is asked for records. */
  hasMigrations?: boolean;
}

/**
 * Reads what is left of an alias's status.
 *
 * @throws as {@link readStatus}
 */
export async function readStatusOf(
  source: ControlTableRef,
  { alias, row, tables, hasMigrations = true }: RowWithTables,
  only?: number,
): Promise<AliasStatus> {
  const { client } = source;
  const found = [...tables];
  if (row === undefined && found.length === 0) throw unknownAlias(source, alias);
  const active = row?.version ?? 1;
  for (const version of [active, ...(only === undefined ? [] : [only])])
    if (!found.some((each) => each.version === version))
      found.push({ version, table: tableOf(alias, version, row) });
  found.sort((a, b) => b.version - a.version);
  const versions = await mapParallel(found, async ({ version, table }) => ({
    version,
    table,
    status: versionStatus(alias, row, version),
    description: await describeTable(client, table),
  }));
  const asked = versions.filter(
    ({ version }) => hasMigrations && (only === undefined || version === only),
  );
  const migrations = (
    await mapParallel(asked, ({ version }) => readMigration(source, alias, version, versions))
  ).filter((each) => each !== undefined);
  const unknown = only !== undefined && only !== active && migrations.length === 0;
  if (unknown && !versions.some(({ version, description }) => version === only && description))
    throw usageError(
      "version",
      String(only),
      `alias "${alias}" has no such table, and no migration to it is recorded`,
      `swap versions ${alias} lists the versions`,
    );
  return { alias, now: Date.now(), row, versions, migrations };
}

async function readMigration(
  { client }: ControlTableRef,
  alias: string,
  version: number,
  versions: readonly SeenVersion[],
): Promise<SeenMigration | undefined> {
  const facts = await readFacts(new MigrationStore({ client }, alias, version), version);
  const { started, verification } = facts;
  if (started === undefined && verification === undefined) return undefined;
  const find = (wanted: number | undefined) => versions.find((each) => each.version === wanted);
  const source = find(started?.from);
  // Without the table, whose key tells the order of its attributes, they are shown as recorded.
  const text = (key: Item, of: SeenVersion | undefined) =>
    keyText(key, of?.description && keySchemaFrom(of.table, of.description));
  const ordered = [...facts.parked].sort((a, b) => a.at - b.at);
  return {
    facts,
    tables: {
      source: tableId(source?.description),
      target: tableId(find(version)?.description),
    },
    sourceItems: source?.description?.ItemCount,
    parked: ordered.map(({ sourceKey, reason, back }) => ({
      key: text(sourceKey, back ? find(version) : source),
      reason: back ? `it can't go back: ${reason}` : reason,
    })),
    strays: facts.strays.map(({ version: made, key, deleted, at }) => ({
      version: made,
      key: text(key, find(made)),
      deleted,
      at,
    })),
  };
}
