import { randomBytes } from "node:crypto";
import type { Props } from "../../../src/plugin/host/values";

const LONGEST_NAME = 255;

/** The name of a resource in its URN. */
export const logicalName = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/** The type token of a resource in its URN, without the types of its parents. */
export function typeOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

/**
 * The physical name of a resource whose program names none: the logical one with seven random
 * hex digits, unchanged for the life of the resource.
 * @see https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
 */
export function autoName(urn: string, olds: Props): string {
  if (isDefault(olds, "name") && typeof olds.name === "string") return olds.name;
  const suffix = `-${randomBytes(4).toString("hex").slice(0, 7)}`;
  return `${logicalName(urn).slice(0, LONGEST_NAME - suffix.length)}${suffix}`;
}

/** Whether `property` was filled in by check; the real provider keeps the same list. */
export function isDefault(inputs: Props, property: string): boolean {
  return Array.isArray(inputs.__defaults) && inputs.__defaults.includes(property);
}
