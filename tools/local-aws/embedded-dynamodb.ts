import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onlineIndexes } from "./dynalite/indexes";
import { AWS_CREATE_TABLE_MS, openDynalite } from "./dynalite/open";
import { dynalite } from "./emulator/engine";
import { type LocalDynamoDB, serve } from "./emulator/server";
import { MetadataStore } from "./emulator/table-metadata";
import { Upstream } from "./emulator/upstream";

/** Where the embedded DynamoDB listens and what it keeps. */
export interface EmbeddedOptions {
  /** Port to listen on; 0, the default, takes any free one. */
  port?: number;
  /** Folder to keep tables and items in; without it they last as long as the process. */
  path?: string;
  /** How long a new table stays CREATING, in ms; 10 by default. `AWS_CREATE_TABLE_MS` is AWS's. */
  createTableMs?: number;
}

/**
 * A DynamoDB in this process: dynalite behind an emulator that adds what it lacks.
 *
 * Added: time to live (kept and described; items are not expired), point-in-time recovery (the
 * setting, and restores to the latest moment), deletion protection, streams (described; no
 * records), table classes, tags on creation, global indexes of a live table. Refused in
 * DynamoDB's own error JSON: transactions, PartiQL, stream records, Kinesis, replicas,
 * encryption settings, on-demand and warm throughput, and whatever else it does not know.
 *
 * Credentials are not verified. All Regions share the same tables; an ARN names the Region its
 * table was made in. A failed condition does not return the old item.
 */
export async function startEmbeddedDynamoDB(options: EmbeddedOptions = {}): Promise<LocalDynamoDB> {
  const { path } = options;
  if (path !== undefined) mkdirSync(path, { recursive: true });
  const metadata = new MetadataStore(path && join(path, "notes.json"));
  const engine = await openDynalite(path && join(path, "items"), options.createTableMs);
  const upstream = new Upstream(engine.endpoint);
  try {
    const emulator = await serve(
      dynalite(onlineIndexes(engine.store), engine.nextRegion),
      upstream,
      metadata,
      options.port ?? 0,
    );
    const stop = async () => {
      await emulator.stop();
      await engine.close();
    };
    return { ...emulator, stop };
  } catch (error) {
    upstream.close();
    await engine.close();
    throw error;
  }
}

export type { LocalDynamoDB };
export { AWS_CREATE_TABLE_MS };
