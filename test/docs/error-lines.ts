import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SwapErrorCode, SwapErrorPayloads } from "../../src/errors";
import { errorText } from "../../src/errors/texts";
import { CHECKOUT } from "./blocks";

/** Every code of the package's errors, as their payloads declare them. */
export function errorCodes(): SwapErrorCode[] {
  const source = readFileSync(join(CHECKOUT, "src/errors/payloads.ts"), "utf8");
  return [...source.matchAll(/^ {2}"(swap\.[a-z-]+)": \{/gm)].map(
    ([, code]) => code as SwapErrorCode,
  );
}

/** What distinguishes the texts of one code, besides a field that is absent. */
const VARIANTS: Record<string, unknown>[] = [
  {},
  { source: "row" },
  { source: "row", alias: undefined },
  { value: "(none)" },
  { requested: "⟦same⟧", active: "⟦same⟧" },
  ...["ver", "hist", "barred"].map((attribute) => ({ attribute })),
];

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const shape = (text: string) => escaped(text).replace(/⟦\w+⟧/g, ".+");

interface Shapes {
  /** The error on one line, with or without its fix. */
  line: RegExp;
  /** The fix by itself. */
  fix: RegExp;
}

/** What an error of the code can look like: its own texts, with anything for the payload's fields. */
export function shapesOf(code: SwapErrorCode): Shapes[] {
  const fields = new Set<string>();
  const text = (overrides: Record<string, unknown>) => {
    const payload = new Proxy(
      {},
      {
        get(_target, name: string) {
          fields.add(name);
          return name in overrides ? overrides[name] : `⟦${name}⟧`;
        },
      },
    );
    return errorText(code, payload as SwapErrorPayloads[typeof code]);
  };
  const found = VARIANTS.map(text);
  for (const field of [...fields]) found.push(text({ [field]: undefined }));
  // A field left out that is the whole of a text leaves none.
  const whole = found.filter(({ message, hint }) => message !== undefined && hint !== undefined);
  return whole.map(({ message, hint }) => ({
    line: new RegExp(`^(swap: )?${shape(message)}(; ${shape(hint)})?$`),
    fix: new RegExp(`^ *fix: ${shape(hint)}$`),
  }));
}

/** Whether a line is one that an error of the code prints. */
export function isErrorLine(line: string, codes: SwapErrorCode[] = errorCodes()): boolean {
  return codes.some((code) =>
    shapesOf(code).some((shapes) => shapes.line.test(line) || shapes.fix.test(line)),
  );
}
