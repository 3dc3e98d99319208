import { SwapError } from "../errors";

/** `swap.input-invalid`, with the value shown as JSON where it has a JSON form. */
export function invalid(
  name: string,
  value: unknown,
  rule: string,
  fix: string,
): SwapError<"swap.input-invalid"> {
  return new SwapError("swap.input-invalid", { name, value: shown(value), rule, fix });
}

function shown(value: unknown): string {
  if (value === undefined) return "(none)";
  if (typeof value === "function") return "(a function)";
  if (typeof value === "number") return String(value);
  if (typeof value === "object" && value !== null)
    return `(${value.constructor?.name ?? "object"})`;
  return JSON.stringify(value) ?? String(value);
}
