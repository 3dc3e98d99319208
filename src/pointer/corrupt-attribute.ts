import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { SwapError, type SwapErrorPayloads } from "../errors";

/** The types that our writes and their conditions need, by attribute. */
const types = { hist: "L", barred: "NS", retired: "NS" } as const;

/**
 * The first attribute of ours that something else has overwritten with another type; undefined when
 * all are in order. DynamoDB's own text names neither the row nor the attribute.
 */
export function corruptAttribute(
  controlTable: string,
  alias: string,
  row: Record<string, AttributeValue> | undefined,
): SwapErrorPayloads["swap.malformed-row"] | undefined {
  if (row === undefined) return undefined;
  for (const [attribute, type] of Object.entries(types)) {
    const value = row[attribute];
    if (value && !(type in value))
      return { alias, controlTable, attribute, found: formatAttribute(value) };
  }
  return undefined;
}

/**
 * Why DynamoDB can't apply our writes to a row whose version is in order: a corrupt attribute.
 */
export function corruptRowError(
  controlTable: string,
  alias: string,
  row: Record<string, AttributeValue> | undefined,
): SwapError<"swap.malformed-row"> | undefined {
  const found = corruptAttribute(controlTable, alias, row);
  return found && new SwapError("swap.malformed-row", found);
}

/** A value as an error shows it, with its type. */
export function formatAttribute(value: AttributeValue | undefined): string {
  // Null in an answer that breaks DynamoDB's own rules, as a stand-in for it may send.
  if (value === undefined || value === null) return "nothing";
  const [type, held] = Object.entries(value)[0] ?? ["?", undefined];
  const text = typeof held === "string" ? JSON.stringify(held) : type === "NULL" ? "null" : "…";
  return `${text.length > 80 ? `${text.slice(0, 80)}…` : text} (${type})`;
}
