import type { SwapError } from "../errors";
import { assertFields, assertObject, formatType, invalidInput, truncateName } from "../validation";

/** Throws `swap.input-invalid` when the value at `path` breaks it. */
export type Rule = (value: unknown, path: string) => void;

export function invalidOption(path: string, value: unknown, rule: string, fix: string): SwapError {
  return invalidInput(path, formatType(value), rule, fix);
}

/** A rule for an object with known fields. Omitted, null and undefined fields are not checked. */
export function fields<T>(
  rules: { [K in keyof T]-?: Rule },
  required: readonly (keyof T & string)[] = [],
): Rule {
  const known = Object.keys(rules) as (keyof T & string)[];
  const needed = required.length > 0 ? `at least ${required.join(", ")}` : undefined;
  return (value, path) => {
    assertFields(path, value, known, needed);
    for (const name of known) {
      const field = value[name] ?? undefined;
      if (field !== undefined) rules[name](field, `${path}.${name}`);
      else if (required.includes(name))
        throw invalidOption(`${path}.${name}`, field, "it is missing", `give ${path} its ${name}`);
    }
  };
}

/** A rule for an object of any names whose values all follow one rule. */
export function record(least: number, most: number, rule: Rule): Rule {
  return (value, path) => {
    assertObject(path, value, "its attributes by name");
    const names = Object.keys(value);
    if (names.length < least || names.length > most || names.includes(""))
      throw invalidOption(
        path,
        value,
        `want ${least} to ${most} attributes, each with a name, got ${names.length}`,
        "name DynamoDB attributes and their values",
      );
    for (const name of names) rule(value[name], `${path}.${truncateName(name)}`);
  };
}

export function list(least: number, most: number, rule: Rule): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalidOption(path, value, "want a list", "put it in [ ]");
    if (value.length < least || value.length > most)
      throw invalidOption(
        path,
        value,
        `want ${least} to ${most} entries, got ${value.length}`,
        "leave it out to do without, or choose the most telling ones",
      );
    for (const [index, entry] of value.entries()) rule(entry, `${path}[${index}]`);
  };
}

export function number(fits: (value: number) => boolean, rule: string, fix: string): Rule {
  return (value, path) => {
    if (typeof value !== "number" || !fits(value)) throw invalidOption(path, value, rule, fix);
  };
}

export function whole(least: number, most: number): Rule {
  const bound = most === Number.MAX_SAFE_INTEGER ? " or greater" : ` to ${most}`;
  return number(
    (value) => Number.isSafeInteger(value) && value >= least && value <= most,
    `want a whole number, ${least}${bound}`,
    `pass a number such as ${Math.min(most, 1000)}`,
  );
}

export const flag: Rule = (value, path) => {
  if (typeof value !== "boolean")
    throw invalidOption(path, value, "want true or false", "leave it out for true");
};

/** A rule for a string, a finite number, a boolean or null, restricted by `kinds` and `fits`. */
export function scalar(
  kinds: readonly string[],
  rule: string,
  fits: (value: unknown) => boolean = () => true,
): Rule {
  return (value, path) => {
    const kind = value === null ? "null" : typeof value;
    const finite = kind !== "number" || Number.isFinite(value);
    if (!kinds.includes(kind) || !finite || !fits(value))
      throw invalidOption(path, value, rule, "correct it, or leave it out");
  };
}
