import { setTimeout as sleep } from "node:timers/promises";
import { BatchGetItemCommand } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import { SwapError } from "../errors";
import { type Item, type KeySchema, keyIdentity, keyOf } from "./keys";
import { projection } from "./projection";
import type { ReadMeter } from "./read-meter";
import { request, type TableAt } from "./request";

/** DynamoDB's bound on the keys of one BatchGetItem. */
export const BATCH = 100;

/** Tries in a row that may bring nothing, with pauses from 50 ms doubling to 3.2 s. */
const FRUITLESS_TRIES = 8;

/** What is looked up, and at whose expense. */
export interface LookUp extends TableAt {
  schema: KeySchema;
  /** Attributes read besides the key. */
  names?: readonly string[];
  meter: ReadMeter;
  /** For tests: the pause between tries, in milliseconds. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

const realPause: NonNullable<LookUp["pause"]> = (ms, signal) =>
  sleep(ms, undefined, signal && { signal });

/**
 * Finds items by key, with consistent reads: at least 1 read unit a key, present or not, and 1 more
 * for each further 4 KB of the item. Duplicate keys are read once.
 *
 * @param keys at most {@link BATCH}
 * @returns the items found, by {@link keyIdentity}
 * @throws OutOfReadUnits, and SwapError when the table throttles for good
 */
export async function lookUp(at: LookUp, keys: readonly Item[]): Promise<Map<string, Item>> {
  const { client, table, schema, names = [], meter, signal, pause = realPause } = at;
  const wanted = new Map(keys.map((key) => [keyIdentity(key, schema), keyOf(key, schema)]));
  const fields = projection([...schema.map(({ name }) => name), ...names]);
  const found = new Map<string, Item>();
  let left = [...wanted.values()].filter((key) => key !== undefined);
  for (let fruitless = 0; left.length > 0; ) {
    meter.reserve(left.length);
    const command = new BatchGetItemCommand({
      RequestItems: { [table]: { Keys: left, ConsistentRead: true, ...fields } },
      ReturnConsumedCapacity: "TOTAL",
    });
    const answer = await request(at, "BatchGetItem", (options) =>
      send(client, command, options.abortSignal, "readiness"),
    );
    const again: Item[] = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    const reported = answer.ConsumedCapacity?.map(({ CapacityUnits }) => CapacityUnits ?? 0);
    meter.add(
      reported?.reduce((sum, units) => sum + units, 0),
      left.length - again.length,
    );
    for (const item of answer.Responses?.[table] ?? []) found.set(keyIdentity(item, schema), item);
    fruitless = again.length < left.length ? 0 : fruitless + 1;
    left = again;
    if (left.length === 0) break;
    if (fruitless === FRUITLESS_TRIES) throw throttled(table, left.length);
    await pause(50 * 2 ** Math.max(0, fruitless - 1), signal);
  }
  return found;
}

function throttled(table: string, keys: number): SwapError {
  return new SwapError("swap.service-error", {
    action: "BatchGetItem",
    resource: table,
    reason: `${keys} keys stayed unprocessed in ${FRUITLESS_TRIES} tries, the table is throttled`,
  });
}
