import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { readError } from "../errors/read";
import { wholeNumber } from "./whole-number";

/** The two sets of versions in a row that our writers refuse. */
export type VersionSetName = "barred" | "retired";

/**
 * Replaces a set's oldest numbers once the set has been shortened: every version below `below`
 * counts as a member, except those in `except`. It refuses more than the numbers it replaces, never
 * less.
 */
export interface VersionFloor {
  below: number;
  /** Versions below the floor that are no members, ascending. */
  except: number[];
}

/** A set of versions as a row holds it. */
export interface VersionSet {
  /** Ascending. */
  listed: number[];
  floor?: VersionFloor | undefined;
}

/** The attributes of a row that hold a floor and its exceptions. */
export const floorAttributes = {
  barred: { below: "blow", except: "bopen" },
  retired: { below: "rlow", except: "ropen" },
} as const satisfies Record<VersionSetName, { below: string; except: string }>;

/** The most bytes of a version in a row: 16 digits. */
export const VERSION_BYTES = 9;
/** The most bytes that one barred version adds to a row, the attribute's name included. */
export const MAX_BARRED_GROWTH = "barred".length + VERSION_BYTES;

/** Members that a set may have before a write of ours shortens it. */
export const MAX_LISTED = { barred: 24, retired: 16 } as const;
/** Exceptions that a floor keeps; beyond these the oldest are refused again. */
export const MAX_EXCEPTIONS = 12;

/** A set of versions of a row; what has another type counts as absent. */
export function parseVersionSet(
  raw: Readonly<Record<string, AttributeValue>>,
  name: VersionSetName,
): VersionSet {
  const attributes = floorAttributes[name];
  const below = wholeNumber(raw[attributes.below]);
  return {
    listed: versionsOf(raw[name]),
    ...(below !== undefined && { floor: { below, except: versionsOf(raw[attributes.except]) } }),
  };
}

/** The versions of a set of numbers, ascending; none where the attribute is no set of numbers. */
function versionsOf(value: AttributeValue | undefined): number[] {
  return (Array.isArray(value?.NS) ? value.NS : [])
    .map((digits) => wholeNumber({ N: digits }))
    .filter((version) => version !== undefined)
    .sort((a, b) => a - b);
}

/** Whether a version is in a set: it is listed, or below the floor and no exception. */
export function isMember({ listed, floor }: VersionSet, version: number): boolean {
  return listed.includes(version) || isBelowFloor(floor, version);
}

/** Whether a floor makes a version a member. */
export function isBelowFloor(floor: VersionFloor | undefined, version: number): boolean {
  return floor !== undefined && version < floor.below && !floor.except.includes(version);
}

/**
 * The set without some versions, which become exceptions where the floor makes them members. Where there are
 * too many exceptions, those that were live longest ago, or never, count as members again.
 *
 * @param used versions that were live, the latest first
 * @throws SwapError `swap.input-invalid` for more than {@link MAX_EXCEPTIONS} versions below the floor
 */
export function withoutVersions(
  { listed, floor }: VersionSet,
  versions: readonly number[],
  used: readonly number[],
): VersionSet {
  const others = listed.filter((each) => !versions.includes(each));
  if (floor === undefined) return { listed: others };
  if (!versions.some((each) => isBelowFloor(floor, each))) return { listed: others, floor };
  const freed = versions.filter((each) => each < floor.below);
  if (freed.length > MAX_EXCEPTIONS)
    throw readError("swap.input-invalid", {
      name: "versions",
      value: freed.join(", "),
      rule: `the row can free at most ${MAX_EXCEPTIONS} versions below ${floor.below} at once`,
      fix: `declare at most ${MAX_EXCEPTIONS} versions below ${floor.below}`,
    });
  const free = new Set(floor.except);
  const kept = [...used.filter((each) => free.has(each)), ...floor.except.toReversed()];
  return { listed: others, floor: { ...floor, except: newestExceptions([...freed, ...kept]) } };
}

/**
 * The set with its smaller members replaced by a floor.
 *
 * @param keep members that stay listed, the greatest; 1 or more
 * @param used versions that were live, the latest first: those that are no members become exceptions
 */
export function shortened(set: VersionSet, keep: number, used: readonly number[]): VersionSet {
  const smallest = set.listed.at(-keep);
  if (smallest === undefined || set.listed.length <= keep) return set;
  const below = Math.max(smallest, set.floor?.below ?? smallest);
  const open = [...used, ...(set.floor?.except.toReversed() ?? [])];
  return {
    listed: set.listed.slice(-keep),
    floor: {
      below,
      except: newestExceptions(
        open.filter((version) => version < below && !isMember(set, version)),
      ),
    },
  };
}

/** @param versions the most important first */
const newestExceptions = (versions: readonly number[]): number[] =>
  [...new Set(versions)].slice(0, MAX_EXCEPTIONS).sort((a, b) => a - b);

/**
 * Condition: the version to be set (`:new`) is no member. An attribute that another writer has
 * overwritten with another type fails the condition, since `contains` would be false for it.
 */
export function notMember(name: VersionSetName): string {
  const { below, except } = floorAttributes[name];
  const listed = `(attribute_not_exists(#${name}) OR (attribute_type(#${name}, :ns) AND NOT contains(#${name}, :new)))`;
  const floor = `(attribute_not_exists(#${below}) OR #${below} <= :new OR contains(#${except}, :new))`;
  return `${listed} AND ${floor}`;
}

/** A set's attributes as they are stored; undefined for those that the row is to be without. */
export function formatVersionSet(
  name: VersionSetName,
  { listed, floor }: VersionSet,
): Record<string, AttributeValue | undefined> {
  const { below, except } = floorAttributes[name];
  return {
    [name]: numberSet(listed),
    [below]: floor && { N: String(floor.below) },
    [except]: numberSet(floor?.except ?? []),
  };
}

const numberSet = (versions: readonly number[]): AttributeValue | undefined =>
  versions.length === 0 ? undefined : { NS: versions.map(String) };
