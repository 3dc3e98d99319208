import { SwapError } from "../../errors";
import type { Choice } from "./route";

/**
 * What to throw for a table that was not found: `swap.version-gone` where the command names one
 * table alone and is held on its version, else the error itself. Which of several tables is missing
 * DynamoDB does not say.
 */
export function asVersionGone(
  error: unknown,
  action: string,
  tables: readonly string[],
  choices: ReadonlyMap<string, Choice>,
): unknown {
  const [choice] = choices.values();
  if (tables.length !== 1 || choice === undefined || choice.renew !== undefined) return error;
  const { alias, version, table } = choice.snapshot;
  return new SwapError("swap.version-gone", { alias, version, table, action }, { cause: error });
}
