import { resolverFactory } from "../../../src/reader/create-resolver";
import { Clock } from "./clock";
import { ControlTable, failure } from "./control-table";

const PROCESSES = 100;

/** Processes that start at the same moment, and whose draws are repeatable. */
function startFleet(options: object = {}) {
  const clock = new Clock();
  let draws = 0;
  const random = () => (++draws * 0.618_033_988_749_895) % 1;
  const tables = Array.from({ length: PROCESSES }, () => new ControlTable());
  const resolvers = tables.map(({ client }) =>
    resolverFactory({ ...clock, random, after: clock.after, wait: clock.wait })({
      alias: "orders",
      controlTable: "control",
      client,
      ...options,
    }),
  );
  const reads = () => tables.reduce((sum, { seen }) => sum + seen.length, 0);
  return {
    clock,
    resolvers,
    fail: (error: Error | undefined) => {
      for (const table of tables) table.failing = error && { error };
    },
    /** Reads in each of the next seconds. */
    async count(seconds: number, each: () => unknown = () => {}) {
      const counts: number[] = [];
      for (let second = 0; second < seconds; second++) {
        const before = reads();
        for (let tick = 0; tick < 4; tick++) {
          await each();
          await clock.pass(250);
        }
        counts.push(reads() - before);
      }
      return counts;
    },
  };
}

// At 4.85 s an interval on average, a second has 21 reads of 100 processes. A wave has up to 100.
const SPREAD = 35;

test("processes that start together spread their reads at once, and stay spread", async () => {
  const { clock, count } = startFleet();
  await clock.pass(1_000);
  const counts = await count(60);
  expect(Math.max(...counts)).toBeLessThan(SPREAD);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});

test.each(["before its first value", "with a value"])(
  "a fleet that was in an outage %s comes back without a wave",
  async (when) => {
    const { clock, resolvers, fail, count } = startFleet({ maxStaleMs: 10_000 });
    if (when === "with a value") await clock.pass(20_000);
    fail(failure("InternalServerError", { $metadata: { httpStatusCode: 500 } }));
    const call = () => Promise.allSettled(resolvers.map((each) => each.resolve()));
    await count(50);
    // Callers notice that there is no value to serve.
    await count(10, call);
    fail(undefined);
    const counts = await count(30, call);
    expect(Math.max(...counts)).toBeLessThan(SPREAD);
    const served = await Promise.all(resolvers.map((each) => each.resolve()));
    expect(served).toHaveLength(PROCESSES);
  },
);
