import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Json, text } from "./json";

/** What the emulator knows of one table beyond what the upstream keeps. */
export interface TableMetadata {
  ttlAttribute?: string;
  recovery?: { sinceMs: number; days: number };
  deletionProtection?: boolean;
  tableClass?: { name: string; updatedMs?: number };
  stream?: { viewType: string; enabled: boolean; label: string };
  tags?: Record<string, string>;
  restore?: { sourceArn: string; atMs: number; inProgress: boolean };
}

/**
 * The metadata of every table, in memory, and in a JSON file where `file` is given.
 *
 * They belong to one creation of a table: a table deleted and made again starts without any, also
 * where the deletion went past the emulator.
 */
export class MetadataStore {
  private readonly tables: Map<string, TableMetadata>;

  constructor(private readonly file?: string) {
    this.tables = new Map(file === undefined ? [] : load(file));
  }

  /** A copy of the metadata of a table as the upstream describes it; empty if there is none. */
  get(table: Json): TableMetadata {
    return { ...this.tables.get(keyOf(table)) };
  }

  set(table: Json, metadata: TableMetadata): void {
    this.tables.set(keyOf(table), metadata);
    this.write();
  }

  delete(table: Json): void {
    if (this.tables.delete(keyOf(table))) this.write();
  }

  private write(): void {
    if (this.file === undefined) return;
    const draft = `${this.file}.new`;
    writeFileSync(draft, JSON.stringify([...this.tables]));
    renameSync(draft, this.file);
  }
}

/** DynamoDB Local gives no TableId; its creation time, in milliseconds, tells tables apart. */
const keyOf = (table: Json): string =>
  `${text(table, "TableName")}@${text(table, "TableId") ?? table.CreationDateTime}`;

function load(file: string): [string, TableMetadata][] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as [string, TableMetadata][];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new Error(
      `${file} does not hold the metadata of a local DynamoDB: delete the folder it is in, data and all`,
    );
  }
}
