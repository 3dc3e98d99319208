import { createHash } from "node:crypto";
import { type Item, type KeySchema, keyIdentity } from "../items";

/**
 * Why a source key is parked: the transform failed, DynamoDB refused the item it made, or another source
 * key has the same target key.
 */
export type ParkedKind = "transform" | "refused" | "collision";

/** A source key whose item could not be written, and why. */
export interface ParkedKey {
  sourceKey: Item;
  kind: ParkedKind;
  reason: string;
}

/** Records what could not be written. Both calls may be repeated. */
export interface ParkedKeys {
  /** The number of keys that are parked. */
  readonly count: number;
  park(entry: ParkedKey): Promise<void>;
  /** Removes the record of a key that was written after all; does nothing if there is none. */
  unpark(sourceKey: Item): Promise<void>;
}

/** A short text for a source key, equal for equal keys: 32 hexadecimal digits of its SHA-256. */
export function keyHash(sourceKey: Item, schema: KeySchema): string {
  const identity = keyIdentity(sourceKey, schema);
  return createHash("sha256").update(identity).digest("hex").slice(0, 32);
}
