// A fleet of processes through a start, a cut-over and an outage. Each process is a resolver of the package as
// built, with its own client: only time, the network and the table are not real.
import { createRequire } from "node:module";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Client, ControlTable } from "./control-table.mjs";
import { seeded, VirtualTime } from "./virtual-time.mjs";

const { resolverFactory } = createRequire(import.meta.url)("../../dist/reader/create-resolver.js");

/** When what happens, in milliseconds, for a refresh interval. */
export function storyOf(refreshMs = 5_000) {
  const outage = 16 * refreshMs;
  const recovery = outage + 60_000;
  return {
    /** All processes start within this time. */
    started: 1_000,
    steady: 4 * refreshMs,
    cutOver: 12 * refreshMs,
    outage,
    /** A second cut-over, which the processes meet after the outage. */
    hiddenCutOver: outage + 30_000,
    /** Callers call resolve() from here on: earlier calls would find a value and read nothing. */
    calls: recovery - 10_000,
    recovery,
    callsEnd: recovery + 10_000,
    end: recovery + 8 * refreshMs,
  };
}

/** Time between two calls of a process, on average. */
const CALL_MS = 250;

/**
 * @param share of the partition for these processes: a part of the fleet with the same part of it meets what all meet
 * @param outage "hang": requests get no response; "fail": HTTP 500 at once
 * @returns what the fleet asked for by second, and when its processes followed
 */
export async function simulate({ processes, options = {}, outage = "fail", share = 1, seed = 1 }) {
  const story = storyOf(options.refreshMs);
  const time = new VirtualTime();
  const random = seeded(seed);
  const table = new ControlTable(time, random, share);
  const WALL = 1_700_000_000_000;
  const create = resolverFactory({
    wall: () => WALL + time.now,
    monotonic: () => time.now,
    after: (ms, run) => time.after(ms, run),
    wait: (ms) => new Promise((resolve) => time.after(ms, resolve)),
    random,
  });
  const newStrategy = await retryStrategies();
  const followed = { first: [], cutOver: [], recovery: [] };
  let stale = 0;
  const resolvers = [];
  table.activate(1);
  const start = () => {
    let last = Number.NEGATIVE_INFINITY;
    const resolver = create({
      alias: "orders",
      controlTable: "shop_swap",
      client: new Client(table, time, random, newStrategy()),
      ...options,
      onEvent({ kind, version, to }) {
        if (kind === "changed" && to === 2) followed.cutOver.push(time.now - story.cutOver);
        if (kind === "refreshed") {
          if (last === Number.NEGATIVE_INFINITY) followed.first.push(time.now);
          if (last < story.recovery && time.now >= story.recovery && version === 3)
            followed.recovery.push(time.now - story.recovery);
          last = time.now;
        }
      },
    });
    resolvers.push(resolver);
  };
  const call = (resolver) => {
    resolver.resolve().then(
      () => again(resolver),
      () => {
        stale++;
        again(resolver);
      },
    );
  };
  const again = (resolver) => {
    if (time.now < story.callsEnd) time.after(CALL_MS * (0.5 + random()), () => call(resolver));
  };

  const real = { setTimeout: globalThis.setTimeout, random: Math.random };
  globalThis.setTimeout = (run, ms) => time.after(ms, run);
  Math.random = random;
  try {
    for (let each = 0; each < processes; each++) time.after(random() * story.started, start);
    await time.passUntil(story.cutOver);
    table.activate(2);
    await time.passUntil(story.outage);
    table.health = outage;
    await time.passUntil(story.hiddenCutOver);
    table.activate(3);
    await time.passUntil(story.calls);
    for (const resolver of resolvers) again(resolver);
    await time.passUntil(story.recovery);
    table.health = "answered";
    await time.passUntil(story.end);
  } finally {
    Object.assign(globalThis, { setTimeout: real.setTimeout });
    Math.random = real.random;
    for (const resolver of resolvers) resolver.stop();
  }
  return { seconds: table.seconds, followed, stale };
}

/** The retry strategy that a DynamoDBClient makes by default, one for each client. */
async function retryStrategies() {
  const client = new DynamoDBClient({
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  const strategy = await client.config.retryStrategy();
  const { constructor: Strategy, baseDelay } = strategy;
  const maxAttempts = await strategy.maxAttempts();
  return () => new Strategy({ maxAttempts, baseDelay });
}
