import type { SwapErrorCode, SwapErrorPayloads } from "../payloads";
import { type ErrorText, type ReadErrorCode, readTexts } from "./texts";

/** Marks the errors of every copy of the package. */
export const brand = Symbol.for("pulumi-swap.SwapError");

/** What a `SwapError` is, apart from where its text comes from. */
export class BaseError<C extends SwapErrorCode = SwapErrorCode> extends Error {
  /** Node prints the name of an error's class. */
  static override readonly name: string = "SwapError";
  override readonly name = "SwapError";
  readonly code: C;
  readonly payload: SwapErrorPayloads[C];
  /** The fix, without a full stop. */
  readonly hint: string;
  /** The failure below this one. Declared here too: programs before ES2022 know no cause of an error. */
  declare readonly cause?: unknown;

  constructor(
    code: C,
    payload: SwapErrorPayloads[C],
    { message, hint }: ErrorText,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.payload = payload;
    this.hint = hint;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Message and fix on one line, as Pulumi and the CLI show it. */
  get line(): string {
    return `${this.message}; ${this.hint}`.replace(/\s*\n\s*/g, " ");
  }

  /** The shape printed by `--json`: code, message, hint and the payload's own fields. */
  toJSON(): { code: C; message: string; hint: string } & Record<string, unknown> {
    return { ...this.payload, code: this.code, message: this.message, hint: this.hint };
  }
}

/**
 * Creates an error with a code that readers meet. Code that readers share with writers calls it instead of
 * `new SwapError`, which holds the texts of all codes.
 */
export function readError<C extends ReadErrorCode>(
  code: C,
  payload: SwapErrorPayloads[C],
  options?: { cause?: unknown },
): BaseError<C> {
  const error = new BaseError(code, payload, readTexts[code](payload), options);
  // The stack begins where the error was met.
  Error.captureStackTrace(error, readError);
  return error;
}
