import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  canonicalItem,
  copyItem,
  hasKey,
  type Item,
  type KeySchema,
  keyFault,
  keyIdentity,
} from "../items";

/** The migration that a transform runs in. */
export interface TransformContext {
  /** The alias of the data set. */
  alias: string;
  /** The version that is read. */
  from: number;
  /** The version that is written. */
  to: number;
}

/**
 * Makes an item of the new version from one of the old version, both in DynamoDB's JSON form
 * (`{ total: { N: "1" } }`), so that numbers keep their 38 digits and sets stay sets. Returns undefined to
 * leave the item out.
 *
 * It has to be pure: the same item gives the same result at any time, in any process. Copy, replay and
 * verification each call it. Different source keys have to give different target keys, and the target key
 * has to follow from the source key. It may change the item that it gets, which is a copy.
 *
 * An item for which it throws is parked: its key is recorded with the reason. It is tried again when it
 * changes and is replayed, or when a repair follows a verification.
 */
export type Transform = (
  item: Item,
  context: TransformContext,
) => Item | undefined | Promise<Item | undefined>;

/** How items of one version map to items of another. */
export interface Mapping {
  /** Absent if items are copied unchanged. */
  transform?: Transform | undefined;
  context: TransformContext;
  sourceSchema: KeySchema;
  targetSchema: KeySchema;
  /** The target's table, which reasons name. */
  target: string;
}

/** What becomes of one source item. */
export type Mapped =
  | {
      kind: "item";
      item: Item;
      /** The item's key in the target. */
      key: Item;
      /** Text that is equal for equal target keys. */
      id: string;
    }
  | { kind: "left-out" }
  | { kind: "failed"; reason: string };

/** Longest message of a transform's error that a reason shows, in characters. */
const MAX_REASON_LENGTH = 300;

const LEFT_OUT: Mapped = { kind: "left-out" };

/**
 * Maps one source item. Never throws: what the transform throws is a reason. The transform gets copies and
 * its result is copied, so that it can change what it gets and use its result again.
 */
export function mapItem(item: Item, mapping: Mapping): Mapped | Promise<Mapped> {
  const { transform, context } = mapping;
  if (transform === undefined) return mappedTo(item, mapping);
  try {
    const result: unknown = transform(copyItem(item), { ...context });
    return isThenable(result)
      ? result.then((made) => mappedResult(made, mapping), failed)
      : mappedResult(result, mapping);
  } catch (error) {
    return failed(error);
  }
}

/**
 * Whether an item of the target is the replica of a source item: what that maps to, or an item that maps back to it, since
 * an inverse may lose something.
 *
 * @param made what the source item maps to
 * @param source the source item; undefined to compare with `made` only
 * @param opposite how items of the target map back; undefined to compare with `made` only
 */
export async function isReplica(
  found: Item,
  made: Item,
  source: Item | undefined,
  opposite: Mapping | undefined,
): Promise<boolean> {
  if (canonicalItem(found) === canonicalItem(made)) return true;
  const back = source && opposite && (await mapItem(found, opposite));
  return back?.kind === "item" && canonicalItem(back.item) === canonicalItem(source as Item);
}

/**
 * Maps source items, in their order, as {@link mapItem}. Awaiting each item of a synchronous transform would take most of
 * the time of a scan.
 */
export async function mapItems(items: readonly Item[], mapping: Mapping): Promise<Mapped[]> {
  const mapped: Mapped[] = [];
  for (const item of items) {
    const result = mapItem(item, mapping);
    mapped.push("then" in result ? await result : result);
  }
  return mapped;
}

/** Whether a target item's key is the key of the source item that it was made from. */
export function keepsKeys({ transform, sourceSchema, targetSchema }: Mapping): boolean {
  return transform === undefined && JSON.stringify(sourceSchema) === JSON.stringify(targetSchema);
}

function failed(error: unknown): Mapped {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replace(/\s*\n\s*/g, " ").slice(0, MAX_REASON_LENGTH);
  return { kind: "failed", reason: `the transform threw: ${line}` };
}

function mappedResult(result: unknown, mapping: Mapping): Mapped {
  if (result === undefined || result === null) return LEFT_OUT;
  const fault = faultOf(result);
  return fault === undefined
    ? mappedTo(copyItem(result as Item), mapping)
    : { kind: "failed", reason: `the transform returned ${fault}` };
}

function mappedTo(item: Item, { targetSchema, target }: Mapping): Mapped {
  if (!hasKey(item, targetSchema)) {
    const wanted = targetSchema.map(({ name, type }) => `"${name}" (${type})`).join(" and ");
    return { kind: "failed", reason: `the item lacks the key of "${target}", ${wanted}` };
  }
  const fault = keyFault(item, targetSchema);
  if (fault !== undefined)
    return { kind: "failed", reason: `"${target}" can't hold the item: ${fault}` };
  // A copy that keeps keys needs neither; making both is a third of the work for an item.
  return {
    kind: "item",
    item,
    get key() {
      return partOf(item, targetSchema);
    },
    get id() {
      return keyIdentity(item, targetSchema);
    },
  };
}

/** The key attributes of an item, which share its values: the item is not changed from here on. */
const partOf = (item: Item, schema: KeySchema): Item =>
  Object.fromEntries(schema.map(({ name }) => [name, item[name] as AttributeValue]));

const isThenable = (value: unknown): value is Promise<unknown> =>
  typeof (value as { then?: unknown } | undefined)?.then === "function";

/** Why a value is no item in DynamoDB's JSON form; undefined if it is one. */
function faultOf(item: unknown): string | undefined {
  if (typeof item !== "object" || item === null || Array.isArray(item))
    return `${Array.isArray(item) ? "a list" : typeof item}, want an item or undefined`;
  for (const [name, value] of Object.entries(item))
    if (!isAttributeValue(value))
      return `attribute ${JSON.stringify(name.slice(0, 60))} in another form${wantedFor(value)}`;
  return undefined;
}

/** What a value is, and the form it should have; never the value. */
function wantedFor(value: unknown): string {
  if (value === undefined) return ": undefined, leave the attribute out";
  if (value === null) return ": null, want { NULL: true }";
  if (Array.isArray(value)) return ': a list, want { L: [{ S: "text" }] }';
  if (isBinary(value)) return ": bytes, want { B: bytes }";
  if (typeof value === "string") return ': text, want { S: "text" }';
  if (typeof value === "boolean") return ": a boolean, want { BOOL: true }";
  if (typeof value === "number" || typeof value === "bigint") return ': a number, want { N: "1" }';
  if (typeof (value as { N?: unknown }).N === "number")
    return ': N has to be text, want { N: "1" }';
  return ', want one such as { S: "text" } or { N: "1" }';
}

const isText = (value: unknown): boolean => typeof value === "string";
const isBinary = (value: unknown): boolean => value instanceof Uint8Array;
const listOf = (fits: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(fits);

const forms: Record<string, (value: unknown) => boolean> = {
  S: isText,
  N: isText,
  B: isBinary,
  BOOL: (value) => typeof value === "boolean",
  NULL: (value) => value === true,
  SS: listOf(isText),
  NS: listOf(isText),
  BS: listOf(isBinary),
  L: listOf(isAttributeValue),
  M: (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !isBinary(value) &&
    Object.values(value).every(isAttributeValue),
};

function isAttributeValue(value: unknown): value is AttributeValue {
  if (typeof value !== "object" || value === null) return false;
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) return false;
  const [type, content] = entry;
  return Object.hasOwn(forms, type) && forms[type]?.(content) === true;
}
