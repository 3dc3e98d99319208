import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { canonicalDecimal } from "../items";

/** The expected value of an attribute; `null` is DynamoDB's NULL. */
export type Scalar = string | number | boolean | null;

/**
 * Describes how a stored attribute differs from the expected one, without showing either value; undefined
 * if they are equal. Numbers are compared by value, not by text.
 */
export function describeDifference(
  expected: Scalar,
  stored: AttributeValue | undefined,
): string | undefined {
  if (stored === undefined) return "absent";
  const [type, value] = typed(expected);
  const found = Object.keys(stored)[0] ?? "nothing";
  if (found !== type) return `of type ${found} where ${type} is wanted`;
  const storedValue =
    type === "N" ? canonicalDecimal(stored.N as string) : Object.values(stored)[0];
  return storedValue === value ? undefined : "with another value";
}

function typed(expected: Scalar): ["S" | "N" | "BOOL" | "NULL", string | boolean] {
  if (expected === null) return ["NULL", true];
  if (typeof expected === "boolean") return ["BOOL", expected];
  return typeof expected === "number" ? ["N", canonicalDecimal(String(expected))] : ["S", expected];
}
