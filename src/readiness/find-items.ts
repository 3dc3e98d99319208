import { setTimeout as sleep } from "node:timers/promises";
import { batchGet, MAX_BATCH_KEYS, send } from "../aws";
import { SwapError } from "../errors";
import { type Item, type KeySchema, keyIdentity, keyOf } from "../items";
import { projection } from "./projection";
import type { ReadMeter } from "./read-meter";
import { request, type TableTarget } from "./request";

/** Maximum consecutive requests without an item, with pauses that double from 50 ms to 3.2 s. */
const MAX_EMPTY_ATTEMPTS = 8;

/** The items to find, and the meter that counts the reads. */
export interface ItemLookup extends TableTarget {
  schema: KeySchema;
  /** Attributes read besides the key. */
  names?: readonly string[];
  meter: ReadMeter;
  /** For tests: the pause between tries, in milliseconds. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

const realPause: NonNullable<ItemLookup["pause"]> = (ms, signal) =>
  sleep(ms, undefined, signal && { signal });

/**
 * Finds items by key, with consistent reads: at least 1 read unit a key, present or not, and 1 more
 * for each further 4 KB of the item. Duplicate keys are read once.
 *
 * @param keys at most {@link MAX_BATCH_KEYS}
 * @returns the items found, by {@link keyIdentity}
 * @throws OutOfReadUnits, and SwapError when the table throttles for good
 */
export async function findItems(at: ItemLookup, keys: readonly Item[]): Promise<Map<string, Item>> {
  const { client, table, schema, names = [], meter, signal, pause = realPause } = at;
  const wanted = new Map(keys.map((key) => [keyIdentity(key, schema), keyOf(key, schema)]));
  const { items, unprocessed, error } = await batchGet({
    table,
    keys: [...wanted.values()].filter((key) => key !== undefined),
    attributes: projection([...schema.map(({ name }) => name), ...names]),
    send: async (command, left) => {
      meter.reserve(left.length);
      command.input.ReturnConsumedCapacity = "TOTAL";
      const answer = await request(at, "BatchGetItem", (options) =>
        send(client, command, options.abortSignal, "readiness"),
      );
      const again = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      const reported = answer.ConsumedCapacity?.map(({ CapacityUnits }) => CapacityUnits ?? 0);
      meter.add(
        reported?.reduce((sum, units) => sum + units, 0),
        left.length - again.length,
      );
      return answer;
    },
    maxEmptyAttempts: MAX_EMPTY_ATTEMPTS,
    pause: (emptyAttempts) => pause(50 * 2 ** Math.max(0, emptyAttempts - 1), signal),
  });
  if (error !== undefined) throw error;
  if (unprocessed.length > 0) throw throttledError(table, unprocessed.length);
  return new Map(items.map((item) => [keyIdentity(item, schema), item]));
}

function throttledError(table: string, keys: number): SwapError {
  return new SwapError("swap.service-error", {
    action: "BatchGetItem",
    resource: table,
    reason: `${keys} keys stayed unprocessed in ${MAX_EMPTY_ATTEMPTS} tries, the table is throttled`,
  });
}
