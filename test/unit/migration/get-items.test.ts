import { getItems } from "../../../src/migration/get-items";
import { TablesInMemory } from "./tables-in-memory";

const schema = [{ name: "pk", type: "S" as const }];
const keys = [{ pk: { S: "a" } }];

function unprocessed() {
  const tables = new TablesInMemory();
  tables.create("t", schema);
  tables.answer = () => ({ UnprocessedKeys: { t: { Keys: keys } } });
  return tables;
}

test("an interruption during a pause is thrown as it is", async () => {
  const tables = unprocessed();
  const stop = new AbortController();
  const reason = new Error("interrupted");
  const at = { client: tables.client, signal: stop.signal };
  const reading = getItems(at, "t", schema, keys);
  const failed = reading.catch((error: unknown) => error);
  // Requests come at 0, 50 and 150 ms: one of the pauses is going on.
  while (tables.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(reason);
  expect(await failed).toBe(reason);
});

test("keys that stay unprocessed are given up, with pauses of the clock that is passed", async () => {
  const tables = unprocessed();
  const pauses: number[] = [];
  const clock = { now: () => 0, sleep: async (ms: number) => void pauses.push(ms) };
  await expect(getItems({ client: tables.client, clock }, "t", schema, keys)).rejects.toMatchObject(
    { code: "swap.service-error", payload: { action: "BatchGetItem", resource: "t" } },
  );
  expect(pauses).toEqual([50, 100, 200, 400, 800, 1600, 3200]);
});
