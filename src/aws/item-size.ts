import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** Bytes of an item that one consistent read unit covers. */
export const READ_UNIT_BYTES = 4096;

/**
 * The size of an item in bytes, by the rule DynamoDB meters with; at most a byte a number too large,
 * since DynamoDB documents the size of a number as approximate.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + textSize(name) + valueSize(value),
    0,
  );
}

/** The size of one attribute value in bytes, without its name. */
export function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return textSize(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.NS !== undefined) return sum(value.NS, numberSize);
  if (value.SS !== undefined) return sum(value.SS, textSize);
  if (value.BS !== undefined) return sum(value.BS, (bytes) => bytes.byteLength);
  if (value.L !== undefined) return 3 + sum(value.L, (element) => 1 + valueSize(element));
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSize(value.M);
  return 1;
}

/** The size of text in bytes: its UTF-8 length. */
export const textSize = (text: string): number => Buffer.byteLength(text);

/** One byte for two digits and one more; another for a sign. */
function numberSize(digits: string): number {
  const significant = digits.replace(/[eE].*$/, "").replace(/\D/g, "").length;
  return Math.ceil(significant / 2) + (digits.startsWith("-") ? 2 : 1);
}

const sum = <T>(values: readonly T[], size: (value: T) => number): number =>
  values.reduce((total, value) => total + size(value), 0);
