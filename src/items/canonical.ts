import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { canonicalDecimal } from "./decimal";
import type { Item } from "./item";

// A verification spends most of its time here: loops take half the time of map and join.

/**
 * Text that is equal for equal items, whatever the order of their attributes.
 *
 * @see {@link canonicalValue}
 */
export function canonicalItem(item: Item): string {
  let text = "";
  for (const name of sortInPlace(Object.keys(item)))
    text += lengthOf(name) + canonicalValue(item[name] as AttributeValue);
  return text;
}

/**
 * Text that is equal for equal values, as DynamoDB compares them: numbers by value with all their 38
 * digits, sets in any order, maps by their entries, binary by its bytes, and two values of different
 * types never. Lengths precede texts, so that no two values share a text.
 */
export function canonicalValue(value: AttributeValue): string {
  if (value.S !== undefined) return `S${lengthOf(value.S)}`;
  if (value.N !== undefined) return `N${lengthOf(canonicalDecimal(value.N))}`;
  if (value.BOOL !== undefined) return value.BOOL ? "T" : "F";
  if (value.NULL !== undefined) return "0";
  if (value.M !== undefined) return `M${Object.keys(value.M).length}{${canonicalItem(value.M)}}`;
  if (value.L !== undefined) return listText(value.L);
  if (value.B !== undefined) return `B${lengthOf(bytes(value.B))}`;
  if (value.SS !== undefined) return setText("s", value.SS.slice());
  if (value.NS !== undefined) return setText("n", value.NS.map(canonicalDecimal));
  if (value.BS !== undefined) return setText("b", value.BS.map(bytes));
  return `?${lengthOf(JSON.stringify(value))}`;
}

const lengthOf = (text: string): string => `${text.length}:${text}`;

function listText(values: readonly AttributeValue[]): string {
  let text = `L${values.length}[`;
  for (const value of values) text += canonicalValue(value);
  return `${text}]`;
}

/** @param members is sorted in place */
function setText(type: string, members: string[]): string {
  let distinct = 0;
  let text = "";
  let last: string | undefined;
  for (const member of sortInPlace(members)) {
    if (member === last) continue;
    last = member;
    distinct += 1;
    text += lengthOf(member);
  }
  return `${type}${distinct}{${text}}`;
}

/** Longest list that insertion sorts faster than `sort`, which calls out of the compiled code. */
const MAX_INSERTION = 24;

/** Sorts in place. */
function sortInPlace(texts: string[]): string[] {
  if (texts.length > MAX_INSERTION) return texts.sort();
  for (let next = 1; next < texts.length; next++) {
    const text = texts[next] as string;
    let at = next;
    for (; at > 0 && (texts[at - 1] as string) > text; at--) texts[at] = texts[at - 1] as string;
    texts[at] = text;
  }
  return texts;
}

const bytes = (binary: Uint8Array): string =>
  Buffer.from(binary.buffer, binary.byteOffset, binary.byteLength).toString("latin1");
