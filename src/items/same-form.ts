import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "./item";

/**
 * Whether two items are written alike, but for the order of their attributes. Items that are have equal values;
 * of those that are not, {@link canonicalItem} tells. It takes a tenth of the time.
 */
export function sameForm(item: Item, other: Item): boolean {
  let names = 0;
  for (const name in item) {
    const value = other[name];
    if (value === undefined || !alike(item[name] as AttributeValue, value)) return false;
    names += 1;
  }
  for (const _ in other) names -= 1;
  return names === 0;
}

function alike(value: AttributeValue, other: AttributeValue): boolean {
  if (value.S !== undefined) return value.S === other.S;
  if (value.N !== undefined) return value.N === other.N;
  if (value.BOOL !== undefined) return value.BOOL === other.BOOL;
  if (value.NULL !== undefined) return other.NULL !== undefined;
  if (value.M !== undefined) return other.M !== undefined && sameForm(value.M, other.M);
  if (value.L !== undefined) return sameList(value.L, other.L, alike);
  if (value.B !== undefined) return other.B !== undefined && sameBytes(value.B, other.B);
  if (value.SS !== undefined) return sameList(value.SS, other.SS, Object.is);
  if (value.NS !== undefined) return sameList(value.NS, other.NS, Object.is);
  if (value.BS !== undefined) return sameList(value.BS, other.BS, sameBytes);
  return false;
}

function sameList<T>(
  values: readonly T[],
  others: readonly T[] | undefined,
  same: (value: T, other: T) => boolean,
): boolean {
  if (values.length !== others?.length) return false;
  for (let at = 0; at < values.length; at++)
    if (!same(values[at] as T, others[at] as T)) return false;
  return true;
}

const sameBytes = (bytes: Uint8Array, others: Uint8Array): boolean =>
  Buffer.compare(bytes, others) === 0;
