import type { AttributeValue, TableDescription } from "@aws-sdk/client-dynamodb";
import { canonicalDecimal } from "./decimal";
import { copyItem, type Item } from "./item";

export type KeyType = "S" | "N" | "B";

/** The key attributes of a table, partition key first. */
export type KeySchema = { name: string; type: KeyType }[];

/** Longest key value that a message shows, in characters. */
const MAX_VALUE_LENGTH = 60;

const MAX_PARTITION_KEY_BYTES = 2_048;
const MAX_SORT_KEY_BYTES = 1_024;
const MAX_DIGITS = 38;
/** Powers of ten of the smallest and the greatest number, but for the sign. */
const MIN_MAGNITUDE = -130;
const MAX_MAGNITUDE = 125;

/**
 * The key schema in a table's description.
 *
 * @throws Error if the description holds no key with its types
 */
export function keySchemaFrom(table: string, description: TableDescription | undefined): KeySchema {
  const typeOf = new Map(
    description?.AttributeDefinitions?.map((each) => [each.AttributeName, each.AttributeType]),
  );
  const schema = description?.KeySchema?.map(({ AttributeName }) => ({
    name: AttributeName as string,
    type: typeOf.get(AttributeName) as KeyType,
  }));
  if (!schema || schema.length === 0 || schema.some(({ type }) => type === undefined))
    throw new Error(`DescribeTable tells no key of table "${table}"`);
  return schema;
}

/**
 * Extracts an item's key for a schema; undefined if the item has no such key. The key is a copy: it stays if
 * the item is changed.
 */
export function keyOf(item: Item, schema: KeySchema): Item | undefined {
  if (!hasKey(item, schema)) return undefined;
  return copyItem(
    Object.fromEntries(schema.map(({ name }) => [name, item[name] as AttributeValue])),
  );
}

/** Whether {@link keyOf} finds a key. */
export function hasKey(item: Item, schema: KeySchema): boolean {
  for (const { name, type } of schema) {
    const content = item[name]?.[type];
    // DynamoDB does not allow an empty string or binary in a key.
    if (content === undefined || content.length === 0) return false;
  }
  return true;
}

/**
 * Why DynamoDB can't hold the key of an item that {@link hasKey}: a number that is none, of more than 38
 * digits, or out of range, or a value that is too long. Undefined if it can.
 *
 * Source: DynamoDB Developer Guide, Constraints in Amazon DynamoDB.
 */
export function keyFault(item: Item, schema: KeySchema): string | undefined {
  for (const [index, { name, type }] of schema.entries()) {
    const value = (item[name] as AttributeValue)[type] as string | Uint8Array;
    const fault = type === "N" ? numberFault(value as string) : lengthFault(value, index === 0);
    if (fault !== undefined) return `key attribute "${name}" ${fault}`;
  }
  return undefined;
}

function numberFault(text: string): string | undefined {
  if (/^-?\d{1,38}$/.test(text)) return undefined;
  const parts = /^-?(\d+)e(-?\d+)$/.exec(canonicalDecimal(text));
  if (parts === null) return canonicalDecimal(text) === "0" ? undefined : "is no number";
  const digits = (parts[1] as string).length;
  if (digits > MAX_DIGITS) return `has ${digits} digits, at most ${MAX_DIGITS} are possible`;
  const magnitude = digits - 1 + Number(parts[2]);
  if (magnitude >= MIN_MAGNITUDE && magnitude <= MAX_MAGNITUDE) return undefined;
  return `is out of range, 1e${MIN_MAGNITUDE} to below 1e${MAX_MAGNITUDE + 1}`;
}

function lengthFault(value: string | Uint8Array, partition: boolean): string | undefined {
  const most = partition ? MAX_PARTITION_KEY_BYTES : MAX_SORT_KEY_BYTES;
  // A UTF-16 unit takes 3 bytes of UTF-8 at most.
  if (value.length * 3 <= most) return undefined;
  const bytes = Buffer.byteLength(value);
  return bytes > most ? `has ${bytes} bytes, at most ${most} are possible` : undefined;
}

/** Text that is equal for equal keys, also if their numbers are written differently. */
export function keyIdentity(item: Item, schema: KeySchema): string {
  return JSON.stringify(
    schema.map(({ name }) => {
      const value = item[name];
      return value?.N !== undefined ? canonicalDecimal(value.N) : textOf(value);
    }),
  );
}

/**
 * Formats a key for a message: on one line, long values truncated, binary in base64.
 *
 * @param schema default: all attributes, in the order that they have
 */
export function keyText(
  item: Item,
  schema: readonly { name: string }[] = Object.keys(item).map((name) => ({ name })),
): string {
  const fields = schema.map(({ name }) => {
    const value = item[name];
    const text = value?.N ?? JSON.stringify(cut(textOf(value)));
    return `${JSON.stringify(name)}:${text}`;
  });
  return `{${fields.join(",")}}`;
}

/** Formats up to three keys and the number of others. */
export function keyList(texts: readonly string[]): string {
  const shown = texts.slice(0, 3).join(", ");
  return texts.length > 3 ? `${shown} and ${texts.length - 3} more` : shown;
}

function textOf(value: AttributeValue | undefined): string {
  if (value?.B !== undefined) return Buffer.from(value.B).toString("base64");
  return value?.S ?? "";
}

function cut(text: string): string {
  const characters = Array.from(text);
  return characters.length > MAX_VALUE_LENGTH
    ? `${characters.slice(0, MAX_VALUE_LENGTH).join("")}…`
    : text;
}
