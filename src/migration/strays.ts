import { type Item, keyOf } from "../items";
import type { EchoLog } from "./echo-log";
import { getItems } from "./get-items";
import type { ChangeRecord } from "./replay";
import type { Requests } from "./request";
import { isReplica, type Mapped, type Mapping, mapItem } from "./transform";

/** A change that another process than the replication made to the version that was not active. */
export interface Stray {
  /** Identifies its record in the version's stream: its sequence number. */
  sequence: string;
  /** The version that it was made to. */
  version: number;
  key: Item;
  /** The item after it; absent if it deleted the item, and if the item is too large to be recorded. */
  image?: Item | undefined;
  /** Whether it deleted the item. */
  deleted: boolean;
}

/** How {@link findStrays} compares. */
export interface StrayOptions extends Requests {
  /** How items of the version that was not active map to those of the active one. */
  mapping: Mapping;
  /** How items of the active one map back; undefined if they don't. */
  opposite: Mapping | undefined;
  echoes: EchoLog;
}

/**
 * Finds the changes that the replication did not make, of the stream of a version that is not active. What it made is
 * entered in the log. A change that is not, but agrees with the active version's item, was replicated to it while its
 * version was active.
 *
 * Cost: a read unit of the log for each change, and a strongly consistent read of the active version for those that
 * are not in it.
 */
export async function findStrays(
  changes: readonly (ChangeRecord & { sequence: string })[],
  { client, signal, clock, mapping, opposite, echoes }: StrayOptions,
): Promise<Stray[]> {
  const { sourceSchema, targetSchema, target, context } = mapping;
  const table = { version: context.from, schema: sourceSchema };
  const keyed = changes.map(({ sequence, oldImage, newImage }) => ({
    sequence,
    key: keyOf(newImage ?? oldImage ?? {}, sourceSchema) as Item,
    oldImage,
    newImage,
  }));
  const known = await echoes.known(table, keyed);
  const suspects = await Promise.all(
    keyed
      .filter((_, index) => !known[index])
      .map(async (change) => ({
        ...change,
        before: change.oldImage && (await mapItem(change.oldImage, mapping)),
        after: change.newImage && (await mapItem(change.newImage, mapping)),
      })),
  );
  const keys = suspects.flatMap(({ before, after }) => [...keyIn(before), ...keyIn(after)]);
  const live = await getItems({ client, signal, clock }, target, targetSchema, keys);
  const strays: Stray[] = [];
  for (const { sequence, key, newImage, before, after } of suspects) {
    const agrees =
      newImage === undefined || after?.kind === "left-out"
        ? before?.kind !== "item" || !live.has(before.id)
        : after?.kind === "item" && (await isHeld(after, newImage));
    if (!agrees)
      strays.push({
        sequence,
        version: context.from,
        key,
        image: newImage,
        deleted: newImage === undefined,
      });
  }
  return strays;

  async function isHeld({ id, item }: Mapped & { kind: "item" }, image: Item): Promise<boolean> {
    const found = live.get(id);
    return found !== undefined && isReplica(found, item, image, opposite);
  }
}

const keyIn = (mapped: Mapped | undefined): Item[] => (mapped?.kind === "item" ? [mapped.key] : []);
