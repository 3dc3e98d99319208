import type { SwapError } from "../errors";
import { readError } from "../errors/read";
import { formatValue, invalidInput } from "../validation";
import type { CommandInput, CommandShape } from "./client/command-shapes";
import type { Choice } from "./client/route";

/** `swap.input-invalid`, with the value as {@link formatValue} shows it. */
export function inputError(name: string, value: unknown, rule: string, fix: string): SwapError {
  return invalidInput(name, formatValue(value), rule, fix);
}

/** `swap.stale`, with the failure of the last read as its cause. */
export function staleError(
  { alias, controlTable, maxStaleMs }: { alias: string; controlTable: string; maxStaleMs: number },
  version: number,
  stalenessMs: number,
  cause: SwapError,
): SwapError<"swap.stale"> {
  return readError(
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

/**
 * The error to throw for a table that was not found: `swap.version-gone` if the command names only one
 * table and is fixed to its version, else the original error. DynamoDB does not report which of several
 * tables is missing.
 */
export function versionGoneError(
  error: unknown,
  action: string,
  tables: readonly string[],
  choices: ReadonlyMap<string, Choice>,
): unknown {
  const [choice] = choices.values();
  if (tables.length !== 1 || choice === undefined || choice.renew !== undefined) return error;
  const { alias, version, table } = choice.snapshot;
  return readError("swap.version-gone", { alias, version, table, action }, { cause: error });
}

/** Refuses commands that can't be routed to the active version. */
export function assertRoutable(
  action: string,
  shape: CommandShape | undefined,
  alias: string,
): asserts shape is Exclude<CommandShape, "partiql"> {
  if (shape === "partiql")
    throw inputError(
      `${action} on an alias`,
      alias,
      "a PartiQL statement names its table in its text, which is not rewritten",
      "name the table that resolve() tells, or use the item commands",
    );
  if (shape === undefined)
    throw inputError(
      `${action} on an alias`,
      alias,
      "an alias means a table in item commands only",
      "name the table that resolve() tells, and send the command through a plain client",
    );
}

/** Refuses a request that names one table twice: directly and by its alias. */
export function assertDistinct(sent: CommandInput, input: CommandInput): void {
  const tables = Object.keys(sent.RequestItems ?? {});
  if (tables.length === Object.keys(input.RequestItems ?? {}).length) return;
  throw invalidInput(
    "RequestItems",
    tables.join(", "),
    "it names an alias and also the table that the alias resolves to now",
    "use the alias alone",
  );
}
