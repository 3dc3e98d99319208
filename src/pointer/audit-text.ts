import { SwapError } from "../errors";
import { formatValue } from "../validation";

/**
 * Longest reason or actor, in characters. Every read pays for the whole row, so the history shortens
 * the notes of older moves.
 */
export const MAX_AUDIT_TEXT_LENGTH = 256;

/**
 * Checks a reason or an actor: text of 1 to {@link MAX_AUDIT_TEXT_LENGTH} characters, or undefined.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function assertAuditText(name: string, value: unknown): asserts value is string | undefined {
  if (value === undefined) return;
  const rule =
    typeof value !== "string"
      ? `it is ${value === null ? "null" : typeof value}, not text`
      : value.trim() === ""
        ? "it is empty"
        : value.length > MAX_AUDIT_TEXT_LENGTH
          ? `it has ${value.length} characters, at most ${MAX_AUDIT_TEXT_LENGTH} are kept`
          : undefined;
  if (rule !== undefined)
    throw new SwapError("swap.input-invalid", {
      name,
      value: formatValue(typeof value === "string" ? value.slice(0, 40) : value),
      rule,
      fix: "shorten it, or leave it out",
    });
}
