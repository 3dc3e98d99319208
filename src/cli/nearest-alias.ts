import { isSwapError } from "../errors";
import type { ControlTableRef } from "../pointer";
import { CliError, failureOf } from "./failure";
import { nearest } from "./usage";

/** Most rows read in search of the alias that was meant. */
const MAX_ROWS = 10_000;

/**
 * The alias of the control table that was probably meant, or undefined where none is near. A suggestion
 * only: where the policy allows no Scan, or it fails, there is none.
 */
export async function nearestAlias(
  source: ControlTableRef,
  alias: string,
): Promise<string | undefined> {
  const { readAliasNames } = require("./alias-state") as typeof import("./alias-state");
  const known = await readAliasNames(source, MAX_ROWS).catch(() => []);
  return nearest(
    alias,
    known.filter((each) => each !== alias),
  );
}

/** Adds the alias that was probably meant to the error about one that is unknown. */
export async function withNearestAlias(
  source: ControlTableRef | undefined,
  error: unknown,
): Promise<unknown> {
  const absent = error instanceof CliError || isSwapError(error) ? failureOf(error) : undefined;
  if (source === undefined || absent?.code !== "swap.no-active-version") return error;
  const near = await nearestAlias(source, String(absent.payload.alias));
  if (near === undefined) return error;
  const { code, message, hint, payload } = absent;
  return new CliError(code, message, `did you mean "${near}"? else ${hint}`, {
    ...payload,
    nearest: near,
  });
}

/** The failure of a command about an alias that has neither a row nor a table. */
export function unknownAlias({ controlTable }: ControlTableRef, alias: string): CliError {
  return new CliError(
    "swap.no-active-version",
    `alias "${alias}" has neither a row in control table "${controlTable}" nor a table`,
    "check the alias, the control table and the Region",
    { alias, controlTable },
  );
}

/** A fix that names the alias that was probably meant, if the one that was named has no row. What can't be read adds nothing. */
export async function withAliasMeant(
  source: ControlTableRef,
  alias: string,
  fix: string,
): Promise<string> {
  const { findActive } = require("../pointer") as typeof import("../pointer");
  const row = await findActive(source, alias).catch(() => null);
  const near = row === undefined ? await nearestAlias(source, alias) : undefined;
  return near === undefined ? fix : `did you mean "${near}"? else ${fix}`;
}
