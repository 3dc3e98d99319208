import type { Deed } from "./record";

/** The pointer as the contract has it, and nothing more. */
export interface Model {
  /** Absent while the alias has no row. */
  version?: number;
  barred: readonly number[];
}

/** A deed that writes. */
export type Writing = Extract<
  Deed,
  { do: "set" | "set with expect" | "seed" | "foreign set" | "rollback" | "lift" }
>;

const writings: ReadonlySet<Deed["do"]> = new Set([
  "set",
  "set with expect",
  "seed",
  "foreign set",
  "rollback",
  "lift",
]);

export const writes = (deed: Deed): deed is Writing => writings.has(deed.do);

/** Why the contract refuses a deed here; undefined when it accepts it. */
export function refusalOf(
  { version, barred }: Model,
  deed: Writing,
): "regressed" | "barred" | "expectation" | "taken" | "not barred" | undefined {
  switch (deed.do) {
    case "set":
    case "set with expect":
      if (version !== undefined && version >= deed.version) return "regressed";
      if (barred.includes(deed.version)) return "barred";
      return deed.do === "set with expect" && version !== deed.expect ? "expectation" : undefined;
    case "seed":
      return version === undefined ? undefined : "taken";
    case "foreign set":
      return version !== undefined && version >= deed.version ? "regressed" : undefined;
    case "rollback":
      if (version !== deed.from) return "expectation";
      return barred.includes(deed.to) ? "barred" : undefined;
    case "lift":
      return barred.includes(deed.version) ? undefined : "not barred";
  }
}

/** What an accepted deed makes of the pointer. */
export function after(model: Model, deed: Writing): Model {
  const { barred } = model;
  switch (deed.do) {
    case "rollback":
      return { version: deed.to, barred: ascending([...barred, deed.from]) };
    case "lift":
      return { ...model, barred: barred.filter((version) => version !== deed.version) };
    default:
      return { version: deed.version, barred };
  }
}

export const ascending = (versions: readonly number[]): number[] =>
  [...new Set(versions)].sort((a, b) => a - b);
