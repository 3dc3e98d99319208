/// <reference path="./dynalite.d.ts" />
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import dynalite = require("dynalite");
import db = require("dynalite/db");

/** How long a table stays CREATING, UPDATING or DELETING: long enough for a poll to see it. */
const TRANSITION_MS = 10;

/**
 * How long AWS takes to make an empty table, in ms. AWS states no figure: logs of `terraform apply` that people
 * published show 5 to 17 s for an `aws_dynamodb_table`, 11 s in the middle. This is one of the faster ones.
 */
export const AWS_CREATE_TABLE_MS = 7_000;

/** A running dynalite and the store inside it. */
export interface OpenDynalite {
  endpoint: string;
  store: db.Store;
  /** Names the Region in the ARN of the next table. */
  nextRegion(region: string): void;
  close(): Promise<void>;
}

/**
 * Starts dynalite on a free port of 127.0.0.1.
 * @param path folder of its LevelDB; in memory without
 * @param createTableMs how long a new table stays CREATING, in ms
 */
export async function openDynalite(
  path: string | undefined,
  createTableMs = TRANSITION_MS,
): Promise<OpenDynalite> {
  const { server, store } = withStore(path, createTableMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    nextRegion(region) {
      store.tableDb.awsRegion = region;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** dynalite does not expose its store: this intercepts the call of `db.create` that makes it. */
function withStore(
  path: string | undefined,
  createTableMs: number,
): { server: Server; store: db.Store } {
  const { create } = db;
  let store: db.Store | undefined;
  db.create = (options) => {
    store = create(options);
    return store;
  };
  try {
    const server = dynalite({
      ...(path === undefined ? {} : { path }),
      createTableMs,
      updateTableMs: TRANSITION_MS,
      deleteTableMs: TRANSITION_MS,
    });
    if (store === undefined) throw new Error("dynalite made no store: pin dynalite to 4.0.0");
    return { server, store };
  } finally {
    db.create = create;
  }
}
