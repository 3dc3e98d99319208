import type { Item } from "../../../src/items";
import { RateLimit } from "../../../src/migration/rate-limit";
import { countTable, segmentPages } from "../../../src/migration/scan";
import { TablesInMemory } from "./tables-in-memory";

const schema = [{ name: "pk", type: "S" as const }];
const items = (count: number): Item[] =>
  Array.from({ length: count }, (_, index) => ({ pk: { S: `k${index}` } }));
const whole = { segment: 0, totalSegments: 1 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A table of `count` items, two a page, and what a scan of it is at. */
function table(count: number) {
  const tables = new TablesInMemory();
  tables.create("orders", schema, items(count));
  return { tables, at: { client: tables.client, table: "orders" } };
}

test("while a page is worked on the next one is read, and no other", async () => {
  const { tables, at } = table(7);
  const requested: number[] = [];
  const read: Item[] = [];
  for await (const page of segmentPages(at, whole)) {
    await turn();
    requested.push(tables.requests.length);
    read.push(...page.items);
  }
  expect(requested).toEqual([2, 3, 4, 4]);
  expect(read).toEqual(items(7));
});

test("a table is counted page by page, at the rate of read units", async () => {
  const { tables, at } = table(7);
  const sleeps: number[] = [];
  let now = 0;
  const sleep = async (ms: number) => {
    sleeps.push(ms);
    now += ms;
  };
  const ConsumedCapacity = { CapacityUnits: 128 };
  tables.answer = ({ input }) => ({ ...tables.Scan(input), ConsumedCapacity });
  const limit = new RateLimit(256, { now: () => now, sleep });
  expect(await countTable(at, limit)).toEqual({ items: 7, readUnits: 4 * 128 });
  // Each page but the last is paid for before the next one but one.
  expect(sleeps).toEqual([500, 500]);
  expect(tables.requests).toHaveLength(4);
});

test("of several segments each has one page in memory", async () => {
  const { tables, at } = table(20);
  const requested: number[] = [];
  const read: Item[] = [];
  for await (const page of segmentPages(at, { segment: 1, totalSegments: 2 })) {
    await turn();
    requested.push(tables.requests.length);
    read.push(...page.items);
  }
  expect(requested).toEqual(requested.map((_, index) => index + 1));
  expect(read.length).toBeGreaterThan(4);
});

test("a failure of the next page is thrown in its turn, without an unhandled rejection", async () => {
  const { tables, at } = table(6);
  const denied = Object.assign(new Error("no"), { name: "AccessDeniedException" });
  tables.answer = () => {
    if (tables.requests.length === 2) throw denied;
  };
  const sizes: number[] = [];
  const run = async () => {
    for await (const page of segmentPages(at, whole)) {
      // Jest fails a test whose rejection is unhandled for a turn.
      await new Promise((resolve) => setTimeout(resolve, 50));
      sizes.push(page.items.length);
    }
  };
  await expect(run()).rejects.toMatchObject({ code: "swap.access-denied" });
  expect(sizes).toEqual([2]);
});

test("a caller that stops ends the request under way, and waits for its end", async () => {
  const { tables, at } = table(6);
  const ended: unknown[] = [];
  const { send } = tables.client;
  tables.client.send = (async (command: never, options: { abortSignal: AbortSignal }) => {
    if (tables.requests.length === 0) return send(command);
    return new Promise((_, reject) =>
      options.abortSignal.addEventListener("abort", async () => {
        await turn();
        ended.push(options.abortSignal.reason);
        reject(options.abortSignal.reason);
      }),
    );
  }) as unknown as typeof send;
  const run = async () => {
    for await (const _ of segmentPages(at, whole)) throw new Error("stop here");
  };
  await expect(run()).rejects.toThrow("stop here");
  expect(ended).toHaveLength(1);
});

test("the signal ends a scan between two pages with its reason", async () => {
  const { at } = table(6);
  const interrupted = new AbortController();
  const run = async () => {
    for await (const _ of segmentPages({ ...at, signal: interrupted.signal }, whole))
      interrupted.abort(new Error("interrupted"));
  };
  await expect(run()).rejects.toThrow("interrupted");
});

test("a limit paces the requests, the last page included", async () => {
  const { tables, at } = table(6);
  const pauses: [ms: number, requests: number][] = [];
  let now = 0;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      pauses.push([ms, tables.requests.length]);
      now += ms;
    },
  };
  for await (const _ of segmentPages(at, whole, new RateLimit(1, clock))) await turn();
  expect(pauses).toEqual([
    [2_000, 2],
    [2_000, 3],
  ]);
});
