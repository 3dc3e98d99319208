import type { SwapErrorCode, SwapErrorPayloads } from "./payloads";
import { BaseError, brand } from "./read";
import { errorText } from "./texts";

export type { SwapErrorCode, SwapErrorPayloads } from "./payloads";

/**
 * The error class of pulumi-swap. `code` identifies the error, `payload` has its data, `hint` the fix, and
 * `cause` the underlying error, such as the AWS SDK's.
 *
 * Narrow it with {@link match}. `instanceof` and {@link match} also work when two copies of the package are
 * loaded.
 */
export class SwapError<C extends SwapErrorCode = SwapErrorCode> extends BaseError<C> {
  constructor(code: C, payload: SwapErrorPayloads[C], options?: { cause?: unknown }) {
    super(code, payload, errorText(code, payload), options);
  }

  /** Whether `value` is one, also of another copy of the package. A subclass knows its own alone. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits this method
    if (this === SwapError) return isSwapError(value);
    // biome-ignore lint/complexity/noThisInStatic: as above
    return Function.prototype[Symbol.hasInstance].call(this, value);
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
