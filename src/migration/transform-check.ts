import { SwapError } from "../errors";
import { canonicalItem, canonicalValue, type Item, keyIdentity } from "../items";
import { type Clock, realClock } from "./rate-limit";
import type { Requests } from "./request";
import { scanSegmentPage } from "./scan";
import { type Mapped, type Mapping, mapItem } from "./transform";

/** Items at the begin of the source that are tried. */
const TRIED_ITEMS = 25;
/** Segments of the source of which one item each is tried, if each item at its begin fails. */
const TRIED_SEGMENTS = 25;
/** Pause between the two calls for an item, in milliseconds: the time may be in the result. */
const PAUSE_MS = 5;

/** A transform to try. */
export interface TriedTransform extends Requests {
  source: string;
  mapping: Mapping;
  /** Whether to accept one that fails for each item, such as for a verification, which reports them. */
  mayFail?: boolean | undefined;
  clock?: Clock | undefined;
  /** What names the transform in errors, and its value. */
  named: { name: string; value: string };
}

interface Tried {
  item: Item;
  mapped: Mapped;
}

/**
 * Tries a transform with some items before anything is written, and refuses it:
 *
 * - if it gives two results for one of the first 25 items, since no verification would ever agree
 * - unless `mayFail`, if it fails for each of them and, of a larger source, for one item each of 25 segments
 *
 * Cost: 1 read unit for each 4 KB of these items.
 *
 * @throws SwapError `swap.input-invalid` with the reason of the first item; others for a failure that may pass
 */
export async function assertTransformWorks(options: TriedTransform): Promise<void> {
  const { source, mayFail } = options;
  const { tried, whole } = await tryTwice(options);
  const [first] = tried;
  if (mayFail || first?.mapped.kind !== "failed" || !tried.every(isFailed)) return;
  const more = whole ? [] : await tryElsewhere(options, tried);
  if (!more.every(isFailed)) return;
  const { reason } = first.mapped;
  throw refused(
    options,
    `it fails for each of ${countOf([...tried, ...more])} that were tried of "${source}": ${reason}`,
    "correct it; nothing was copied",
  );
}

const isFailed = ({ mapped }: Tried): boolean => mapped.kind === "failed";

const countOf = ({ length }: readonly Tried[]): string =>
  length === 1 ? "1 item" : `${length} items`;

function refused({ named }: TriedTransform, rule: string, fix: string): SwapError {
  return new SwapError("swap.input-invalid", { ...named, rule, fix });
}

/** Maps the first items twice, and refuses two results for one of them. */
async function tryTwice(options: TriedTransform): Promise<{ tried: Tried[]; whole: boolean }> {
  const { mapping, clock = realClock, signal } = options;
  if (mapping.transform === undefined) return { tried: [], whole: false };
  const { items, next } = await firstItems(options, 0, 1, TRIED_ITEMS);
  const tried = await tryEach(items, mapping);
  if (items.length > 0) await clock.sleep(PAUSE_MS, signal);
  for (const { item, mapped } of tried) {
    const again = await mapItem(item, mapping);
    const difference = resultsDifference(mapped, again);
    if (difference !== undefined)
      throw refused(
        options,
        `it gives two results for the same item: ${difference}`,
        "use only the item and the context: no time, no random values, nothing kept from one call to the next",
      );
  }
  return { tried, whole: next === undefined };
}

/** Maps one item of each of many segments, without those that were tried. */
async function tryElsewhere(options: TriedTransform, tried: readonly Tried[]): Promise<Tried[]> {
  const { mapping } = options;
  const keyOfItem = (item: Item) => keyIdentity(item, mapping.sourceSchema);
  const known = new Set(tried.map(({ item }) => keyOfItem(item)));
  const found = await Promise.all(
    Array.from({ length: TRIED_SEGMENTS }, (_, segment) =>
      firstItems(options, segment, TRIED_SEGMENTS, 1),
    ),
  );
  const items = found.flatMap((page) => page.items);
  return tryEach(
    items.filter((item) => !known.has(keyOfItem(item))),
    mapping,
  );
}

function firstItems(
  options: TriedTransform,
  segment: number,
  totalSegments: number,
  limit: number,
) {
  const { client, signal, source } = options;
  const at = { client, signal, table: source };
  return scanSegmentPage(at, { segment, totalSegments }, undefined, { consistent: true, limit });
}

async function tryEach(items: readonly Item[], mapping: Mapping): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const item of items) tried.push({ item, mapped: await mapItem(item, mapping) });
  return tried;
}

/** How two results for one item differ; undefined if they are the same. Reasons may differ. */
function resultsDifference(one: Mapped, other: Mapped): string | undefined {
  if (one.kind !== other.kind) return `"${kindText(one)}" and then "${kindText(other)}"`;
  if (one.kind !== "item" || other.kind !== "item") return undefined;
  if (canonicalItem(one.item) === canonicalItem(other.item)) return undefined;
  const textOf = (item: Item, name: string) => item[name] && canonicalValue(item[name]);
  const name = [...Object.keys(one.item), ...Object.keys(other.item)].find(
    (each) => textOf(one.item, each) !== textOf(other.item, each),
  );
  return `attribute ${JSON.stringify(name?.slice(0, 60))} differs`;
}

const kindText = ({ kind }: Mapped): string => (kind === "item" ? "an item" : kind);
