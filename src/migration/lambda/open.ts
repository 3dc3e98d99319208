import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type ControlTableRef, describeTable } from "../../aws";
import { createClient } from "../../aws/connection";
import { type KeySchema, keySchemaFrom } from "../../items";
import { type TableIds, tableId } from "../migration-rows";
import { MigrationStore } from "../store";
import type { Mapping, Transform } from "../transform";

/** A migration as a function's environment declares it. */
export interface MigrationSettings {
  alias: string;
  from: number;
  to: number;
  controlTable: string;
  source: string;
  target: string;
  /** File of the transform, in the function's archive; absent if items are copied unchanged. */
  transformFile: string | undefined;
  /** Functions that copy at a time; undefined if it is unknown. */
  concurrency: number | undefined;
  /** What identifies the transform: see {@link MigrationStart}. */
  transformHash: string;
  /** File of the inverse, in the function's archive; absent if items go back unchanged, or not at all. */
  inverseFile: string | undefined;
  /** The hash of the inverse; "same" if items go back unchanged, "none" if they don't go back. */
  inverseHash: string;
  /** Whether an item that goes there and back may differ. */
  lossy: boolean;
}

/** A migration with its connection, transform and key schemas. */
export interface Migration extends MigrationSettings {
  client: DynamoDBClient;
  control: ControlTableRef;
  mapping: Mapping;
  /** How items of the new version map to items of the old one; undefined if they don't go back. */
  inverse: Mapping | undefined;
  tables: TableIds;
  store: MigrationStore;
}

/** @throws Error naming the variable that is missing */
export function settingsFrom(env: NodeJS.ProcessEnv): MigrationSettings {
  const required = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`environment variable ${name} is missing`);
    return value;
  };
  return {
    alias: required("SWAP_ALIAS"),
    from: Number(required("SWAP_FROM")),
    to: Number(required("SWAP_TO")),
    controlTable: required("SWAP_CONTROL_TABLE"),
    source: required("SWAP_SOURCE_TABLE"),
    target: required("SWAP_TARGET_TABLE"),
    concurrency: Number(env.SWAP_CONCURRENCY) || undefined,
    transformFile: env.SWAP_TRANSFORM || undefined,
    transformHash: env.SWAP_TRANSFORM_HASH || "none",
    inverseFile: env.SWAP_INVERSE || undefined,
    inverseHash: env.SWAP_INVERSE_HASH || "none",
    lossy: env.SWAP_LOSS === "declared",
  };
}

/** Longest time of one attempt of a request, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * Opens a migration: loads the transform and the inverse, and describes both tables.
 *
 * @throws SwapError; what the files of the transform and the inverse throw
 */
export async function openFromSettings(
  settings: MigrationSettings,
  folder: string,
  client: DynamoDBClient,
): Promise<Migration> {
  const { alias, from, to, controlTable, transformFile, inverseFile, inverseHash } = settings;
  const transform = transformFile && (await importTransform(folder, transformFile));
  const inverse = inverseFile && (await importTransform(folder, inverseFile));
  const source = await describeSide(client, settings.source);
  const target = await describeSide(client, settings.target);
  return {
    ...settings,
    client,
    control: { client, controlTable },
    mapping: {
      transform: transform || undefined,
      context: { alias, from, to },
      sourceSchema: source.schema,
      targetSchema: target.schema,
      target: settings.target,
    },
    inverse:
      inverseHash === "none"
        ? undefined
        : {
            transform: inverse || undefined,
            context: { alias, from: to, to: from },
            sourceSchema: target.schema,
            targetSchema: source.schema,
            target: settings.source,
          },
    tables: { source: source.id, target: target.id },
    store: new MigrationStore({ client }, alias, to),
  };
}

export function newClient(): DynamoDBClient {
  return createClient({}, {}, { timeoutMs: TIMEOUT_MS });
}

async function importTransform(folder: string, file: string): Promise<Transform> {
  const { href } = pathToFileURL(join(folder, file));
  const module = (await import(href)) as { default?: unknown };
  if (typeof module.default !== "function")
    throw new Error(`the default export of ${file} is no function`);
  return module.default as Transform;
}

async function describeSide(
  client: DynamoDBClient,
  name: string,
): Promise<{ id: string; schema: KeySchema }> {
  const table = await describeTable(client, name);
  return { id: tableId(table), schema: keySchemaFrom(name, table) };
}
