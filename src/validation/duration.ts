import { SwapError } from "../errors";
import { formatType } from "./format-value";

/** Clock difference between two machines that is not taken for a time in the future, in milliseconds. */
export const CLOCK_SKEW_MS = 60_000;

const MS_OF = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses a duration to milliseconds, such as "90s", "10m", "1.5h" or "0s": one whole or decimal number and
 * one unit of ms, s, m, h, d, without a sign or spaces. Rounded to whole milliseconds.
 *
 * @param name what the duration is for, as the error shows it, such as `readiness.waitFor`
 * @throws SwapError `swap.input-invalid` for anything else, and beyond 2^53-1 milliseconds
 */
export function parseDuration(text: unknown, name: string): number {
  const parts = typeof text === "string" ? /^(\d+(?:\.\d+)?)(ms|[smhd])$/.exec(text) : null;
  const ms = parts
    ? Math.round(Number(parts[1]) * MS_OF[parts[2] as keyof typeof MS_OF])
    : undefined;
  if (ms !== undefined && Number.isSafeInteger(ms)) return ms;
  throw new SwapError("swap.input-invalid", {
    name,
    value: formatType(text),
    rule: ms === undefined ? ruleFor(text) : "it is beyond 2^53-1 milliseconds",
    fix: 'write it such as "90s", "10m" or "24h"',
  });
}

function ruleFor(text: unknown): string {
  return typeof text === "string"
    ? "want a number and one unit of ms, s, m, h, d"
    : `it is ${text === null ? "null" : Array.isArray(text) ? "a list" : typeof text}, want text`;
}
