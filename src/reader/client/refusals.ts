import { formatInvalid, invalid } from "../invalid";
import type { Names, Shape } from "./shapes";

/** Refuses what can't be sent to whichever version is active. */
export function assertRoutable(
  action: string,
  shape: Shape | undefined,
  alias: string,
): asserts shape is Exclude<Shape, "partiql"> {
  if (shape === "partiql")
    throw invalid(
      `${action} on an alias`,
      alias,
      "a PartiQL statement names its table in its text, which is not rewritten",
      "name the table that resolve() tells, or use the item commands",
    );
  if (shape === undefined)
    throw invalid(
      `${action} on an alias`,
      alias,
      "an alias means a table in item commands only",
      "name the table that resolve() tells, and send the command through a plain client",
    );
}

/** One request can't name a table twice, once by its alias. */
export function assertDistinct(sent: Names, input: Names): void {
  const tables = Object.keys(sent.RequestItems ?? {});
  if (tables.length === Object.keys(input.RequestItems ?? {}).length) return;
  throw formatInvalid(
    "RequestItems",
    tables.join(", "),
    "it names an alias and also the table that the alias resolves to now",
    "use the alias alone",
  );
}
