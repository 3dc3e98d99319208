import { canonicalItem, type Item, keyIdentity, keyOf, keyText } from "../items";
import type { ItemDifference } from "./difference";
import { getItems, type ItemReads } from "./get-items";
import { type Mapped, type Mapping, mapItem } from "./transform";

/** A pair of keys that may differ: one of them, or both. */
export interface KeyPair {
  sourceKey?: Item | undefined;
  targetKey?: Item | undefined;
  /** Other source keys that mapped to the same target key. */
  others?: readonly Item[] | undefined;
}

/** What the tables hold for a candidate now. */
export interface PairReading {
  /** What the source item maps to; undefined if there is no source item. */
  mapped: Mapped | undefined;
  /** The source item as read. */
  source: Item | undefined;
  /** The target's item at the key that the source item maps to. */
  found: Item | undefined;
  /** The candidate's target key, if the target holds an item there that this source item doesn't map to. */
  leftover: Item | undefined;
}

/** Reads the source items, then the target items, strongly consistent. */
export async function readPairs(
  at: ItemReads,
  source: string,
  mapping: Mapping,
  candidates: readonly KeyPair[],
): Promise<PairReading[]> {
  const { sourceSchema, targetSchema, target } = mapping;
  const keys = candidates.flatMap(({ sourceKey }) => (sourceKey ? [sourceKey] : []));
  const sources = await getItems(at, source, sourceSchema, keys);
  const read: { item: Item | undefined; mapped: Mapped | undefined }[] = [];
  for (const { sourceKey } of candidates) {
    const item = sourceKey && sources.get(keyIdentity(sourceKey, sourceSchema));
    read.push({ item, mapped: item && (await mapItem(item, mapping)) });
  }
  const targetKeys = candidates.flatMap(({ targetKey }, index) => {
    const mapped = read[index]?.mapped;
    return [...(targetKey ? [targetKey] : []), ...(mapped?.kind === "item" ? [mapped.key] : [])];
  });
  const targets = await getItems(at, target, targetSchema, targetKeys);
  return candidates.map(({ targetKey }, index) => {
    const { item, mapped } = read[index] as (typeof read)[number];
    const id = mapped?.kind === "item" ? mapped.id : undefined;
    const old = targetKey && keyIdentity(targetKey, targetSchema);
    const present = old !== undefined && old !== id && targets.has(old);
    return {
      mapped,
      source: item,
      found: id === undefined ? undefined : targets.get(id),
      leftover: present ? targetKey : undefined,
    };
  });
}

/** Reads candidates again, strongly consistent, and returns those that still differ. */
export async function confirm(
  at: ItemReads,
  source: string,
  mapping: Mapping,
  candidates: readonly KeyPair[],
): Promise<ItemDifference[]> {
  const differences: ItemDifference[] = [];
  const single = candidates.filter(({ others }) => others === undefined);
  for (const [index, reading] of (await readPairs(at, source, mapping, single)).entries()) {
    const { sourceKey } = single[index] as KeyPair;
    const { mapped, found, leftover } = reading;
    if (leftover) differences.push({ kind: "extra", targetKey: leftover });
    if (mapped?.kind === "failed")
      differences.push({ kind: "failed", sourceKey, reason: mapped.reason });
    if (mapped?.kind !== "item") continue;
    const { key: targetKey, item } = mapped;
    if (found === undefined) differences.push({ kind: "missing", sourceKey, targetKey });
    else if (canonicalItem(found) !== canonicalItem(item))
      differences.push({ kind: "different", sourceKey, targetKey });
  }
  for (const { sourceKey, targetKey, others } of candidates)
    if (others && sourceKey && targetKey)
      differences.push(
        ...(await confirmCollision(at, source, mapping, targetKey, [sourceKey, ...others])),
      );
  return differences;
}

/** The source keys that still share a target key; one that has it alone now is compared as any other. */
async function confirmCollision(
  at: ItemReads,
  source: string,
  mapping: Mapping,
  targetKey: Item,
  sourceKeys: readonly Item[],
): Promise<ItemDifference[]> {
  const { sourceSchema, targetSchema } = mapping;
  const id = keyIdentity(targetKey, targetSchema);
  const found = await getItems(at, source, sourceSchema, sourceKeys);
  const sharing: Item[] = [];
  for (const item of found.values()) {
    const key = keyOf(item, sourceSchema) as Item;
    const mapped = await mapItem(item, mapping);
    if (mapped.kind === "item" && mapped.id === id) sharing.push(key);
  }
  const [first, ...rest] = sharing;
  if (rest.length === 0)
    return confirm(
      at,
      source,
      mapping,
      sourceKeys.map((sourceKey) => ({ sourceKey })),
    );
  const reason = `source key ${keyText(first as Item, sourceSchema)} has the same target key`;
  return rest.map((sourceKey) => ({ kind: "collision", sourceKey, targetKey, reason }));
}
