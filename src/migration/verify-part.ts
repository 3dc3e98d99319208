import { type Item, type KeySchema, keyIdentity, keyOf } from "../items";
import { type Confirmed, confirmAll, type KeyPair } from "./confirm";
import { distinctDifferences } from "./difference";
import { BUCKETS, bucketOf, digestOf, Fingerprint } from "./fingerprint";
import { Located } from "./locate";
import { type RateLimit, realClock } from "./rate-limit";
import type { Requests } from "./request";
import { inParallel, scanSegmentPage } from "./scan";
import { type Mapping, mapItems } from "./transform";
import {
  type ComparedPart,
  type FoundKey,
  MAX_KEYS_LENGTH,
  type VerifyPart,
  type VerifyRows,
} from "./verify-rows";

/** Items after which a position is one that can be saved. */
const CHUNK = 100;
/** Pause between two saves of sums, which cost up to 330 write units, in milliseconds. */
const SAVE_SUMS_EVERY_MS = 60_000;
/** Pause between two saves of how far a part has come, in milliseconds. */
const SAVE_EVERY_MS = 2_000;
const MAX_GROUPS = 255;

/** Bounds of a verification that functions make; a test passes smaller ones. */
export interface VerifyBounds {
  /** Keys after which a part saves what it has found. */
  unsavedKeys: number;
  /** Longest row of keys, in characters. */
  rowLength: number;
  /** Failing source keys that are recorded, of all parts together. */
  failing: number;
  /** Keys of one part of `confirm`, unless one bucket has more. */
  groupKeys: number;
  /** Keys of one bucket that is looked at: a function holds them. */
  bucketKeys: number;
  /** Keys that are looked at where the tables differ, of all parts together: they are held in the migration's table. */
  locatedKeys: number;
  /** Differences that are recorded: a function holds them. As many as one process finds by default. */
  differences: number;
  /** Candidates that are read at a time. */
  candidates: number;
  /**
   * Time after which a call of `confirm` reads no further candidates for the first time, in milliseconds: the pause and
   * the second look follow, before the function's 15 minutes are over.
   */
  sliceMs: number;
}

export const VERIFY_BOUNDS: VerifyBounds = {
  unsavedKeys: 2_000,
  rowLength: MAX_KEYS_LENGTH,
  failing: 100_000,
  groupKeys: 50_000,
  bucketKeys: 200_000,
  locatedKeys: 1_000_000,
  differences: 100_000,
  candidates: 100,
  sliceMs: 120_000,
};

/** One part of a verification that several functions make. */
export interface VerifyPartOptions extends Requests {
  source: string;
  mapping: Mapping;
  rows: VerifyRows;
  part: number;
  /** Segments of each table. */
  segments: number;
  limit?: RateLimit | undefined;
  bounds: VerifyBounds;
  /** Called before each request that scans or confirms, and while it waits for the limit; what it throws ends the part. */
  goesOn(): Promise<void>;
  /** Whether to save the position and end. */
  isLate(): boolean;
  /** Whether what was thrown is to end the part after a save. */
  isPause(error: unknown): boolean;
}

interface Chunk {
  items: Item[];
  /** Where to go on after it; absent at the end. */
  cursor: Item | undefined;
  done: boolean;
}

/** Reads a segment from a cursor, strongly consistent, in chunks of 100 items. */
async function* chunksOf(
  { client, signal, clock, part, segments, limit, goesOn }: VerifyPartOptions,
  table: string,
  schema: KeySchema,
  cursor: Item | undefined,
): AsyncGenerator<Chunk, void, undefined> {
  const at = { client, signal, clock, table };
  let start = cursor;
  do {
    await goesOn();
    const segment = { segment: part, totalSegments: segments };
    const page = await scanSegmentPage(at, segment, start, { consistent: true });
    start = page.next;
    for (let first = 0; first === 0 || first < page.items.length; first += CHUNK) {
      const items = page.items.slice(first, first + CHUNK);
      await limit?.take(items.length, signal, goesOn);
      const isLast = first + CHUNK >= page.items.length;
      yield {
        items,
        cursor: isLast ? start : keyOf(items.at(-1) as Item, schema),
        done: isLast && start === undefined,
      };
    }
  } while (start !== undefined);
}

/**
 * Compares one segment of both tables, from where it was saved until it is done or late: it sums the digests of what
 * the source's items map to, and takes those of the target's items away. Repeated from its last save after it was
 * killed, it comes to the same.
 *
 * @returns whether it is done
 * @throws SwapError; what `goesOn` throws; the signal's reason
 */
export async function comparePart(options: VerifyPartOptions): Promise<boolean> {
  const { source, mapping, rows, part, segments, isLate, clock = realClock } = options;
  const { sourceSchema, targetSchema, target } = mapping;
  const state: ComparedPart = (await rows.compared(part)) ?? {
    sums: new Fingerprint(),
    sourceDone: false,
    targetDone: false,
    sourceItems: 0,
    leftOut: 0,
    targetItems: 0,
    failing: 0,
    complete: true,
  };
  const targetSums = new Fingerprint();
  let failing: FoundKey[] = [];
  let saving: Promise<void> = Promise.resolve();
  let savedAt = clock.now();
  let shownAt = clock.now();

  const save = (): Promise<void> => {
    const sums = new Fingerprint();
    sums.merge(state.sums);
    sums.merge(targetSums, -1);
    const found = failing;
    failing = [];
    const saved = { ...state, sums };
    savedAt = clock.now();
    saving = saving.then(async () => {
      await rows.putFound({ group: 0, phase: "compare", part }, found);
      await rows.saveCompared(part, saved);
    });
    return saving;
  };
  const isDone = () => state.sourceDone && state.targetDone;
  const show = (done: boolean) => {
    shownAt = clock.now();
    return rows.savePart("compare", {
      part,
      read: state.sourceItems + state.targetItems,
      done,
      differences: 0,
      calls: [],
      complete: state.complete,
    });
  };
  const afterChunk = async (): Promise<void> => {
    if (clock.now() - savedAt >= SAVE_SUMS_EVERY_MS) await save();
    if (clock.now() - shownAt >= SAVE_EVERY_MS) await show(false);
  };

  const readSource = async (signal: AbortSignal) => {
    const at = { ...options, signal };
    for await (const chunk of chunksOf(at, source, sourceSchema, state.sourceCursor)) {
      const mapped = await mapItems(chunk.items, mapping);
      // From here to the cursor nothing waits: what is saved meanwhile belongs together.
      for (const [index, each] of mapped.entries()) {
        state.sourceItems += 1;
        if (each.kind === "item") state.sums.add(each.id, each.item);
        else if (each.kind === "left-out") state.leftOut += 1;
        else if (state.failing < options.bounds.failing / segments) {
          state.failing += 1;
          failing.push({
            key: keyOf(chunk.items[index] as Item, sourceSchema) as Item,
            digest: "",
          });
        } else state.complete = false;
      }
      state.sourceCursor = chunk.cursor;
      state.sourceDone = chunk.done;
      await afterChunk();
      if (isLate()) return;
    }
  };
  const readTarget = async (signal: AbortSignal) => {
    const at = { ...options, signal };
    for await (const chunk of chunksOf(at, target, targetSchema, state.targetCursor)) {
      for (const item of chunk.items) targetSums.add(keyIdentity(item, targetSchema), item);
      state.targetItems += chunk.items.length;
      state.targetCursor = chunk.cursor;
      state.targetDone = chunk.done;
      await afterChunk();
      if (isLate()) return;
    }
  };
  try {
    const left = [
      ...(state.sourceDone ? [] : [readSource]),
      ...(state.targetDone ? [] : [readTarget]),
    ];
    await inParallel(left, left.length, options.signal, (read, signal) => read(signal));
  } catch (error) {
    if (options.isPause(error)) await save();
    throw error;
  }
  await save();
  await show(isDone());
  return isDone();
}

/** What the sums of all parts show. */
export interface ComparedAll {
  sourceItems: number;
  leftOut: number;
  targetItems: number;
  failing: number;
  complete: boolean;
  /** As in a plan. */
  groups: Uint8Array;
  lastGroup: number;
}

/**
 * Adds up what the parts have compared, and puts the buckets in which the tables differ into groups whose keys one
 * function can hold. Buckets with more than 1,000,000 keys together, and one with more than 200,000, are not looked at:
 * `complete` is false then.
 *
 * @throws Error if a part is not done
 */
export async function sumUp(
  rows: VerifyRows,
  segments: number,
  bounds: VerifyBounds,
): Promise<ComparedAll> {
  const sums = new Fingerprint();
  const all = { sourceItems: 0, leftOut: 0, targetItems: 0, failing: 0, complete: true };
  for (let part = 0; part < segments; part++) {
    const compared = await rows.compared(part);
    if (!compared?.sourceDone || !compared.targetDone) throw new Error(`part ${part} is not done`);
    sums.merge(compared.sums);
    for (const name of ["sourceItems", "leftOut", "targetItems", "failing"] as const)
      all[name] += compared[name];
    all.complete &&= compared.complete;
  }
  const groups = new Uint8Array(BUCKETS);
  let lastGroup = 0;
  let left = 0;
  let located = 0;
  for (const bucket of sums.unbalanced()) {
    const keys = sums.countOf(bucket);
    const opens = keys > left;
    const fits = keys <= bounds.bucketKeys && located + keys <= bounds.locatedKeys;
    if (!fits || (opens && lastGroup === MAX_GROUPS)) {
      all.complete = false;
      continue;
    }
    if (opens) {
      lastGroup += 1;
      left = bounds.groupKeys;
    }
    groups[bucket] = lastGroup;
    left -= keys;
    located += keys;
  }
  return { ...all, groups, lastGroup };
}

/**
 * Collects the keys of one segment of a table where the tables differ, from where it was saved until it is done or
 * late.
 *
 * @param side the target's parts all have to be done before the first of the source begins
 * @returns whether it is done
 * @throws SwapError; what `goesOn` throws; the signal's reason
 */
export async function locatePart(
  options: VerifyPartOptions,
  side: "target" | "source",
  groups: Uint8Array,
): Promise<boolean> {
  const { mapping, rows, part, isLate, clock = realClock } = options;
  const table = side === "source" ? options.source : mapping.target;
  const schema = side === "source" ? mapping.sourceSchema : mapping.targetSchema;
  const state: VerifyPart = (await rows.part(side, part)) ?? newPart(part);
  if (state.done) return true;
  let found = new Map<number, FoundKey[]>();
  let unsaved = 0;
  let savedAt = clock.now();
  const keep = (id: string, made: () => FoundKey) => {
    const group = groups[bucketOf(id)] as number;
    if (group === 0) return;
    const keys = found.get(group) ?? [];
    found.set(group, keys);
    keys.push(made());
    unsaved += 1;
  };
  const save = async () => {
    for (const [group, keys] of found) await rows.putFound({ group, phase: side, part }, keys);
    found = new Map();
    unsaved = 0;
    await rows.savePart(side, state);
    savedAt = clock.now();
  };
  try {
    for await (const chunk of chunksOf(options, table, schema, state.cursor)) {
      const mapped = side === "source" ? await mapItems(chunk.items, mapping) : undefined;
      for (const [index, item] of chunk.items.entries()) {
        const key = () => keyOf(item, schema) as Item;
        const made = mapped?.[index];
        if (mapped === undefined)
          keep(keyIdentity(item, schema), () => ({ key: key(), digest: digestOf(item) }));
        else if (made?.kind === "item")
          keep(made.id, () => ({
            key: key(),
            targetKey: made.key,
            digest: digestOf(made.item),
          }));
      }
      state.read += chunk.items.length;
      state.cursor = chunk.cursor;
      state.done = chunk.done;
      const isDue = clock.now() - savedAt >= SAVE_EVERY_MS;
      const ends = state.done || isLate();
      if (ends || isDue || unsaved >= options.bounds.unsavedKeys) await save();
      if (ends) break;
    }
  } catch (error) {
    if (options.isPause(error)) await save();
    throw error;
  }
  return state.done;
}

/** A candidate, and text by which all candidates of a part are sorted. */
interface SortedPair {
  id: string;
  pair: KeyPair;
}

/** What the parts have found in some buckets. Part 0 has the source keys for which the transform failed. */
async function candidatesOf({ mapping, rows, part }: VerifyPartOptions) {
  const { sourceSchema, targetSchema } = mapping;
  const located = new Located(mapping);
  await rows.eachFound(part, "target", ({ key, digest }) =>
    located.addTarget(keyIdentity(key, targetSchema), key, digest),
  );
  await rows.eachFound(part, "source", ({ key, targetKey = {}, digest }) =>
    located.addSource(keyIdentity(targetKey, targetSchema), key, targetKey, digest),
  );
  const { candidates, complete } = located.candidates();
  const failing = new Map<string, Item>();
  await rows.eachFound(part, "compare", ({ key }) => {
    failing.set(keyIdentity(key, sourceSchema), key);
  });
  for (const sourceKey of failing.values()) candidates.push({ sourceKey });
  const sorted = candidates.map((pair): SortedPair => {
    const { sourceKey = {}, targetKey } = pair;
    const id = targetKey
      ? `target ${keyIdentity(targetKey, targetSchema)}`
      : `source ${keyIdentity(sourceKey, sourceSchema)}`;
    return { id, pair };
  });
  return { sorted: sorted.sort((a, b) => (a.id < b.id ? -1 : 1)), complete };
}

/**
 * Reads pairs again, some at a time, until all are read or `isOver`. While it waits for the limit it also looks whether
 * the function's time is nearly over: what was begun is then read at once.
 */
async function readAgain(
  options: VerifyPartOptions,
  pairs: readonly KeyPair[],
  isOver: () => boolean,
): Promise<Confirmed[]> {
  const { client, signal, clock, source, mapping, bounds, limit, goesOn, isLate } = options;
  const looked: Confirmed[] = [];
  const over = new Error("no time is left for further pairs");
  const whileWaiting = async () => {
    await goesOn();
    if (isOver() || isLate()) throw over;
  };
  for (let start = 0; start < pairs.length; start += bounds.candidates) {
    if (start > 0 && isOver()) break;
    const batch = pairs.slice(start, start + bounds.candidates);
    await goesOn();
    try {
      await limit?.take(batch.length, signal, whileWaiting);
    } catch (error) {
      if (error !== over) throw error;
      if (isOver()) break;
    }
    looked.push(...(await confirmAll({ client, signal, clock }, source, mapping, batch)));
  }
  return looked;
}

/**
 * Pairs the keys that the parts have found in some buckets, reads those that may differ again, and once more after
 * the pause, and records what still differs. A call confirms as many as it reads in two minutes, and at least 100.
 *
 * @returns whether it is done; it is also once it has found as many differences as are recorded
 * @throws SwapError; what `goesOn` throws; the signal's reason
 */
export async function confirmPart(options: VerifyPartOptions, settleMs: number): Promise<boolean> {
  const { signal, clock = realClock, mapping, rows, part, bounds } = options;
  const state: VerifyPart = (await rows.part("confirm", part)) ?? newPart(part);
  if (state.done) return true;
  const { sorted, complete } = await candidatesOf(options);
  const { after } = state;
  const left = after === undefined ? sorted : sorted.filter(({ id }) => id > after);
  const began = clock.now();
  const isOver = () => clock.now() - began >= bounds.sliceMs;
  const pairs = left.map(({ pair }) => pair);
  const looked = await readAgain(options, pairs, isOver);
  let differing = looked.filter(({ differences }) => differences.length > 0);
  if (settleMs > 0 && differing.length > 0) {
    await clock.sleep(settleMs, signal);
    const again = differing.map(({ candidate }) => candidate);
    differing = await readAgain(options, again, () => false);
  }
  const all = differing.flatMap(({ differences }) => differences);
  const found = distinctDifferences(all, mapping);
  const kept = found.slice(0, bounds.differences - state.differences);
  await rows.putDifferences(part, kept);
  const isCut = kept.length < found.length;
  const done = isCut || looked.length === left.length;
  await rows.savePart("confirm", {
    part,
    read: state.read + looked.length,
    after: left[looked.length - 1]?.id ?? after,
    differences: state.differences + kept.length,
    calls: kept.length > 0 ? [...state.calls, rows.call] : state.calls,
    complete: state.complete && complete && !isCut,
    done,
  });
  return done;
}

const newPart = (part: number): VerifyPart => ({
  part,
  read: 0,
  done: false,
  differences: 0,
  calls: [],
  complete: true,
});
