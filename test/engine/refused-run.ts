import { SwapError, type SwapErrorCode, type SwapErrorPayloads } from "../../src/errors";
import { lineStart } from "../support/refused-inputs";
import type { Run } from "./project";

/** A run that must fail with this line and no stack trace. */
export function refused(run: Run, line: RegExp): void {
  expect(run.code).not.toBe(0);
  expect(run.output).toMatch(line);
  expect(run.output).not.toMatch(/^\s+at .*[(:]/m);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * A pattern of an error's message, worded as the code words it: given fields as given, a pattern where one
 * is given, and anything for the rest.
 */
export function messageOf<C extends SwapErrorCode>(
  code: C,
  given: { [K in keyof SwapErrorPayloads[C]]?: SwapErrorPayloads[C][K] | RegExp | undefined },
): RegExp {
  const patterns: string[] = [];
  const payload = new Proxy(given, {
    get(_target, name: keyof typeof given & string) {
      const value = given[name];
      if (name in given && !(value instanceof RegExp)) return value;
      patterns.push(value instanceof RegExp ? value.source : ".*");
      return `⟦${patterns.length - 1}⟧`;
    },
  });
  const { message } = new SwapError(code, payload as SwapErrorPayloads[C]);
  return new RegExp(escaped(message).replace(/⟦(\d+)⟧/g, (_, index) => patterns[index] ?? ""));
}

/** A pattern of the message about a refused input, with anything for its rule. */
export const refusedInput = (name: string, value: string): RegExp =>
  new RegExp(escaped(lineStart(name, value)));

/** The same pattern, followed by another on the same line. */
export const followedBy = (first: RegExp, rest: RegExp): RegExp =>
  new RegExp(`${first.source}.*${rest.source}`);
