import { SwapError } from "../../errors";
import { formatValue } from "../../validation";

/** Why `value` can't be written as a version, or undefined when it can. */
export function versionRule(value: unknown): string | undefined {
  if (typeof value === "string") return "it is text, want a number without quotes";
  if (typeof value !== "number")
    return `it is ${value === null ? "null" : typeof value}, want a number`;
  if (Number.isNaN(value)) return "it is not a number";
  if (!Number.isInteger(value)) return "want a whole number";
  if (value < 1) return "want 1 or greater";
  if (!Number.isSafeInteger(value)) return `want at most ${Number.MAX_SAFE_INTEGER} (2^53-1)`;
  return undefined;
}

/**
 * Checks a version to be written or named: a whole number from 1 to 2^53-1.
 *
 * @throws SwapError `swap.version-out-of-range`
 */
export function assertVersion(value: unknown): asserts value is number {
  const rule = versionRule(value);
  if (rule !== undefined)
    throw new SwapError("swap.version-out-of-range", {
      value: formatValue(value),
      rule,
      source: "input",
    });
}
