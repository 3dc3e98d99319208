import type { Json } from "./json";

/** Adds and drops a global index of a live table, for an engine that can't. */
export interface OnlineIndexes {
  /** Builds the index from the present items; later writes maintain it. */
  create(table: string, attributes: Json[], index: Json): Promise<void>;
  drop(table: string, index: string): Promise<void>;
}

/** What the emulator must know of the DynamoDB behind it. */
export interface Engine {
  /** Its name in messages. */
  name: string;
  /** Operations it serves; undefined if its own error for others is clear. */
  operations?: ReadonlySet<string>;
  /** Settings of CreateTable and UpdateTable, beyond the common ones, that it keeps itself. */
  settings: ReadonlySet<string>;
  /** Whether it keeps the time-to-live setting itself. */
  timeToLive: boolean;
  indexes?: OnlineIndexes;
  /** Says which Region the ARN of the next table names, where the engine needs it. */
  nextRegion?(region: string): void;
}

/**
 * AWS's DynamoDB Local 3: serves all but tags, point-in-time recovery, table classes and
 * encryption, of which it drops the last two, and tags on CreateTable, silently.
 */
export const DYNAMODB_LOCAL: Engine = {
  name: "DynamoDB Local",
  settings: new Set(["StreamSpecification", "DeletionProtectionEnabled", "OnDemandThroughput"]),
  timeToLive: true,
};

/** dynalite 4: items, queries and table life; drops every setting it does not know. */
export const dynalite = (indexes: OnlineIndexes, nextRegion: (region: string) => void): Engine => ({
  name: "the embedded DynamoDB",
  operations: new Set([
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "ListTables",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
  ]),
  settings: new Set(),
  timeToLive: false,
  indexes,
  nextRegion,
});
