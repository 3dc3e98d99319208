import { type Item, type KeySchema, keyIdentity, keyOf } from "../items";
import { confirmSettled } from "./confirm";
import { distinctDifferences } from "./difference";
import { BUCKETS, bucketOf, digestOf, Fingerprint } from "./fingerprint";
import { Located } from "./locate";
import { type RateLimit, realClock } from "./rate-limit";
import type { Requests } from "./request";
import { eachSegment, scanSegmentPage } from "./scan";
import { type Mapped, type Mapping, mapItem } from "./transform";
import type { ComparedPart, FoundKey, VerifyPart, VerifyRows } from "./verify-rows";

/** Items after which a position is one that can be saved. */
const CHUNK = 100;
/** Pause between two saves of sums, which cost up to 330 write units, in milliseconds. */
const SAVE_SUMS_EVERY_MS = 60_000;
/** Pause between two saves of how far a part has come, in milliseconds. */
const SAVE_EVERY_MS = 2_000;
/** Keys after which a part saves what it has found. */
const MAX_UNSAVED_KEYS = 2_000;
/** Failing source keys that are recorded, of all parts together. */
const MAX_FAILING = 100_000;
/** Keys of one part of `confirm`, unless one bucket has more. */
const GROUP_KEYS = 50_000;
/** Keys that are looked at where the tables differ, of all parts together: they are held in the migration's table. */
const MAX_LOCATED_KEYS = 1_000_000;
const MAX_GROUPS = 255;

/** One part of a verification that several functions make. */
export interface VerifyPartOptions extends Requests {
  source: string;
  mapping: Mapping;
  rows: VerifyRows;
  part: number;
  /** Segments of each table. */
  segments: number;
  limit?: RateLimit | undefined;
  /** Called before each request that scans, and while it waits for the limit; what it throws ends the part. */
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
      const mapped: Mapped[] = [];
      for (const item of chunk.items) {
        const result = mapItem(item, mapping);
        mapped.push("then" in result ? await result : result);
      }
      // From here to the cursor nothing waits: what is saved meanwhile belongs together.
      for (const [index, each] of mapped.entries()) {
        state.sourceItems += 1;
        if (each.kind === "item") state.sums.add(each.id, each.item);
        else if (each.kind === "left-out") state.leftOut += 1;
        else if (state.failing < MAX_FAILING / segments) {
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
    await eachSegment([0, 1], 2, options.signal, async (side, signal) => {
      if (side === 0 && !state.sourceDone) await readSource(signal);
      if (side === 1 && !state.targetDone) await readTarget(signal);
    });
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
 * function can hold. Buckets with more than 1,000,000 keys together are not looked at: `complete` is false then.
 *
 * @throws Error if a part is not done
 */
export async function sumUp(rows: VerifyRows, segments: number): Promise<ComparedAll> {
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
    if (located + keys > MAX_LOCATED_KEYS || (opens && lastGroup === MAX_GROUPS)) {
      all.complete = false;
      continue;
    }
    if (opens) {
      lastGroup += 1;
      left = GROUP_KEYS;
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
      for (const item of chunk.items) {
        const key = () => keyOf(item, schema) as Item;
        if (side === "target")
          keep(keyIdentity(item, schema), () => ({ key: key(), digest: digestOf(item) }));
        else {
          const result = mapItem(item, mapping);
          const mapped = "then" in result ? await result : result;
          if (mapped.kind === "item")
            keep(mapped.id, () => ({
              key: key(),
              targetKey: mapped.key,
              digest: digestOf(mapped.item),
            }));
        }
      }
      state.read += chunk.items.length;
      state.cursor = chunk.cursor;
      state.done = chunk.done;
      const isDue = clock.now() - savedAt >= SAVE_EVERY_MS;
      const ends = state.done || isLate();
      if (ends || isDue || unsaved >= MAX_UNSAVED_KEYS) await save();
      if (ends) break;
    }
  } catch (error) {
    if (options.isPause(error)) await save();
    throw error;
  }
  return state.done;
}

/**
 * Pairs the keys that the parts have found in some buckets, reads those that may differ again, and once more after
 * the pause, and records what still differs. Part 0 has the source keys for which the transform failed.
 *
 * @throws SwapError; the signal's reason
 */
export async function confirmPart(
  { client, signal, clock, source, mapping, rows, part }: VerifyPartOptions,
  settleMs: number,
): Promise<void> {
  const { sourceSchema, targetSchema } = mapping;
  const located = new Located(mapping);
  for (const { key, digest } of await rows.found(part, "target"))
    located.addTarget(keyIdentity(key, targetSchema), key, digest);
  for (const { key, targetKey = {}, digest } of await rows.found(part, "source"))
    located.addSource(keyIdentity(targetKey, targetSchema), key, targetKey, digest);
  const { candidates, complete } = located.candidates();
  const failing = new Map<string, Item>();
  for (const { key } of await rows.found(part, "compare"))
    failing.set(keyIdentity(key, sourceSchema), key);
  for (const sourceKey of failing.values()) candidates.push({ sourceKey });
  const at = { client, signal, clock };
  const confirmed = await confirmSettled(at, source, mapping, candidates, settleMs);
  const differences = distinctDifferences(
    confirmed.flatMap((each) => each.differences),
    mapping,
  );
  await rows.putDifferences(part, differences);
  await rows.savePart("confirm", {
    ...newPart(part),
    read: candidates.length,
    done: true,
    differences: differences.length,
    complete,
  });
}

const newPart = (part: number): VerifyPart => ({
  part,
  read: 0,
  done: false,
  differences: 0,
  complete: true,
});
