import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { SwapError, type SwapErrorPayloads } from "../errors";
import { wholeNumber } from "./whole-number";

/** Required types of the attributes that our writes and their conditions use. */
const attributeTypes = {
  hist: "L",
  barred: "NS",
  blow: "N",
  bopen: "NS",
  retired: "NS",
  rlow: "N",
  ropen: "NS",
} as const;

/**
 * The first attribute of ours that another writer has overwritten with another type, or a floor that is no
 * whole number; undefined when all are valid. DynamoDB's own error names neither the row nor the attribute.
 */
export function corruptAttribute(
  controlTable: string,
  alias: string,
  row: Record<string, AttributeValue> | undefined,
): SwapErrorPayloads["swap.malformed-row"] | undefined {
  if (row === undefined) return undefined;
  for (const [attribute, type] of Object.entries(attributeTypes)) {
    const value = row[attribute];
    if (value && (!(type in value) || (type === "N" && wholeNumber(value) === undefined)))
      return { alias, controlTable, attribute, found: formatAttribute(value) };
  }
  return undefined;
}

/** The error for {@link corruptAttribute}; undefined when there is none. */
export function corruptRowError(
  controlTable: string,
  alias: string,
  row: Record<string, AttributeValue> | undefined,
): SwapError<"swap.malformed-row"> | undefined {
  const found = corruptAttribute(controlTable, alias, row);
  return found && new SwapError("swap.malformed-row", found);
}

/** Formats an attribute value with its type, for an error message. */
export function formatAttribute(value: AttributeValue | undefined): string {
  // A DynamoDB emulator may send null, which DynamoDB never does.
  if (value === undefined || value === null) return "nothing";
  const [type, content] = Object.entries(value)[0] ?? ["?", undefined];
  const text =
    typeof content === "string" ? JSON.stringify(content) : type === "NULL" ? "null" : "…";
  return `${text.length > 80 ? `${text.slice(0, 80)}…` : text} (${type})`;
}
