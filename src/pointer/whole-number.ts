import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** A whole number within ±2^53-1, or undefined; nothing is rounded. */
export function wholeNumber(value: AttributeValue | undefined): number | undefined {
  if (value?.N === undefined || !/^-?\d+$/.test(value.N)) return undefined;
  const number = Number(value.N);
  return Number.isSafeInteger(number) ? number : undefined;
}
