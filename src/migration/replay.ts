import { type Item, keyIdentity, keyOf, keyText } from "../items";
import { type ParkedKey, type ParkedKeys, parkAll } from "./parked";
import type { Requests, WritePermit } from "./request";
import { type Mapping, mapItem } from "./transform";
import { idOfWrite, type Write, writeItems } from "./write-items";

/** A change of one source item, with full images: of a stream with `NEW_AND_OLD_IMAGES`. */
export interface ChangeRecord {
  /** The item before; absent if the change inserted it. */
  oldImage?: Item | undefined;
  /** The item after; absent if the change removed it. */
  newImage?: Item | undefined;
}

export interface ReplayOptions extends Requests, WritePermit {
  mapping: Mapping;
  parked: ParkedKeys;
  /**
   * Chooses the writes that are made, of those that a batch asks for: what it leaves out is in the target already.
   * Default: all.
   *
   * @param images the source items of the puts, by the identity of the puts' keys
   */
  needed?: (writes: Write[], images: ReadonlyMap<string, Item>) => Promise<Write[]>;
}

/** What a replayed batch has done. */
export interface ReplayResult {
  /** Source keys in the batch. */
  keys: number;
  put: number;
  deleted: number;
  leftOut: number;
  parked: number;
}

/**
 * Applies changes of the source to the target. The changes of each source key are folded, in order: the
 * target keys of all images but the last are deleted, and what the last image maps to is put. If it can't be
 * put, because the transform fails for it or DynamoDB refuses it, its source key is parked, and no older
 * value is left at its target key.
 *
 * The changes of one key have to come in order, across batches too. Then a batch may be repeated or split:
 * the target converges to the last image. So a caller that fails repeats the batch.
 *
 * @param records in the order of the stream; records of different keys may be mixed
 * @throws SwapError `swap.input-invalid` while more than 10,000 keys are parked and this batch parks more;
 * others for a failure that may pass. Any part of the batch may be applied
 */
export async function replayBatch(
  records: readonly ChangeRecord[],
  options: ReplayOptions,
): Promise<ReplayResult> {
  const { mapping, parked, client, signal, clock, beforeWrite, needed } = options;
  const { sourceSchema, targetSchema, target } = mapping;
  const changes = fold(records, mapping);
  const result = { keys: changes.length, put: 0, deleted: 0, leftOut: 0, parked: 0 };

  const puts = new Map<string, { item: Item; image: Item; sourceKey: Item }>();
  const deletes = new Map<string, Item>();
  const toPark: ParkedKey[] = [];
  const clear: Item[] = [];
  for (const { sourceKey, last, earlier } of changes) {
    // An earlier image for which the transform fails was never written, so nothing is to be deleted.
    for (const image of earlier) {
      const mapped = await mapItem(image, mapping);
      if (mapped.kind === "item") deletes.set(mapped.id, mapped.key);
    }
    const mapped = last === undefined ? undefined : await mapItem(last, mapping);
    if (mapped?.kind === "item") {
      const other = puts.get(mapped.id);
      if (other === undefined)
        puts.set(mapped.id, { item: mapped.item, image: last as Item, sourceKey });
      else {
        const reason = `it has the target key of source key ${keyText(other.sourceKey, sourceSchema)}`;
        toPark.push({ sourceKey, kind: "collision", reason, other: other.sourceKey });
      }
      continue;
    }
    if (mapped?.kind === "failed")
      toPark.push({ sourceKey, kind: "transform", reason: mapped.reason });
    else clear.push(sourceKey);
    if (mapped?.kind === "left-out") result.leftOut += 1;
  }
  const at = { client, signal, clock, beforeWrite, table: target };
  const asked: Write[] = [
    ...[...deletes].filter(([id]) => !puts.has(id)).map(([, key]) => ({ delete: key })),
    ...[...puts.values()].map(({ item }) => ({ put: item })),
  ];
  const images = new Map([...puts].map(([id, { image }]) => [id, image]));
  const refused = await writeItems(at, needed ? await needed(asked, images) : asked);
  const stale: Write[] = [];
  for (const { write, reason } of refused) {
    const id = idOfWrite(write, targetSchema);
    const put = puts.get(id);
    if (put === undefined) {
      assertNeverHeld(target, reason);
      continue;
    }
    puts.delete(id);
    const key = deletes.get(id);
    if (key) stale.push({ delete: key });
    toPark.push({ sourceKey: put.sourceKey, kind: "refused", reason });
  }
  const left = needed ? await needed(stale, images) : stale;
  for (const { reason } of await writeItems(at, left)) assertNeverHeld(target, reason);
  for (const id of puts.keys()) deletes.delete(id);
  await parkAll(parked, toPark);
  for (const { sourceKey } of puts.values()) await parked.unpark(sourceKey);
  for (const sourceKey of clear) await parked.unpark(sourceKey);
  return { ...result, put: puts.size, deleted: deletes.size, parked: toPark.length };
}

/** What DynamoDB says of a key's value that no item can have. */
const IMPOSSIBLE_VALUE =
  /numeric value|significant digits|number (?:over|under)flow|size of (?:hashkey|all range keys|rangekey)|empty (?:string|binary) value/i;

/**
 * A deletion that is refused for the key's value is done: no item can have that key. One that is refused
 * for another reason, such as a table with another key, may leave an item.
 */
function assertNeverHeld(table: string, reason: string): void {
  if (!IMPOSSIBLE_VALUE.test(reason))
    throw new Error(`a key of "${table}" can't be deleted: ${reason}`);
}

interface FoldedChange {
  sourceKey: Item;
  /** The last image; undefined if the item was removed. */
  last: Item | undefined;
  /** All images before. */
  earlier: Item[];
}

function fold(records: readonly ChangeRecord[], { sourceSchema }: Mapping): FoldedChange[] {
  const changes = new Map<string, FoldedChange>();
  for (const { oldImage, newImage } of records) {
    const sourceKey = keyOf(newImage ?? oldImage ?? {}, sourceSchema);
    if (sourceKey === undefined)
      throw new Error("a change record holds no full image: want NEW_AND_OLD_IMAGES");
    const id = keyIdentity(sourceKey, sourceSchema);
    const change = changes.get(id) ?? { sourceKey, last: undefined, earlier: [] };
    changes.set(id, change);
    if (change.last) change.earlier.push(change.last);
    if (oldImage) change.earlier.push(oldImage);
    change.last = newImage;
  }
  return [...changes.values()];
}
