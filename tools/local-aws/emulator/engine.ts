import type { Json } from "./json";

/** Adding and dropping a global index of a live table, where the engine cannot by itself. */
export interface OnlineIndexes {
  /** Builds the index from the items there are; later writes keep it up. */
  create(table: string, attributes: Json[], index: Json): Promise<void>;
  drop(table: string, index: string): Promise<void>;
}

/** What the emulator must know of the DynamoDB behind it. */
export interface Engine {
  /** How messages call it. */
  name: string;
  /** Operations it serves; undefined where it answers clearly for itself. */
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
 * encryption, of which it drops the last two and tags on CreateTable without a word.
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
