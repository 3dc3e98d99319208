import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { wholeNumber } from "./whole-number";

/** A fence on a row: the pointer is about to move, and clients that know of fences hold their writes. */
export interface Fence {
  /** The version that is active while the fence stands; on any other row it means nothing. */
  from: number;
  /** The version that the pointer is about to move to. */
  to: number;
  /** Identifies the fence: removing it, and the move that it is for, are conditional on it. */
  operation: string;
  /** Longest that a client holds a write for it, in milliseconds; then it removes the fence. */
  budgetMs: number;
}

/**
 * The fence of a row, if it stands on the row's version. One that can't be read is none, and placed by nobody.
 */
export function standingFence({
  ver,
  fence,
}: Readonly<Record<string, AttributeValue>>): Fence | undefined {
  const { from, to, operation, budget } = fence?.M ?? {};
  const read = {
    from: wholeNumber(from),
    to: wholeNumber(to),
    operation: operation?.S,
    budgetMs: wholeNumber(budget),
  };
  if (Object.values(read).includes(undefined) || read.from !== wholeNumber(ver)) return undefined;
  return read as Fence;
}
