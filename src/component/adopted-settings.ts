/** A table's settings by argument name, without outputs. */
export type TableSettings = Readonly<Record<string, unknown>>;

/** A setting that adopting the table would change. */
export interface Difference {
  setting: string;
  /** The table's value, as a program would write it; absent if it has none. */
  found?: string;
  /** The program's value; absent if it declares none. */
  declared?: string;
  /** Why the setting is refused with any value. */
  reason?: string;
}

/** Differences between a program's declaration and an existing table. */
export interface Comparison {
  differences: Difference[];
  /** What adoption adds: deletion protection and missing tags. */
  added: string[];
}

/** A declared value that a preview does not know yet. */
export const UNKNOWN_SETTING = Symbol("not known");
/** A declared value that must not be shown. */
export class Secret {
  constructor(readonly value: unknown) {}
}

const PROVISIONED = "PROVISIONED";
const AT_CREATION = ["importTable", "restoreBackupArn"];
/** Settings that follow from the alias, locate the table, or have their own comparison. */
const NOT_COMPARED = new Set([
  "name",
  "region",
  "tags",
  "deletionProtectionEnabled",
  "restoreSourceName",
  "restoreSourceTableArn",
  "restoreDateTime",
  "restoreToLatestTime",
]);

/** A setting in one form for both sides; undefined means "none" or the service's default. */
type View = (settings: TableSettings, other: TableSettings) => unknown;

/** The setting as `aws.dynamodb.getTable` returns it, if its name or shape differs. */
interface Compared {
  declared: View;
  found: View;
}

const both = (view: View): Compared => ({ declared: view, found: view });
const text =
  (name: string, byDefault?: string): View =>
  (settings) => {
    const value = settings[name] || undefined;
    return value === byDefault ? undefined : value;
  };

const COMPARED: Readonly<Record<string, Compared>> = {
  hashKey: both(text("hashKey")),
  rangeKey: both(text("rangeKey")),
  attributes: both(({ attributes }) => sorted(attributes, ({ name, type }) => ({ name, type }))),
  billingMode: both(({ billingMode }) => billingMode || PROVISIONED),
  readCapacity: both((settings, other) => capacity(settings, other, "readCapacity")),
  writeCapacity: both((settings, other) => capacity(settings, other, "writeCapacity")),
  globalSecondaryIndexes: {
    declared: (settings) => globalIndexes(settings, settings.globalSecondaryIndexes),
    found: (settings, other) =>
      globalIndexes(settings, settings.globalSecondaryIndexes, other.globalSecondaryIndexes),
  },
  localSecondaryIndexes: both(({ localSecondaryIndexes }) =>
    sorted(localSecondaryIndexes, ({ name, rangeKey, ...index }) => ({
      name,
      rangeKey,
      ...indexProjection(index),
    })),
  ),
  streamEnabled: both(({ streamEnabled }) => streamEnabled || undefined),
  streamViewType: both(({ streamEnabled, streamViewType }) =>
    streamEnabled ? streamViewType || undefined : undefined,
  ),
  ttl: both(({ ttl }) => {
    const { enabled, attributeName } = asObject(ttl);
    return enabled ? { attributeName, enabled } : undefined;
  }),
  pointInTimeRecovery: {
    declared: ({ pointInTimeRecovery }) => enabledOnly(pointInTimeRecovery),
    found: ({ pointInTimeRecovery }, other) =>
      enabledOnly(pointInTimeRecovery, asObject(other.pointInTimeRecovery)),
  },
  serverSideEncryption: {
    declared: ({ serverSideEncryption }) => enabledOnly(serverSideEncryption),
    found: ({ serverSideEncryption }, other) =>
      enabledOnly(serverSideEncryption, asObject(other.serverSideEncryption)),
  },
  tableClass: both(text("tableClass", "STANDARD")),
  onDemandThroughput: {
    declared: ({ onDemandThroughput }) => limits(onDemandThroughput),
    found: ({ onDemandThroughputs }) => limits(asList(onDemandThroughputs)[0]),
  },
  // Every table has one; if the program declares none, it is unchanged.
  warmThroughput: {
    declared: ({ warmThroughput }) => warmThroughput ?? undefined,
    found: ({ warmThroughputs }, { warmThroughput }) =>
      warmThroughput ? asList(warmThroughputs)[0] : undefined,
  },
  replicas: {
    declared: ({ replicas }) =>
      sorted(replicas, ({ regionName }) => ({ regionName }), "regionName"),
    found: ({ replicas, region }) =>
      sorted(
        asList(replicas).filter(({ regionName }) => regionName !== region),
        ({ regionName }) => ({ regionName }),
        "regionName",
      ),
  },
};

/** Settings of a replica that `getTable` does not return and an update would reset to a default. */
const OF_REPLICAS = ["consistencyMode", "pointInTimeRecovery", "propagateTags"];

/**
 * Compares a program's declaration with an existing table. A setting that only one side has is a difference
 * too.
 *
 * @param declared the arguments of `aws.dynamodb.Table`
 * @param found the result of `aws.dynamodb.getTable`
 * @param defaultTags tags that the provider gives every resource
 */
export function compareSettings(
  declared: TableSettings,
  found: TableSettings,
  defaultTags: Readonly<Record<string, string>> = {},
): Comparison {
  const plain = Object.fromEntries(
    Object.entries(declared).map(([name, value]) => [name, unwrapped(value)]),
  );
  const unknown = new Set(
    Object.entries(declared).flatMap(([name, value]) => (value === UNKNOWN_SETTING ? [name] : [])),
  );
  const secret = (name: string) => declared[name] instanceof Secret;
  const differences: Difference[] = [];
  for (const [setting, { declared: ofProgram, found: ofTable }] of Object.entries(COMPARED)) {
    if (unknown.has(setting)) continue;
    const wanted = ofProgram(plain, found);
    const there = ofTable(found, plain);
    if (literal(wanted) === literal(there)) continue;
    differences.push(difference(setting, there, secret(setting) ? "[secret]" : literal(wanted)));
  }
  for (const [setting, value] of Object.entries(plain)) {
    if (setting in COMPARED || NOT_COMPARED.has(setting) || value == null) continue;
    differences.push({
      setting,
      reason: AT_CREATION.includes(setting)
        ? "it is for a table that is made"
        : "it can't be compared with the table",
    });
  }
  differences.push(...hiddenOfReplicas(plain.replicas));
  const tags = unknown.has("tags") ? undefined : compareTags(plain.tags, found, defaultTags);
  const protection = compareProtection(plain, found);
  return {
    differences: [...differences, ...protection.differences, ...(tags?.differences ?? [])],
    added: [...protection.added, ...(tags?.added ?? [])],
  };
}

function difference(setting: string, found: unknown, declared: string | undefined): Difference {
  const there = literal(found);
  return {
    setting,
    ...(there !== undefined && { found: there }),
    ...(declared !== undefined && { declared }),
  };
}

/** Compares deletion protection: adoption may turn it on but never off. No other setting is changed. */
function compareProtection(declared: TableSettings, found: TableSettings): Comparison {
  const wanted = declared.deletionProtectionEnabled === true;
  const there = found.deletionProtectionEnabled === true;
  if (wanted === there) return { differences: [], added: [] };
  if (wanted) return { differences: [], added: ["deletion protection"] };
  return {
    differences: [{ setting: "deletionProtectionEnabled", found: "true", declared: "false" }],
    added: [],
  };
}

/** Compares tags: adoption may add tags but never change or remove them. */
function compareTags(
  declared: unknown,
  found: TableSettings,
  defaultTags: Readonly<Record<string, string>>,
): Comparison {
  const wanted = { ...defaultTags, ...asObject(declared) };
  const there = asObject(found.tags);
  const changed = Object.entries(there).filter(([key, value]) => wanted[key] !== value);
  const added = Object.keys(wanted).filter((key) => !(key in there));
  return {
    differences: changed.map(([key, value]) => ({
      setting: `tags[${JSON.stringify(key)}]`,
      found: JSON.stringify(value),
      ...(key in wanted && { declared: "another value" }),
    })),
    added: added.map((key) => `tag ${key}`),
  };
}

function hiddenOfReplicas(replicas: unknown): Difference[] {
  return asList(replicas).flatMap((replica) =>
    OF_REPLICAS.filter((name) => replica[name] === undefined).map((name) => ({
      setting: `${name} of replica ${replica.regionName}`,
      reason: "a replica's own settings are not shown, so each has to be declared as it is",
    })),
  );
}

function capacity(settings: TableSettings, other: TableSettings, name: string): unknown {
  const provisioned = [settings, other].every(
    ({ billingMode }) => (billingMode || PROVISIONED) === PROVISIONED,
  );
  return provisioned ? settings[name] || undefined : undefined;
}

function globalIndexes(table: TableSettings, indexes: unknown, declared?: unknown): unknown {
  const provisioned = (table.billingMode || PROVISIONED) === PROVISIONED;
  return sorted(indexes, (index) => {
    const asked = asList(declared).find(({ name }) => name === index.name);
    return {
      name: index.name,
      hashKey: index.hashKey || keyAttribute(index, "HASH"),
      rangeKey: index.rangeKey || keyAttribute(index, "RANGE"),
      ...indexProjection(index),
      ...(provisioned && { readCapacity: index.readCapacity, writeCapacity: index.writeCapacity }),
      onDemandThroughput: limits(index.onDemandThroughput ?? asList(index.onDemandThroughputs)[0]),
      warmThroughput: declared
        ? asked?.warmThroughput && asList(index.warmThroughputs)[0]
        : index.warmThroughput,
    };
  });
}

const keyAttribute = (index: TableSettings, type: string) =>
  asList(index.keySchemas).find(({ keyType }) => keyType === type)?.attributeName;

function indexProjection({ projectionType, nonKeyAttributes }: TableSettings) {
  const names = Array.isArray(nonKeyAttributes) ? [...nonKeyAttributes].sort() : [];
  return { projectionType, nonKeyAttributes: names.length === 0 ? undefined : names };
}

/** An enabled setting, reduced to the details that the program declares. */
function enabledOnly(value: unknown, asked: TableSettings = asObject(value)): unknown {
  const { enabled, ...details } = asObject(value);
  if (enabled !== true) return undefined;
  const kept = Object.entries(details).filter(([name]) => asked[name] != null && asked[name] !== 0);
  return { enabled, ...Object.fromEntries(kept) };
}

/** Normalizes "no limit", which DynamoDB returns as -1 or omits. */
function limits(value: unknown): unknown {
  const kept = Object.entries(asObject(value)).filter(([, units]) => Number(units) > 0);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function sorted(
  value: unknown,
  view: (element: TableSettings) => TableSettings,
  key = "name",
): unknown[] | undefined {
  const elements = asList(value).map(view);
  if (elements.length === 0) return undefined;
  return elements.sort((a, b) => (String(a[key]) < String(b[key]) ? -1 : 1));
}

const asList = (value: unknown): TableSettings[] => (Array.isArray(value) ? value : []);

const asObject = (value: unknown): TableSettings =>
  typeof value === "object" && value !== null ? (value as TableSettings) : {};

const unwrapped = (value: unknown) => {
  if (value === UNKNOWN_SETTING) return undefined;
  return value instanceof Secret ? value.value : value;
};

/** Formats a value as a program would write it; equal values give equal text, no value gives undefined. */
export function literal(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, nested]) => nested !== undefined && nested !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, held]) => `${name}: ${literal(held)}`);
  return `{ ${fields.join(", ")} }`;
}
