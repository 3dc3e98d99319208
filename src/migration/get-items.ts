import { batchGet, MAX_BATCH_KEYS } from "../aws";
import { SwapError } from "../errors";
import { type Item, type KeySchema, keyIdentity } from "../items";
import { realClock } from "./rate-limit";
import { type Requests, sendRequest } from "./request";

/** Maximum consecutive requests without an item, with pauses that double from 50 ms to 3.2 s. */
const MAX_EMPTY_ATTEMPTS = 8;

/** Reads of whole items, and the read units that they took. */
export interface ItemReads extends Requests {
  onReadUnits?: ((units: number) => void) | undefined;
}

/**
 * Reads whole items by key, strongly consistent, {@link MAX_BATCH_KEYS} at a time.
 *
 * @returns the items found, by the identity of their keys
 * @throws SwapError; the signal's reason
 */
export async function getItems(
  at: ItemReads,
  table: string,
  schema: KeySchema,
  keys: readonly Item[],
): Promise<Map<string, Item>> {
  const { clock = realClock } = at;
  const wanted = [...new Map(keys.map((key) => [keyIdentity(key, schema), key])).values()];
  const found = new Map<string, Item>();
  for (let start = 0; start < wanted.length; start += MAX_BATCH_KEYS) {
    const { items, unprocessed, error } = await batchGet({
      table,
      keys: wanted.slice(start, start + MAX_BATCH_KEYS),
      send: async (command) => {
        command.input.ReturnConsumedCapacity = "TOTAL";
        const answer = await sendRequest(at, table, "BatchGetItem", command);
        for (const { CapacityUnits } of answer.ConsumedCapacity ?? [])
          at.onReadUnits?.(CapacityUnits ?? 0);
        return answer;
      },
      maxEmptyAttempts: MAX_EMPTY_ATTEMPTS,
      pause: (empty) => clock.sleep(50 * 2 ** Math.max(0, empty - 1), at.signal),
    });
    if (error !== undefined) throw error;
    if (unprocessed.length > 0)
      throw new SwapError("swap.service-error", {
        action: "BatchGetItem",
        resource: table,
        reason: `${unprocessed.length} keys stayed unprocessed in ${MAX_EMPTY_ATTEMPTS} tries, the table is throttled`,
      });
    for (const item of items) found.set(keyIdentity(item, schema), item);
  }
  return found;
}
