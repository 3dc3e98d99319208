import { match, type SwapError, type SwapErrorCode } from "../../src/errors";

/** The error that `doing` fails with; any other end of it, another code included, fails the test. */
export async function refused<C extends SwapErrorCode>(
  doing: Promise<unknown>,
  code: C,
): Promise<SwapError<C>> {
  const error = await doing.then(
    (value) => {
      throw new Error(`want ${code}, got ${JSON.stringify(value)}`);
    },
    (thrown: unknown) => thrown,
  );
  if (!match(error, code)) throw error;
  return error;
}

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
