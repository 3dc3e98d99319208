import { SwapError } from "../errors";

/** `swap.stale`, with the failure of the last read as its cause. */
export function staleError(
  { alias, controlTable, maxStaleMs }: { alias: string; controlTable: string; maxStaleMs: number },
  version: number,
  stalenessMs: number,
  cause: SwapError,
): SwapError<"swap.stale"> {
  return new SwapError(
    "swap.stale",
    {
      alias,
      controlTable,
      version,
      stalenessMs: Math.round(stalenessMs),
      maxStaleMs,
      reason: cause.message,
      fix: cause.hint,
    },
    { cause },
  );
}
