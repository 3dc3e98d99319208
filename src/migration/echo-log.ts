import { createHash } from "node:crypto";
import { canonicalItem, type Item, type KeySchema, keyIdentity } from "../items";
import { getItems } from "./get-items";
import { migrationTable, numberAttribute } from "./migration-rows";
import type { Requests } from "./request";
import { writeItems } from "./write-items";

/** How long an entry is kept, in seconds: longer than a stream holds the record of its write. */
const KEEP_S = 26 * 3_600;

const SCHEMA: KeySchema = [
  { name: "pk", type: "S" },
  { name: "sk", type: "S" },
];

/** A change of an item, as the stream of its table records it. */
export interface ItemChange {
  key: Item;
  /** The item before; undefined if it was inserted. */
  oldImage: Item | undefined;
  /** The item after; undefined if it was deleted. */
  newImage: Item | undefined;
}

/** A table of a migration, as one that is replicated to. */
export interface EchoedTable {
  version: number;
  schema: KeySchema;
}

/**
 * What the replication is about to write, entered before it is written, so that the streams' records of these writes
 * can be distinguished from those of other writers. An entry is a digest of a key with its old and new image; DynamoDB
 * removes it by its time to live, the attribute `expires`.
 *
 * A write of another process that changes an item from and to what the replication did in the last 26 hours looks like
 * that one. Entries are spread over 256 partitions.
 */
export class EchoLog {
  readonly #table: string;
  readonly #pk: string;

  /** @param run the run whose writes they are: entries of another one don't count */
  constructor(
    private readonly at: Requests,
    alias: string,
    to: number,
    private readonly run: string,
  ) {
    this.#table = migrationTable(alias);
    this.#pk = `${alias}#${to}#echo#`;
  }

  /**
   * Enters changes. Cost: a write unit for each.
   *
   * @throws SwapError for a failure that may pass: then none of them may be made
   */
  async add(
    table: EchoedTable,
    changes: readonly ItemChange[],
    now: number = Date.now(),
  ): Promise<void> {
    const expires = numberAttribute(Math.floor(now / 1_000) + KEEP_S);
    const put = changes.map((change) => ({ put: { ...this.#key(table, change), expires } }));
    await writeItems({ ...this.at, table: this.#table }, put);
  }

  /** Whether each change was entered. Cost: a read unit for each. */
  async known(table: EchoedTable, changes: readonly ItemChange[]): Promise<boolean[]> {
    const keys = changes.map((change) => this.#key(table, change));
    const found = await getItems(this.at, this.#table, SCHEMA, keys);
    return keys.map((key) => found.has(keyIdentity(key, SCHEMA)));
  }

  #key({ version, schema }: EchoedTable, { key, oldImage, newImage }: ItemChange): Item {
    const [before, after] = [oldImage, newImage].map((image) =>
      image ? canonicalItem(image) : "",
    );
    const id = keyIdentity(key, schema);
    const text = JSON.stringify([this.run, version, id, before, after]);
    const digest = createHash("sha256").update(text).digest("hex");
    return { pk: { S: this.#pk + digest.slice(0, 2) }, sk: { S: digest.slice(2, 42) } };
  }
}
