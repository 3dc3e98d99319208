import type { SwapErrorCode, SwapErrorPayloads } from "./payloads";
import { errorText } from "./texts";

export type { SwapErrorCode, SwapErrorPayloads } from "./payloads";

const brand = Symbol.for("pulumi-swap.SwapError");

/**
 * The error class of pulumi-swap. `code` identifies the error, `payload` has its data, `hint` the fix, and
 * `cause` the underlying error, such as the AWS SDK's.
 *
 * Narrow it with {@link match}, which also works when two copies of the package are loaded.
 */
export class SwapError<C extends SwapErrorCode = SwapErrorCode> extends Error {
  override readonly name = "SwapError";
  readonly code: C;
  readonly payload: SwapErrorPayloads[C];
  /** The fix, without a full stop. */
  readonly hint: string;

  constructor(code: C, payload: SwapErrorPayloads[C], options?: { cause?: unknown }) {
    const { message, hint } = errorText(code, payload);
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

/** Whether `error` is a {@link SwapError}, also one made by another copy of the package. */
export function isSwapError(error: unknown): error is SwapError {
  return typeof error === "object" && error !== null && brand in error;
}

/**
 * Narrows `error` to one code, and its payload with it.
 *
 * @example
 * ```ts
 * if (match(error, "swap.version-regressed")) console.log(error.payload.active);
 * ```
 */
export function match<C extends SwapErrorCode>(error: unknown, code: C): error is SwapError<C> {
  return isSwapError(error) && error.code === code;
}
