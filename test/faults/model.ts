import type { Action } from "./record";

/** The pointer as the contract has it, and nothing more. */
export interface Model {
  /** Absent while the alias has no row. */
  version?: number;
  barred: readonly number[];
  retired: readonly number[];
}

/** A deed that writes. */
export type Writing = Extract<
  Action,
  {
    do:
      | "set"
      | "set with expect"
      | "set lifting"
      | "seed"
      | "foreign set"
      | "rollback"
      | "lift"
      | "delete"
      | "reopen"
      | "lose";
  }
>;

const writings: ReadonlySet<Action["do"]> = new Set([
  "set",
  "set with expect",
  "set lifting",
  "seed",
  "foreign set",
  "rollback",
  "lift",
  "delete",
  "reopen",
  "lose",
]);

export const writes = (deed: Action): deed is Writing => writings.has(deed.do);

/** Why the contract refuses a deed here; undefined when it accepts it. */
export function refusalOf(
  { version, barred, retired }: Model,
  deed: Writing,
):
  | "regressed"
  | "barred"
  | "retired"
  | "expectation"
  | "taken"
  | "not barred"
  | "not retired"
  | "in use"
  | undefined {
  switch (deed.do) {
    case "set":
    case "set with expect":
    case "set lifting":
      if (version !== undefined && version >= deed.version) return "regressed";
      if (deed.do !== "set lifting" && barred.includes(deed.version)) return "barred";
      if (retired.includes(deed.version)) return "retired";
      return deed.do === "set with expect" && version !== deed.expect ? "expectation" : undefined;
    case "seed":
      return version === undefined ? undefined : "taken";
    case "foreign set":
      return version !== undefined && version >= deed.version ? "regressed" : undefined;
    case "rollback":
      if (version !== deed.from) return "expectation";
      if (barred.includes(deed.to)) return "barred";
      return retired.includes(deed.to) ? "retired" : undefined;
    case "lift":
      return barred.includes(deed.version) ? undefined : "not barred";
    case "delete":
      return version === undefined || version === deed.version ? "in use" : undefined;
    case "reopen":
      return retired.includes(deed.version) ? undefined : "not retired";
    case "lose":
      return undefined;
  }
}

/** What an accepted deed makes of the pointer. */
export function after(model: Model, deed: Writing): Model {
  const { barred, retired } = model;
  const without = (versions: readonly number[], version: number) =>
    versions.filter((each) => each !== version);
  switch (deed.do) {
    case "rollback":
      return { version: deed.to, barred: ascending([...barred, deed.from]), retired };
    case "lift":
      return { ...model, barred: without(barred, deed.version) };
    case "delete":
      return { ...model, retired: ascending([...retired, deed.version]) };
    case "reopen":
      return { ...model, retired: without(retired, deed.version) };
    case "lose":
      return { barred: [], retired: [] };
    case "set lifting":
      return { version: deed.version, barred: without(barred, deed.version), retired };
    default:
      return { version: deed.version, barred, retired };
  }
}

export const ascending = (versions: readonly number[]): number[] =>
  [...new Set(versions)].sort((a, b) => a - b);
