// What following a pointer costs compared with a plain cache.
//
// Every contender answers from memory. All run in one process, in turn, several rounds; the best
// round of each counts, since what disturbs a round only ever makes it slower.
import { BaseProvider } from "@aws-lambda-powertools/parameters/base";
import { LRUCache } from "lru-cache";
import { createResolver } from "pulumi-swap/reader";
import { counted } from "./ratio.mjs";

const ROUNDS = 9;
const CALLS = 500_000;

/** A control table in memory: what is measured is the reader, not DynamoDB. */
const client = {
  config: { region: async () => "local" },
  reads: 0,
  async send() {
    client.reads++;
    return { Item: { pk: { S: "orders" }, ver: { N: "7" }, at: { N: "1700000000000" } } };
  },
};
const resolver = createResolver({
  alias: "orders",
  controlTable: "control",
  client,
  refreshMs: 3_600_000,
});

const cache = new LRUCache({
  max: 10,
  ttl: 3_600_000,
  fetchMethod: async () => ({ version: 7, table: "orders_v7" }),
});

class Parameters extends BaseProvider {
  reads = 0;
  async _get() {
    this.reads++;
    return { version: 7, table: "orders_v7" };
  }
  async _getMultiple() {}
}
const parameters = new Parameters({});
const maxAge = { maxAge: 3_600 };

// Each contender has its own loop: one loop that took the call as an argument would be
// compiled for all of them at once, and measure that.
const awaited = {
  "resolver.resolve": async () => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += (await resolver.resolve()).version;
    return sum;
  },
  "lru-cache fetch": async () => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += (await cache.fetch("orders")).version;
    return sum;
  },
  "powertools get": async () => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += (await parameters.get("orders", maxAge)).version;
    return sum;
  },
};
const immediate = {
  "resolver.peek": async () => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += resolver.peek().version;
    return sum;
  },
  "lru-cache get": async () => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += cache.get("orders").version;
    return sum;
  },
};

async function best(contenders) {
  const ns = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = process.hrtime.bigint();
      if ((await run()) !== 7 * CALLS) throw new Error(`${name} answered something else`);
      const each = Number(process.hrtime.bigint() - start) / CALLS;
      ns[name] = Math.min(ns[name] ?? Number.POSITIVE_INFINITY, each);
    }
  }
  return ns;
}

/** How many backend reads 10,000 cold callers cause together. */
async function coldReads() {
  const callers = (call) => Promise.all(Array.from({ length: 10_000 }, call));
  const cold = createResolver({ alias: "cold", controlTable: "control", client });
  const before = client.reads;
  await callers(() => cold.resolve());
  cold.stop();
  const fresh = new Parameters({});
  await callers(() => fresh.get("orders", maxAge));
  return { resolver: client.reads - before, powertools: fresh.reads };
}

export async function measureReader() {
  await Promise.all([resolver.resolve(), cache.fetch("orders"), parameters.get("orders", maxAge)]);
  const ns = { ...(await best(awaited)), ...(await best(immediate)) };
  const reads = await coldReads();
  resolver.stop();
  return {
    title: "reader",
    figures: [
      counted(
        "resolver.resolve / lru-cache fetch",
        ns["resolver.resolve"],
        ns["lru-cache fetch"],
        1,
      ),
      counted("resolver.peek / lru-cache get", ns["resolver.peek"], ns["lru-cache get"], 1),
      counted("resolver.resolve / powertools get", ns["resolver.resolve"], ns["powertools get"]),
      counted("reads by 10,000 cold callers / powertools", reads.resolver, reads.powertools),
    ],
    notes: [
      `answers from memory, best of ${ROUNDS} rounds of ${CALLS.toLocaleString("en")} calls in turn`,
    ],
    times: Object.entries(ns).map(([name, each]) => `${name}: ${each.toFixed(1)} ns`),
  };
}
