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
