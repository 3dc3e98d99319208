import { MAX_BATCH_KEYS } from "../aws";
import { canonicalItem, type Item, keyIdentity, keyOf, keyText } from "../items";
import type { ItemDifference } from "./difference";
import { getItems, type ItemReads } from "./get-items";
import { realClock } from "./rate-limit";
import { type Mapped, type Mapping, mapItem } from "./transform";

/** A pair of keys that may differ: one of them, or both. */
export interface KeyPair {
  sourceKey?: Item | undefined;
  targetKey?: Item | undefined;
  /** Other source keys that mapped to the same target key. */
  others?: readonly Item[] | undefined;
  /** Whether a scan found the source keys; else the source may never have had them. */
  scanned?: boolean | undefined;
}

/** What is left of a candidate after it has been read again. */
export interface Confirmed {
  candidate: KeyPair;
  differences: ItemDifference[];
  /** Its source keys that have no item, if a scan found them. */
  gone: Item[];
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

/**
 * Reads candidates again; those that still differ are read once more after the lag.
 *
 * @param settleMs the lag of what copies changes to the target, in milliseconds; 0 for none
 */
export async function confirmSettled(
  at: ItemReads,
  source: string,
  mapping: Mapping,
  candidates: readonly KeyPair[],
  settleMs = 0,
): Promise<Confirmed[]> {
  const confirmed = await confirmAll(at, source, mapping, candidates);
  const differing = confirmed.filter(({ differences }) => differences.length > 0);
  if (settleMs === 0 || differing.length === 0) return confirmed;
  await (at.clock ?? realClock).sleep(settleMs, at.signal);
  const again = differing.map(({ candidate }) => candidate);
  return [
    ...confirmed.filter(({ differences }) => differences.length === 0),
    ...(await confirmAll(at, source, mapping, again)),
  ];
}

/** Reads candidates again, once. */
export async function confirmAll(
  at: ItemReads,
  source: string,
  mapping: Mapping,
  candidates: readonly KeyPair[],
): Promise<Confirmed[]> {
  const confirmed: Confirmed[] = [];
  for (let start = 0; start < candidates.length; start += MAX_BATCH_KEYS)
    confirmed.push(
      ...(await confirm(at, source, mapping, candidates.slice(start, start + MAX_BATCH_KEYS))),
    );
  return confirmed;
}

/** Reads candidates again, strongly consistent. */
async function confirm(
  at: ItemReads,
  source: string,
  mapping: Mapping,
  candidates: readonly KeyPair[],
): Promise<Confirmed[]> {
  const confirmed: Confirmed[] = [];
  const single = candidates.filter(({ others }) => others === undefined);
  for (const [index, reading] of (await readPairs(at, source, mapping, single)).entries()) {
    const candidate = single[index] as KeyPair;
    const { sourceKey, scanned } = candidate;
    const differences = differencesOf(candidate, reading);
    const gone = scanned && sourceKey && reading.source === undefined ? [sourceKey] : [];
    confirmed.push({ candidate, differences, gone });
  }
  for (const candidate of candidates)
    if (candidate.others !== undefined)
      confirmed.push(await confirmCollision(at, source, mapping, candidate));
  return confirmed;
}

function differencesOf({ sourceKey }: KeyPair, reading: PairReading): ItemDifference[] {
  const { mapped, found, leftover } = reading;
  const differences: ItemDifference[] = [];
  if (leftover) differences.push({ kind: "extra", targetKey: leftover });
  if (mapped?.kind === "failed")
    differences.push({ kind: "failed", sourceKey, reason: mapped.reason });
  if (mapped?.kind !== "item") return differences;
  const { key: targetKey, item } = mapped;
  if (found === undefined) differences.push({ kind: "missing", sourceKey, targetKey });
  else if (canonicalItem(found) !== canonicalItem(item))
    differences.push({ kind: "different", sourceKey, targetKey });
  return differences;
}

/** The source keys that still share a target key; one that has it alone now is compared as any other. */
async function confirmCollision(
  at: ItemReads,
  source: string,
  mapping: Mapping,
  candidate: KeyPair,
): Promise<Confirmed> {
  const { sourceSchema, targetSchema } = mapping;
  const { sourceKey, targetKey, others, scanned } = candidate;
  const sourceKeys = [sourceKey, ...(others as Item[])] as Item[];
  const id = keyIdentity(targetKey as Item, targetSchema);
  const found = await getItems(at, source, sourceSchema, sourceKeys);
  const gone = sourceKeys.filter((key) => !found.has(keyIdentity(key, sourceSchema)));
  const sharing: Item[] = [];
  for (const item of found.values()) {
    const mapped = await mapItem(item, mapping);
    if (mapped.kind === "item" && mapped.id === id) sharing.push(keyOf(item, sourceSchema) as Item);
  }
  const [first, ...rest] = sharing;
  if (rest.length === 0) {
    const pairs = sourceKeys.map((key) => ({ sourceKey: key, scanned }));
    const confirmed = await confirm(at, source, mapping, pairs);
    return {
      candidate,
      differences: confirmed.flatMap(({ differences }) => differences),
      gone: confirmed.flatMap((each) => each.gone),
    };
  }
  const reason = `source key ${keyText(first as Item, sourceSchema)} has the same target key`;
  const differences = rest.map(
    (key): ItemDifference => ({ kind: "collision", sourceKey: key, targetKey, reason }),
  );
  return { candidate, differences, gone };
}
