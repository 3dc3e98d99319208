import { SwapError } from "../errors";
import { type RawRow, shown } from "./row";

/**
 * Why DynamoDB can't apply our writes to a row whose version is in order: an attribute of ours that
 * something else has overwritten. DynamoDB's own text names neither the row nor the attribute.
 */
export function misfit(
  controlTable: string,
  alias: string,
  row: RawRow | undefined,
): SwapError | undefined {
  if (row === undefined) return undefined;
  const attribute =
    row.hist && row.hist.L === undefined
      ? "hist"
      : row.barred && row.barred.NS === undefined
        ? "barred"
        : undefined;
  if (attribute === undefined) return undefined;
  return new SwapError("swap.malformed-row", {
    alias,
    controlTable,
    attribute,
    found: shown(row[attribute]),
  });
}
