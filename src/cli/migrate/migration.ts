import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeTable } from "../../aws";
import type { SwapError } from "../../errors";
import { type KeySchema, keySchemaFrom } from "../../items";
import {
  assertTargetWritable,
  assertTransformWorks,
  type Mapping,
  type MigrationStart,
  MigrationStore,
  type TableIds,
  type TargetControl,
  tableId,
} from "../../migration";
import { type ControlTableRef, findActive } from "../../pointer";
import { tableOf } from "../../pointer/names";
import { formatValue } from "../../validation";
import { unknownAlias } from "../nearest-alias";
import { usageError } from "../usage";
import { loadTransform } from "./transform-file";

/** What a command is asked to do: the alias, its two versions, and the file of the transform. */
export interface MigrationRequest {
  alias: string;
  from: number;
  to: number;
  transform: string | undefined;
  /** Whether the target may be written although the control table has no row of the alias. */
  allowNoActive?: boolean | undefined;
  /** Whether a copy forgets the recorded one. */
  restart?: boolean | undefined;
}

/** What a command does with the versions: only a verification leaves the target as it is. */
export type MigrationWork = "copy" | "repair" | "verification";

/** Two versions of an alias, checked, and the record of the migration between them. */
export interface OpenedMigration extends TargetControl {
  client: DynamoDBClient;
  source: string;
  mapping: Mapping;
  tables: TableIds;
  /** Identifies the transform. */
  hash: string;
  /** Items as DynamoDB last counted them, some hours ago. */
  sourceItems: number;
  targetItems: number;
  store: MigrationStore;
}

/**
 * Checks both versions, loads the transform, and tries it with a few items. A copy that goes on and a repair don't try it:
 * the first run, or the verification, did.
 *
 * @param work Unless it is a verification, the target must never have been active.
 * @throws CliError `swap.no-active-version` for an alias with neither a row nor a table of the source
 * @throws SwapError `swap.input-invalid` for versions that can't be migrated and for a bad transform, and as
 * `findActive`
 */
export async function openMigration(
  control: ControlTableRef,
  request: MigrationRequest,
  work: MigrationWork,
): Promise<OpenedMigration> {
  const { alias, from, to, transform } = request;
  if (from === to)
    throw refusedVersion(to, "both versions are the same", "name the version to copy to");
  const loaded = await loadTransform(transform);
  const { client } = control;
  const row = await findActive(control, alias);
  if (row === undefined && !(await describeTable(client, tableOf(alias, from, row))))
    throw unknownAlias(control, alias);
  if (work !== "verification")
    await assertTargetWritable(
      { control, allowNoActive: request.allowNoActive },
      { alias, from, to },
      "copy to a greater version, which has not been active",
    );
  const source = await openTable(client, tableOf(alias, from, row), from);
  const target = await openTable(client, tableOf(alias, to, row), to);
  const mapping = {
    transform: loaded.transform,
    context: { alias, from, to },
    sourceSchema: source.schema,
    targetSchema: target.schema,
    target: target.name,
  };
  const store = new MigrationStore({ client }, alias, to);
  const mayFail = work === "verification";
  if (mayFail || (work === "copy" && (request.restart || !(await store.started())))) {
    const named = { name: "flag --transform", value: formatValue(transform) };
    await assertTransformWorks({ client, source: source.name, mapping, named, mayFail });
  }
  return {
    client,
    source: source.name,
    mapping,
    control,
    allowNoActive: request.allowNoActive,
    tables: { source: source.id, target: target.id },
    hash: loaded.hash,
    sourceItems: source.items,
    targetItems: target.items,
    store,
  };
}

/** The table that is another one than the record says, since it was deleted and created again. */
export function recreatedTable(
  { source, mapping, tables }: OpenedMigration,
  recorded: TableIds,
): string | undefined {
  const same = (now: string, then: string) => then !== "" && now === then;
  if (!same(tables.source, recorded.source)) return source;
  return same(tables.target, recorded.target) ? undefined : mapping.target;
}

const refusedVersion = (version: number, rule: string, fix: string): SwapError =>
  usageError("version", String(version), rule, fix);

async function openTable(
  client: DynamoDBClient,
  name: string,
  version: number,
): Promise<{ name: string; id: string; schema: KeySchema; items: number }> {
  const table = await describeTable(client, name);
  if (table === undefined)
    throw refusedVersion(
      version,
      `its table "${name}" does not exist`,
      "declare the version and run pulumi up first",
    );
  if (table.TableStatus !== "ACTIVE" && table.TableStatus !== "UPDATING")
    throw refusedVersion(
      version,
      `its table "${name}" is ${table.TableStatus}`,
      "wait until it is ACTIVE",
    );
  return {
    name,
    id: tableId(table),
    schema: keySchemaFrom(name, table),
    items: table.ItemCount ?? 0,
  };
}

/**
 * Whether a run has no transform though the recorded copy of the same version had one: then all items differ,
 * and a repair would write them unchanged. A corrected transform is permitted.
 */
export const isTransformForgotten = (
  copied: MigrationStart | undefined,
  from: number,
  hash: string,
): boolean =>
  hash === "none" && copied !== undefined && copied.from === from && copied.transform !== "none";
