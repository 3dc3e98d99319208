import type { SwapError } from "../errors";
import { readError } from "../errors/read";
import { formatType } from "./format-value";

/** Longest field name that an error shows, in characters. */
const SHOWN = 40;

/**
 * Checks that a value is an object with known fields only, so that a misspelt field does not silently keep
 * its default. Errors name the field and never show its value, which may be a credential.
 *
 * @param name what the value is, such as `retention`
 * @param wanted what an object has to have, for the fix; by default the value may be left out
 * @throws SwapError `swap.input-invalid`
 */
export function assertFields(
  name: string,
  value: unknown,
  known: readonly string[],
  wanted = `any of ${known.join(", ")}, or leave it out`,
): asserts value is Record<string, unknown> {
  assertObject(name, value, wanted);
  for (const field of Object.keys(value))
    if (!known.includes(field))
      throw invalidInput(
        name,
        JSON.stringify(truncateName(field)),
        "there is no such field",
        `use one of ${known.join(", ")}`,
      );
}

/**
 * Checks that a value is an object.
 *
 * @param fields what it holds, for the fix
 * @throws SwapError `swap.input-invalid`
 */
export function assertObject(
  name: string,
  value: unknown,
  fields: string,
): asserts value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidInput(name, formatType(value), "want an object", `pass an object with ${fields}`);
}

/** Creates a `swap.input-invalid`; `value` is already formatted. */
export const invalidInput = (name: string, value: string, rule: string, fix: string): SwapError =>
  readError("swap.input-invalid", { name, value, rule, fix });

/** Truncates a long field name. */
export const truncateName = (name: string): string =>
  name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name;
