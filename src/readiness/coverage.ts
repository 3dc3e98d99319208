import { MAX_BATCH_KEYS } from "../aws";
import { type Item, type KeySchema, keyIdentity, keyList, keyOf, keyText } from "../items";
import { findItems, type ItemLookup } from "./find-items";
import type { Candidate, Gate, Verdict } from "./gate";
import { keySchemaOf } from "./key-schema";
import { OutOfReadUnits, ReadMeter } from "./read-meter";
import { refuseIfTableMissing } from "./request";
import { sampleItems } from "./sample";
import { SampleCount } from "./sample-count";

/** How much of the active version the new one must hold, and what the check may cost. */
export interface CoverageOptions {
  /**
   * Items sampled: 1 to 10,000.
   * @default 100
   */
  samples?: number;
  /**
   * Share of the sampled items that must be present: above 0, up to 1.
   * @default 1
   */
  ratio?: number;
  /**
   * Maximum read units of one check, for both tables together.
   * @default 2000
   */
  maxReadUnits?: number;
}

/** Seams for tests. */
export interface CoverageDependencies {
  /** From 0 up to 1, as `Math.random`. */
  random?: () => number;
}

/**
 * A gate that passes if the target holds at least `ratio` of the items sampled at random from the active
 * version's table. Items are compared by the target's key, so its key schema may differ as long as the
 * active items hold those attributes; further attributes are neither read nor compared.
 *
 * An item that the target lacks is looked up once more in the active table, and left out when it was
 * deleted or given another target key meanwhile. Without an active version the gate passes and says so; so
 * it does when the active table is empty.
 *
 * Cost: about 1.5 read units for each sampled item of up to 4 KB (0.5 to sample it, 1 to look it up), 1.5
 * more for each further 4 KB, and 1 for each one missing. Repeated every 30 s during `waitFor`. Needs
 * DescribeTable on both tables, Scan and BatchGetItem on the active one, BatchGetItem on the target.
 */
export function coverage(options: CoverageOptions, dependencies: CoverageDependencies): Gate {
  const wanted = {
    samples: options.samples ?? 100,
    ratio: options.ratio ?? 1,
    maxReadUnits: options.maxReadUnits ?? 2_000,
    random: dependencies.random ?? Math.random,
  };
  return {
    name: "coverage",
    pauseMs: 30_000,
    async check(candidate, signal): Promise<Verdict> {
      const { activeTable } = candidate;
      if (activeTable === undefined)
        return { ready: true, note: "skipped, no version is active to sample from" };
      return refuseIfTableMissing(candidate, () =>
        compare({ ...candidate, activeTable }, wanted, signal),
      );
    },
  };
}

type ResolvedOptions = Required<CoverageOptions> & Required<CoverageDependencies>;

async function compare(
  { client, table, activeTable }: Candidate & { activeTable: string },
  { samples, ratio, maxReadUnits, random }: ResolvedOptions,
  signal?: AbortSignal,
): Promise<Verdict> {
  const meter = new ReadMeter(maxReadUnits);
  const schema = await keySchemaOf({ client, table, signal });
  const activeSchema = await keySchemaOf({ client, table: activeTable, signal });
  const names = schema.map(({ name }) => name);
  const target: ItemLookup = { client, table, signal, meter, schema };
  const active: ItemLookup = {
    client,
    table: activeTable,
    signal,
    meter,
    schema: activeSchema,
    names,
  };
  const drawn = sampleItems(
    { ...active, names: [...names, ...activeSchema.map(({ name }) => name)], random },
    samples,
  );
  const count = new SampleCount(samples, ratio);
  try {
    for (;;) {
      const items: Item[] = [];
      await takeItems(drawn, Math.min(MAX_BATCH_KEYS, samples - count.counted), (item) => {
        items.push(item);
        count.sampled += 1;
      });
      if (items.length === 0) break;
      const keyless = items.filter((item) => keyOf(item, schema) === undefined);
      if (keyless.length > 0) return lacksKey(keyless, active, target);
      const found = await findItems(target, items);
      const missing = items.filter((item) => !found.has(keyIdentity(item, schema)));
      const kept = await unchangedItems(missing, active, schema);
      count.add(
        items.length - missing.length,
        kept.map((item) => keyText(item, schema)),
        missing.length - kept.length,
      );
    }
  } catch (error) {
    if (error instanceof OutOfReadUnits) return count.readUnitsExhausted(meter);
    throw error;
  }
  return count.verdict(meter, table, activeTable);
}

async function takeItems(
  drawn: AsyncGenerator<Item>,
  count: number,
  each: (item: Item) => void,
): Promise<void> {
  for (let taken = 0; taken < count; taken++) {
    const next = await drawn.next();
    if (next.done) return;
    each(next.value);
  }
}

/** Finds the items that the active table still holds with the same target key. */
async function unchangedItems(
  items: readonly Item[],
  active: ItemLookup,
  targetSchema: KeySchema,
): Promise<Item[]> {
  const found = await findItems(active, items);
  return items.filter((item) => {
    const now = found.get(keyIdentity(item, active.schema));
    return now && keyIdentity(now, targetSchema) === keyIdentity(item, targetSchema);
  });
}

function lacksKey(keyless: readonly Item[], active: ItemLookup, target: ItemLookup): Verdict {
  const wanted = target.schema.map(({ name, type }) => `"${name}" (${type})`).join(", ");
  const keys = keyList(keyless.map((item) => keyText(item, active.schema)));
  return {
    ready: false,
    final: true,
    reason: `items of "${active.table}" do not hold the key of "${target.table}", ${wanted}: ${keys}`,
    fix: "leave out readiness.coverage, and use readiness.canaries or readiness.minItems",
  };
}
