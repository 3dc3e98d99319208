import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { canonicalDecimal } from "./decimal";
import type { Item } from "./item";

/**
 * Text that is equal for equal items, whatever the order of their attributes.
 *
 * @see {@link canonicalValue}
 */
export function canonicalItem(item: Item): string {
  let text = "";
  for (const name of Object.keys(item).sort())
    text += `${lengthOf(name)}${canonicalValue(item[name] as AttributeValue)}`;
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
  if (value.L !== undefined) return `L${value.L.length}[${value.L.map(canonicalValue).join("")}]`;
  if (value.B !== undefined) return `B${lengthOf(bytes(value.B))}`;
  if (value.SS !== undefined) return setText("s", value.SS);
  if (value.NS !== undefined) return setText("n", value.NS.map(canonicalDecimal));
  if (value.BS !== undefined) return setText("b", value.BS.map(bytes));
  return `?${lengthOf(JSON.stringify(value))}`;
}

const lengthOf = (text: string): string => `${text.length}:${text}`;

const setText = (type: string, members: readonly string[]): string => {
  const distinct = [...new Set(members)].sort();
  return `${type}${distinct.length}{${distinct.map(lengthOf).join("")}}`;
};

const bytes = (binary: Uint8Array): string =>
  Buffer.from(binary.buffer, binary.byteOffset, binary.byteLength).toString("latin1");
