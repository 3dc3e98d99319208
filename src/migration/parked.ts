import { createHash } from "node:crypto";
import { SwapError } from "../errors";
import { type Item, type KeySchema, keyIdentity } from "../items";

/** Parked keys above which a run stops: then the transform is wrong, rather than an item. */
export const MAX_PARKED = 10_000;
/** Keys that are parked at a time. */
const PARKED_AT_ONCE = 25;

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
  /** For `collision`: the other source key, as it was found. */
  other?: Item | undefined;
  /** Present if it is a key of the version written, whose item can't go back. */
  back?: true;
}

/** Records what could not be written. Both calls may be repeated. */
export interface ParkedKeys {
  /** The number of keys that are parked. */
  readonly count: number;
  park(entry: ParkedKey): Promise<void>;
  /** Removes the record of a key that was written after all; does nothing if there is none. */
  unpark(sourceKey: Item): Promise<void>;
}

/**
 * Parks keys, 25 at a time.
 *
 * @throws SwapError `swap.input-invalid` once more than 10,000 keys are parked
 */
export async function parkAll(parked: ParkedKeys, entries: readonly ParkedKey[]): Promise<void> {
  for (let start = 0; start < entries.length; start += PARKED_AT_ONCE) {
    const some = entries.slice(start, start + PARKED_AT_ONCE);
    await Promise.all(some.map((entry) => parked.park(entry)));
    if (parked.count > MAX_PARKED) throw tooManyParked(parked.count, some.at(-1) as ParkedKey);
  }
}

function tooManyParked(count: number, { reason }: ParkedKey): SwapError {
  return new SwapError("swap.input-invalid", {
    name: "number of parked items",
    value: count.toLocaleString("en-US"),
    rule: `a run stops above ${MAX_PARKED.toLocaleString("en-US")}; the last reason is: ${reason}`,
    fix: "correct the transform or the items, then begin a new run: swap migrate copy with --restart; with migrateFrom, take it out, run pulumi up, and declare it again",
  });
}

/** A short text for a source key, equal for equal keys: 32 hexadecimal digits of its SHA-256. */
export function keyHash(sourceKey: Item, schema: KeySchema): string {
  const identity = keyIdentity(sourceKey, schema);
  return createHash("sha256").update(identity).digest("hex").slice(0, 32);
}
