import { isDeepStrictEqual } from "node:util";
import { hasUnknown, type Props } from "../../../src/plugin/host/values";
import { isDefault } from "./naming";
import { type GlobalIndex, keysOf, type LocalIndex, PROVISIONED, type TableInputs } from "./table";

/** What an update would do to a table. */
export interface TableDiff {
  changes: boolean;
  /** Properties whose change makes a new table. */
  replaces: string[];
  /** Whether the old table is deleted first: two tables can't have one name. */
  deleteBeforeReplace: boolean;
}

type Comparison = (olds: TableInputs, news: TableInputs) => boolean;

const REPLACING: Record<string, Comparison> = {
  name: (a, b) => a.name === b.name,
  hashKey: (a, b) => !b.hashKey || a.hashKey === b.hashKey,
  rangeKey: (a, b) => !b.hashKey || (a.rangeKey || "") === (b.rangeKey || ""),
  attributes: (a, b) => !b.attributes || isDeepStrictEqual(keyTypes(a), keyTypes(b)),
  localSecondaryIndexes: (a, b) =>
    isDeepStrictEqual(
      byName(a.localSecondaryIndexes, localIndex),
      byName(b.localSecondaryIndexes, localIndex),
    ),
  region: (a, b) => !b.region || a.region === b.region,
  restoreSourceName: (a, b) => (a.restoreSourceName || "") === (b.restoreSourceName || ""),
  restoreSourceTableArn: (a, b) =>
    (a.restoreSourceTableArn || "") === (b.restoreSourceTableArn || ""),
  restoreToLatestTime: (a, b) => !!a.restoreToLatestTime === !!b.restoreToLatestTime,
};

/**
 * As in the real provider, a program that no longer gives `ttl`, `pointInTimeRecovery`,
 * `attributes` or `streamViewType` leaves them as they are.
 */
const IN_PLACE: Record<string, Comparison> = {
  attributes: (a, b) =>
    !b.attributes ||
    isDeepStrictEqual(byName(a.attributes, attribute), byName(b.attributes, attribute)),
  billingMode: (a, b) => a.billingMode === b.billingMode,
  readCapacity: (a, b) => b.billingMode !== PROVISIONED || a.readCapacity === b.readCapacity,
  writeCapacity: (a, b) => b.billingMode !== PROVISIONED || a.writeCapacity === b.writeCapacity,
  globalSecondaryIndexes: (a, b) => isDeepStrictEqual(globalIndexes(a), globalIndexes(b)),
  streamEnabled: (a, b) => !!a.streamEnabled === !!b.streamEnabled,
  streamViewType: (a, b) =>
    !b.streamEnabled || !b.streamViewType || a.streamViewType === b.streamViewType,
  ttl: ({ ttl: a }, { ttl: b }) =>
    !b ||
    (!a?.enabled && !b.enabled) ||
    (!!a?.enabled === !!b.enabled && a?.attributeName === b.attributeName),
  pointInTimeRecovery: ({ pointInTimeRecovery: a }, { pointInTimeRecovery: b }) =>
    !b ||
    (!!a?.enabled === b.enabled &&
      (!b.enabled ||
        !b.recoveryPeriodInDays ||
        a?.recoveryPeriodInDays === b.recoveryPeriodInDays)),
  deletionProtectionEnabled: (a, b) =>
    !!a.deletionProtectionEnabled === !!b.deletionProtectionEnabled,
  tableClass: (a, b) => (a.tableClass || "STANDARD") === (b.tableClass || "STANDARD"),
};

/**
 * @param olds the last known outputs, without wrappers
 * @param news the inputs as check left them, without wrappers
 * @param defaultTags tags that the provider's configuration gives every resource
 */
export function diffTable(
  olds: Props,
  news: Props,
  defaultTags: Record<string, string>,
): TableDiff {
  const before = olds as unknown as TableInputs;
  const after = news as unknown as TableInputs;
  const changed = (comparisons: Record<string, Comparison>) =>
    Object.entries(comparisons)
      .filter(([name, same]) => hasUnknown(news[name]) || !same(before, after))
      .map(([name]) => name);
  // Unknown attributes may turn out unchanged: only a known change replaces a table.
  const replaces = changed(REPLACING).filter(
    (name) => name !== "attributes" || !hasUnknown(news.attributes),
  );
  const inPlace = changed(IN_PLACE);
  const tags = hasUnknown(news.tags) || !sameTags(olds.tagsAll, { ...defaultTags, ...after.tags });
  return {
    changes: replaces.length > 0 || inPlace.length > 0 || tags,
    replaces,
    deleteBeforeReplace:
      replaces.length > 0 && !replaces.includes("name") && !isDefault(news, "name"),
  };
}

/** The types of the keys that a live table cannot change: its own and those of its local indexes. */
function keyTypes(table: TableInputs): Record<string, string | undefined> {
  const keys = [
    table.hashKey,
    table.rangeKey,
    ...(table.localSecondaryIndexes ?? []).map((i) => i.rangeKey),
  ];
  const typeOf = (key: string) => table.attributes?.find((a) => a.name === key)?.type;
  return Object.fromEntries(keys.filter((key) => !!key).map((key) => [key, typeOf(key as string)]));
}

/** Global indexes in one form and order. */
function globalIndexes({ globalSecondaryIndexes, billingMode }: TableInputs) {
  return byName(globalSecondaryIndexes, (index) => ({
    ...shapeOf(index),
    ...(billingMode === PROVISIONED && {
      readCapacity: index.readCapacity,
      writeCapacity: index.writeCapacity,
    }),
  }));
}

/** The properties of a global index that can't change without a rebuild. */
export const shapeOf = (index: GlobalIndex): Props => ({
  ...keysOf(index),
  projectionType: index.projectionType,
  nonKeyAttributes: [...(index.nonKeyAttributes ?? [])].sort(),
});

const localIndex = (index: LocalIndex) => ({
  rangeKey: index.rangeKey,
  projectionType: index.projectionType,
  nonKeyAttributes: [...(index.nonKeyAttributes ?? [])].sort(),
});

const attribute = ({ type }: { type: string }) => type;

function byName<T extends { name: string }>(list: T[] | undefined, view: (one: T) => unknown) {
  return Object.fromEntries((list ?? []).map((one) => [one.name, view(one)]));
}

const sameTags = (a: unknown, b: Record<string, string>): boolean =>
  isDeepStrictEqual({ ...(a as object) }, b);
