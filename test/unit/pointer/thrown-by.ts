import { match, type SwapError, type SwapErrorCode } from "../../../src/errors";

/** The error that `doing` throws at once; any other end of it, another code included, fails. */
export function thrownBy<C extends SwapErrorCode>(doing: () => unknown, code: C): SwapError<C> {
  let value: unknown;
  try {
    value = doing();
  } catch (error) {
    if (match(error, code)) return error;
    throw error;
  }
  throw new Error(`want ${code}, got ${JSON.stringify(value)}`);
}
