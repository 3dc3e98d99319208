import { canonicalItem, type Item, keyIdentity, keyOf } from "../items";
import { type KeyPair, type PairReading, readPairs } from "./confirm";
import { assertNotHeld } from "./control";
import type { ItemDifference } from "./difference";
import { getItems } from "./get-items";
import { type ParkedKey, type ParkedKeys, parkAll } from "./parked";
import { RateLimit } from "./rate-limit";
import type { Requests, WritePermit } from "./request";
import type { MigrationStart } from "./run";
import { inParallel, segmentPages } from "./scan";
import type { MigrationStore } from "./store";
import { keepsKeys, type Mapping, mapItem } from "./transform";
import { assertTargetWritable, stoppedFix, type TargetControl, WriteGuard } from "./write-guard";
import { idOfWrite, MAX_BATCH_WRITES, type Write, writeItems } from "./write-items";

/** Times that an item is written again because its source changed meanwhile. */
const MAX_ROUNDS = 10;

/** The differences of a verification, and where to repair them. */
export interface RepairOptions extends Requests, TargetControl {
  source: string;
  mapping: Mapping;
  differences: readonly ItemDifference[];
  parked: ParkedKeys;
  /** Segments of the source read at a time, when extra items have to be looked for. */
  concurrency: number;
  /** The run of the copy, if one is recorded: what operators ask of it counts for the repair too. */
  held?: { store: MigrationStore; start: MigrationStart } | undefined;
  /** Limits the differences repaired a second. */
  limit?: RateLimit | undefined;
  /** Called after each batch with the number of differences handled so far. */
  onProgress?: ((handled: number) => void) | undefined;
}

/** What a repair has done. */
export interface Repair {
  /** Items written to the target. */
  written: number;
  /** Items deleted from the target. */
  deleted: number;
  /** Differences that were gone when they were read again. */
  agreed: number;
  /** Differences that a repair can't remove: collisions, failing transforms, refused and changing items. */
  left: ItemDifference[];
}

/**
 * Repairs exactly the given differences. Each is read again from both tables, strongly consistent, and
 * written only if it still differs. After the write its source is read once more, and the item is written
 * again if it changed meanwhile: otherwise an older value could replace one that replay wrote.
 *
 * An item is deleted only if no source item maps to its key. With a transform, or other keys, that takes a
 * strongly consistent scan of the source for the extra items, and another one for items whose source item
 * was deleted since the verification. A last one finds source items that came during the scans, and they are
 * written: 1 read unit for each 4 KB, of each scan.
 *
 * It writes only while the target is not active, which is checked as {@link copy} does, with the same bound.
 *
 * @throws RunHeld for a run that an operator has paused or cancelled, also meanwhile
 * @throws SwapError `swap.input-invalid` for a target that must not be written, as {@link assertTargetWritable},
 * and once more than 10,000 keys are parked; others for a failure that may pass; the signal's reason. Any part
 * may be done, and repeating the repair is safe
 */
export async function repair(given: RepairOptions): Promise<Repair> {
  const { differences, mapping, clock, signal } = given;
  const limit = given.limit ?? new RateLimit(undefined, clock);
  const guard = new WriteGuard(
    async () => {
      await assertTargetWritable(given, mapping.context, stoppedFix(mapping.context));
      if (!given.held) return;
      const { store, start } = given.held;
      const control = await store.control(start.run);
      const again =
        start.engine === "lambda"
          ? "take migrateFrom out of the program, run pulumi up, and declare it again"
          : "copy with --restart to begin a new run";
      assertNotHeld(control, mapping.context, again);
      limit.lowerTo(control.rate?.perSecond);
    },
    clock,
    signal,
  );
  await guard.beforeWrite();
  const options: GuardedOptions = { ...given, limit, beforeWrite: guard.beforeWrite, searched: [] };
  const outcome: Repair = { written: 0, deleted: 0, agreed: 0, left: [] };
  const extras = differences.filter(({ kind }) => kind === "extra");
  const orphans: ItemDifference[] = [];
  await repairAll(options, outcome, orphans, [
    ...(await sourcesOfExtras(options, extras)),
    ...differences.flatMap((difference): Repairable[] => {
      const { kind, sourceKey, targetKey } = difference;
      if (kind === "extra") return [];
      if (kind !== "collision") return [{ difference, sourceKey, targetKey }];
      outcome.left.push(difference);
      return [];
    }),
  ]);
  await repairAll(options, outcome, orphans, await sourcesOfExtras(options, orphans.splice(0)));
  await putClaimed(options, outcome);
  await guard.confirm();
  return outcome;
}

type GuardedOptions = RepairOptions &
  WritePermit & {
    /** The extra items that were deleted because a search of the source had found no item for them. */
    searched: ItemDifference[];
  };

/**
 * Searches the source for the extra items that were deleted after a search, and puts those that an item of
 * the source maps to: it may have come while the search was past its place, and replay may have put it before
 * the deletion. Nothing is missed: what comes later than this search, replay puts after the deletion.
 */
async function putClaimed(options: GuardedOptions, outcome: Repair): Promise<void> {
  const { searched } = options;
  const { agreed } = outcome;
  for (let round = 0; searched.length > 0; round++) {
    const claims = await sourcesOfExtras(options, searched.splice(0));
    const claimed = claims.filter(({ sourceKey }) => sourceKey !== undefined);
    if (round === MAX_ROUNDS) {
      const reason = "its source items keep changing";
      outcome.left.push(...claimed.map(({ difference }) => ({ ...difference, reason })));
      return;
    }
    const orphans: ItemDifference[] = [];
    const unsearched = claimed.map((each) => ({ ...each, searched: false }));
    await repairAll(options, outcome, orphans, unsearched);
    await repairAll(options, outcome, [], await sourcesOfExtras(options, orphans));
    // What was deleted, and is back by now, is no difference of its own.
    outcome.agreed = agreed;
  }
}

async function repairAll(
  options: GuardedOptions,
  outcome: Repair,
  orphans: ItemDifference[],
  candidates: readonly Repairable[],
): Promise<void> {
  for (let start = 0; start < candidates.length; start += MAX_BATCH_WRITES) {
    const some = candidates.slice(start, start + MAX_BATCH_WRITES);
    await options.limit?.take(some.length, options.signal);
    await repairBatch(options, some, outcome, orphans);
    options.onProgress?.(outcome.left.length + outcome.agreed + outcome.written + outcome.deleted);
  }
}

interface Repairable extends KeyPair {
  difference: ItemDifference;
  /** Whether the source was searched for an item that maps to the target key, so that it may be deleted. */
  searched?: boolean;
}

/** The source keys that map to the extra items, if any do by now. */
async function sourcesOfExtras(
  { client, signal, source, mapping, concurrency }: RepairOptions,
  extras: readonly ItemDifference[],
): Promise<Repairable[]> {
  const wanted = new Map<string, Repairable>();
  for (const difference of extras) {
    const targetKey = difference.targetKey as Item;
    const sourceKey = keepsKeys(mapping) ? targetKey : undefined;
    wanted.set(keyIdentity(targetKey, mapping.targetSchema), {
      difference,
      sourceKey,
      targetKey,
      searched: true,
    });
  }
  if (wanted.size === 0 || keepsKeys(mapping)) return [...wanted.values()];
  const segments = Array.from({ length: concurrency }, (_, segment) => segment);
  await inParallel(segments, concurrency, signal, async (segment, either) => {
    const at = { client, signal: either, table: source };
    const parts = { segment, totalSegments: concurrency };
    for await (const page of segmentPages(at, parts))
      for (const item of page.items) {
        const sourceKey = keyOf(item, mapping.sourceSchema) as Item;
        const mapped = await mapItem(item, mapping);
        const claimed = mapped.kind === "item" ? wanted.get(mapped.id) : undefined;
        if (claimed) claimed.sourceKey = sourceKey;
      }
  });
  return [...wanted.values()];
}

/** @param orphans gets the target items to delete for which the source has to be searched first */
async function repairBatch(
  options: GuardedOptions,
  candidates: readonly Repairable[],
  outcome: Repair,
  orphans: ItemDifference[],
): Promise<void> {
  const { client, signal, clock, beforeWrite, source, mapping, parked } = options;
  const { sourceSchema, targetSchema, target } = mapping;
  const at = { client, signal, clock };
  const wrote = new Set<Repairable>();
  let left = candidates;
  for (let round = 0; left.length > 0; round++) {
    const read = await readPairs(at, source, mapping, left);
    const unsearched = ({ leftover, mapped }: PairReading, { searched }: Repairable) =>
      searched || keepsKeys(mapping) || mapped?.kind === "failed" ? undefined : leftover;
    const orphaned = read.map((reading, index) => unsearched(reading, left[index] as Repairable));
    const readings = read.map((reading, index) =>
      orphaned[index] ? { ...reading, leftover: undefined } : reading,
    );
    const writes = new Map<string, Write>();
    for (const write of readings.flatMap(writesOf)) {
      const id = idOfWrite(write, targetSchema);
      // A key that one source item has left may be another's now.
      if ("put" in write || !writes.has(id)) writes.set(id, write);
    }
    if (!keepsKeys(mapping))
      for (const write of writes.values())
        if ("delete" in write) options.searched.push({ kind: "extra", targetKey: write.delete });
    const refused = await writeItems({ client, signal, clock, beforeWrite, table: target }, [
      ...writes.values(),
    ]);
    const reasons = new Map(
      refused.map(({ write, reason }) => [idOfWrite(write, targetSchema), reason]),
    );
    const keys = left.flatMap(({ sourceKey }) => (sourceKey ? [sourceKey] : []));
    const now = await getItems(at, source, sourceSchema, keys);
    const changed: Repairable[] = [];
    const toPark: ParkedKey[] = [];
    for (const [index, candidate] of left.entries()) {
      const { difference, sourceKey } = candidate;
      const reading = readings[index] as PairReading;
      const { mapped } = reading;
      const done = writesOf(reading);
      if (done.length > 0) wrote.add(candidate);
      const reason = mapped?.kind === "item" ? reasons.get(mapped.id) : undefined;
      if (sourceKey && mapped?.kind === "failed") {
        outcome.left.push({ kind: "failed", sourceKey, reason: mapped.reason });
        toPark.push({ sourceKey, kind: "transform", reason: mapped.reason });
      } else if (sourceKey && reason !== undefined) {
        outcome.left.push({ ...difference, reason });
        toPark.push({ sourceKey, kind: "refused", reason });
      } else if (
        sourceKey &&
        !sameItem(reading.source, now.get(keyIdentity(sourceKey, sourceSchema)))
      ) {
        if (round < MAX_ROUNDS) changed.push(candidate);
        else outcome.left.push({ ...difference, reason: "its source item keeps changing" });
      } else {
        if (sourceKey) await parked.unpark(sourceKey);
        const targetKey = orphaned[index];
        if (targetKey) orphans.push({ kind: "extra", targetKey });
        // The orphan is all that is left of it, and is counted when it is repaired.
        if (targetKey && mapped?.kind !== "item") continue;
        if (!wrote.has(candidate)) outcome.agreed += 1;
        else if (mapped?.kind === "item") outcome.written += 1;
        else outcome.deleted += 1;
      }
    }
    await parkAll(parked, toPark);
    left = changed;
  }
}

/** The writes that make the target agree with what was read. */
function writesOf({ mapped, found, leftover }: PairReading): Write[] {
  const writes: Write[] = leftover && mapped?.kind !== "failed" ? [{ delete: leftover }] : [];
  if (mapped?.kind !== "item") return writes;
  return sameItem(found, mapped.item) ? writes : [...writes, { put: mapped.item }];
}

function sameItem(one: Item | undefined, other: Item | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalItem(one) === canonicalItem(other);
}
