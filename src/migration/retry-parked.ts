import { type Item, keyIdentity } from "../items";
import { type BatchOptions, CopyBatch, flush } from "./copy-segment";
import { getItems } from "./get-items";
import type { ParkedKey } from "./parked";
import { type Mapped, mapItem } from "./transform";
import { MAX_BATCH_WRITES } from "./write-items";

/** What became of keys that were parked. */
export interface Retried {
  /** Keys that were tried again. */
  retried: number;
  /** Those that are parked no longer: written, left out, or without an item. */
  unparked: number;
}

/**
 * Tries parked keys again. Each is read from the source with strong consistency. One whose item is gone is
 * unparked, and so is one that can be written by now or is left out. A key that collided is written only if
 * the source key that it collided with is gone or has another target key by now.
 *
 * Cost: 1 read unit for each 4 KB of the items.
 *
 * @throws SwapError; the signal's reason
 */
export async function retryParked(
  options: BatchOptions & { source: string },
  entries: readonly ParkedKey[],
): Promise<Retried> {
  const { client, signal, clock, source, mapping, parked } = options;
  const { sourceSchema } = mapping;
  const claims = new Map<string, Item>();
  let unparked = 0;
  for (let start = 0; start < entries.length; start += MAX_BATCH_WRITES) {
    const some = entries.slice(start, start + MAX_BATCH_WRITES);
    const keys = some.flatMap(({ sourceKey, other }) => (other ? [sourceKey, other] : [sourceKey]));
    const items = await getItems({ client, signal, clock }, source, sourceSchema, keys);
    const itemAt = (key: Item) => items.get(keyIdentity(key, sourceSchema));
    const batch = new CopyBatch();
    let gone = 0;
    for (const entry of some) {
      const { sourceKey } = entry;
      const item = itemAt(sourceKey);
      if (item === undefined) {
        await parked.unpark(sourceKey);
        gone += 1;
        continue;
      }
      const mapped = await mapItem(item, mapping);
      if (entry.kind !== "collision" || mapped.kind !== "item") {
        batch.add(sourceKey, mapped, claims, mapping);
        continue;
      }
      const rival = entry.other && itemAt(entry.other);
      // Records of earlier releases don't hold the other key: only a verification can tell.
      const taken =
        entry.other === undefined || (rival && sameTarget(await mapItem(rival, mapping), mapped));
      if (taken) batch.parked.push(entry);
      else batch.add(sourceKey, mapped, claims, mapping);
    }
    await flush(options, batch);
    unparked += gone + batch.counts.written + batch.counts.leftOut;
  }
  return { retried: entries.length, unparked };
}

const sameTarget = (one: Mapped, other: Mapped): boolean =>
  one.kind === "item" && other.kind === "item" && one.id === other.id;
