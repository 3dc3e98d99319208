import { SwapError } from "../errors";
import { versionRule } from "../pointer/names";
import { formatValue } from "../validation";

/**
 * The version that a flag names.
 *
 * @throws SwapError `swap.version-out-of-range`
 */
export function versionOf(text: string): number {
  const version = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const rule = Number.isNaN(version) ? "want a whole number" : versionRule(version);
  if (rule !== undefined)
    throw new SwapError("swap.version-out-of-range", {
      value: formatValue(text),
      rule,
      source: "input",
    });
  return version;
}
