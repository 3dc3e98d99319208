/** The parts of dynalite 4 that this project uses; the package ships no types. */
declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    path?: string;
    createTableMs?: number;
    updateTableMs?: number;
    deleteTableMs?: number;
  }

  function dynalite(options?: DynaliteOptions): Server;
  export = dynalite;
}

declare module "dynalite/db" {
  import type { Readable } from "node:stream";

  type Callback<T = void> = (error?: Error | null, value?: T) => void;
  type Item = Record<string, unknown>;

  interface KeySchemaElement {
    AttributeName: string;
    KeyType: string;
  }

  interface IndexRecord {
    IndexName: string;
    KeySchema: KeySchemaElement[];
    [detail: string]: unknown;
  }

  interface TableRecord {
    TableName: string;
    TableArn: string;
    TableStatus: string;
    KeySchema: KeySchemaElement[];
    AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
    GlobalSecondaryIndexes?: IndexRecord[];
    LocalSecondaryIndexes?: IndexRecord[];
    [detail: string]: unknown;
  }

  interface SubStore<T> {
    get(key: string, callback: Callback<T>): void;
    put(key: string, value: T, callback: Callback): void;
    lock(key: string, holding: (release: (then: Callback) => Callback) => void): void;
    createValueStream(): Readable;
  }

  interface Store {
    tableDb: SubStore<TableRecord> & { awsRegion: string; awsAccountId: string };
    getItemDb(table: string): SubStore<Item>;
    getIndexDb(kind: "Global" | "Local", table: string, index: string): SubStore<Item>;
    deleteIndexDb(kind: "Global" | "Local", table: string, index: string, done: Callback): void;
  }

  function create(options?: object): Store;
  function createKey(item: Item, table: TableRecord): string;
  function getIndexActions(
    indexes: IndexRecord[],
    existing: Item | undefined,
    item: Item | undefined,
    table: TableRecord,
  ): { puts: { index: string; key: string; item: Item }[] };
}
