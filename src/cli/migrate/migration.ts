import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeTable, isTransientFailure } from "../../aws";
import { isSwapError, SwapError } from "../../errors";
import { type KeySchema, keySchemaFrom } from "../../items";
import { type Mapping, MigrationStore, type TableIds, tableId } from "../../migration";
import { type ControlTableRef, findActive, isBarred } from "../../pointer";
import { tableName } from "../../pointer/names";
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
}

/** Two versions of an alias, checked, and the record of the migration between them. */
export interface OpenedMigration {
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
  /** For a run that writes: refuses to go on once the target is active, and as {@link openMigration}. */
  assertWritable(): Promise<void>;
}

/**
 * Checks both versions and loads the transform.
 *
 * @param writes whether the target is to be written; then it must never have been active
 * @throws SwapError `swap.input-invalid` for versions that can't be migrated and for a bad transform, and as
 * `findActive`
 */
export async function openMigration(
  control: ControlTableRef,
  request: MigrationRequest,
  writes: boolean,
): Promise<OpenedMigration> {
  const { alias, from, to, transform } = request;
  if (from === to)
    throw refusedVersion(to, "both versions are the same", "name the version to copy to");
  const loaded = await loadTransform(transform);
  const { client } = control;
  if (writes)
    await assertNeverActive(
      control,
      request,
      "copy to a greater version, which has not been active",
    );
  const source = await openTable(client, alias, from);
  const target = await openTable(client, alias, to);
  return {
    client,
    source: source.name,
    mapping: {
      transform: loaded.transform,
      context: { alias, from, to },
      sourceSchema: source.schema,
      targetSchema: target.schema,
      target: target.name,
    },
    assertWritable: () =>
      assertNeverActive(
        control,
        request,
        `the run was stopped; swap verify ${alias} ${from} ${to} finds what it may have written over`,
      ),
    tables: { source: source.id, target: target.id },
    hash: loaded.hash,
    sourceItems: source.items,
    targetItems: target.items,
    store: new MigrationStore({ client }, alias, to),
  };
}

/**
 * Refuses a version that is or was active, or that no move can make active: it may have writes of its own
 * time that a copy would overwrite.
 */
async function assertNeverActive(
  control: ControlTableRef,
  { alias, to, allowNoActive }: MigrationRequest,
  fix: string,
): Promise<void> {
  const row = await findActive(control, alias);
  if (row === undefined) {
    if (allowNoActive) return;
    throw usageError(
      "alias",
      `"${alias}"`,
      `control table "${control.controlTable}" has no active version of it, so version ${to} may be active in another one`,
      "pass --control-table NAME, or --allow-no-active if no version is active yet",
    );
  }
  if (row.corrupt) throw new SwapError("swap.malformed-row", row.corrupt);
  if (row.version === to)
    throw refusedVersion(to, `it is the active version of alias "${alias}"`, fix);
  const known = [row.previous, ...row.history.map(({ version }) => version)];
  if (known.includes(to) || isBarred(row, to))
    throw refusedVersion(to, "it has been active, and may hold writes of its own time", fix);
  if (to < row.version)
    throw refusedVersion(
      to,
      `version ${row.version} is active, and only a greater one can follow`,
      fix,
    );
}

/** Pause between two checks that a run may go on, in milliseconds. */
const CHECK_EVERY_MS = 2_000;
/** How long a run goes on while its check can't be made, in milliseconds. */
const UNCHECKED_MS = 30_000;

/**
 * Does work while `check` holds, which is repeated every 2 s and once more when the work is done. A check
 * that fails ends the work by its signal; so does one that could not be made for 30 s.
 *
 * @throws what the check or the work throws; the signal's reason
 */
export async function whileChecked<T>(
  check: () => Promise<void>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const refused = new AbortController();
  const ended = new AbortController();
  const watch = async () => {
    let checkedAt = performance.now();
    for (;;) {
      await sleep(CHECK_EVERY_MS, undefined, { signal: ended.signal });
      try {
        await check();
        checkedAt = performance.now();
      } catch (error) {
        const unproven = isSwapError(error) && isTransientFailure(error);
        if (unproven && performance.now() - checkedAt < UNCHECKED_MS) continue;
        refused.abort(error);
        return;
      }
    }
  };
  const watching = watch().catch(() => {});
  try {
    const done = await work(AbortSignal.any([signal, refused.signal]));
    await check();
    return done;
  } finally {
    ended.abort();
    await watching;
  }
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
  alias: string,
  version: number,
): Promise<{ name: string; id: string; schema: KeySchema; items: number }> {
  const name = tableName(alias, version);
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
