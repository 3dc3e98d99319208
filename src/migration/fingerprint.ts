import { hash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { canonicalItem, type Item } from "../items";

/** Buckets of a fingerprint: memory is constant, 400 KB, whatever the number of items. */
export const BUCKETS = 2 ** 14;
/** 32-bit sums a bucket: 128 bits of each item's SHA-256. */
const LANES = 4;

/**
 * Sums of item digests, in buckets by key. Two sets of items with equal fingerprints are equal: that two
 * different ones agree by chance has a probability of about 2^-128. Where they differ, the buckets narrow
 * down the keys.
 *
 * Sums do not depend on order, so the fingerprints of segments can be added.
 */
export class Fingerprint {
  readonly #sums = new Uint32Array(BUCKETS * LANES);
  readonly #counts = new Float64Array(BUCKETS);
  #items = 0;

  /** Items added. */
  get items(): number {
    return this.#items;
  }

  /** @param id text that is equal for equal keys */
  add(id: string, item: Item): void {
    const bucket = bucketOf(id);
    const digest = digestOf(item);
    for (let lane = 0; lane < LANES; lane++) {
      const at = bucket * LANES + lane;
      // A typed array keeps the sum's lowest 32 bits.
      this.#sums[at] = (this.#sums[at] as number) + laneOf(digest, lane * 4);
    }
    this.#count(bucket);
  }

  /** Counts an item whose value the other set has under the same key, and leaves it out of the sums of both. */
  count(id: string): void {
    this.#count(bucketOf(id));
  }

  #count(bucket: number): void {
    this.#counts[bucket] = this.countOf(bucket) + 1;
    this.#items += 1;
  }

  /** Items in a bucket. */
  countOf(bucket: number): number {
    return this.#counts[bucket] as number;
  }

  /** The buckets in which two sets differ. */
  differing(other: Fingerprint): number[] {
    return this.#bucketsWhere(
      (bucket) => this.countOf(bucket) !== other.countOf(bucket) || !this.#sameSums(other, bucket),
    );
  }

  /**
   * Adds the items of another one, or takes their sums away. Counts are added in both cases: they then say how many
   * items the sums are of.
   */
  merge(other: Fingerprint, sign: 1 | -1 = 1): void {
    for (let at = 0; at < this.#sums.length; at++)
      this.#sums[at] = (this.#sums[at] as number) + sign * (other.#sums[at] as number);
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      this.#counts[bucket] = this.countOf(bucket) + other.countOf(bucket);
    this.#items += other.#items;
  }

  /** The buckets whose sums are not 0: after one set was taken from another, those in which they differ. */
  unbalanced(): number[] {
    const zero = new Fingerprint();
    return this.#bucketsWhere((bucket) => !this.#sameSums(zero, bucket));
  }

  /** At most 330,000 bytes, and fewer while most buckets are empty. A bucket counts up to 2^32 items. */
  toBytes(): Uint8Array {
    const counts = Uint32Array.from(this.#counts);
    return deflateRawSync(
      Buffer.concat([Buffer.from(this.#sums.buffer), Buffer.from(counts.buffer)]),
      { level: 1 },
    );
  }

  /** What {@link toBytes} was called on. */
  static fromBytes(bytes: Uint8Array): Fingerprint {
    const made = new Fingerprint();
    const words = new Uint32Array(new Uint8Array(inflateRawSync(bytes)).buffer);
    made.#sums.set(words.subarray(0, BUCKETS * LANES));
    made.#counts.set(words.subarray(BUCKETS * LANES));
    made.#items = made.#counts.reduce((sum, count) => sum + count, 0);
    return made;
  }

  #bucketsWhere(holds: (bucket: number) => boolean): number[] {
    const found: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) if (holds(bucket)) found.push(bucket);
    return found;
  }

  #sameSums(other: Fingerprint, bucket: number): boolean {
    for (let at = bucket * LANES; at < (bucket + 1) * LANES; at++)
      if (this.#sums[at] !== other.#sums[at]) return false;
    return true;
  }
}

/** The bucket of a key: FNV-1a with a final mix, since the lowest bits of FNV-1a are weak. */
export function bucketOf(id: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < id.length; index++)
    mixed = Math.imul(mixed ^ id.charCodeAt(index), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) & (BUCKETS - 1);
}

/** 128 bits of the SHA-256 of an item's value, a character for each byte: a buffer takes twice the time. */
export function digestOf(item: Item): string {
  return hash("sha256", canonicalItem(item), "binary").slice(0, LANES * 4);
}

/** Four bytes as a number. */
const laneOf = (digest: string, at: number): number =>
  digest.charCodeAt(at) |
  (digest.charCodeAt(at + 1) << 8) |
  (digest.charCodeAt(at + 2) << 16) |
  (digest.charCodeAt(at + 3) << 24);
