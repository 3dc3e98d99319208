import fc from "fast-check";
import { FENCE_BUDGET_MS } from "../../../src/migration/live";
import { WriteGuard } from "../../../src/migration/write-guard";
import { FencedWrites } from "../../../src/reader/client/fenced-writes";
import { type Faults, NO_COUNTS, type Outcome, World } from "./world";

/** Runs of the unbroken protocol; `npm run soak` makes tens of thousands. */
const RUNS = Number(process.env.SWITCH_RUNS ?? 200);
/** Most runs until a broken one has to be seen. */
const BROKEN_RUNS = 1_000;

/** In one run of so many the replay is the function's code, which takes longer than the model of it. */
const FUNCTIONS_EVERY = 8;

async function run(seed: number, faults: Faults, functions = false): Promise<Outcome> {
  const world = new World(seed, faults);
  if (functions) await world.withFunctions();
  return world.run(3, 16, 5);
}

async function losesOne(faults: Faults, functions = false): Promise<void> {
  for (let seed = 1; seed <= BROKEN_RUNS; seed++)
    if ((await run(seed, faults, functions)).lost.length > 0) return;
  throw new Error(`${BROKEN_RUNS} runs did not show it`);
}

test(
  "no acknowledged write is lost, whatever is late, frozen or dead",
  async () => {
    const sum = { ...NO_COUNTS };
    let longestHoldMs = 0;
    let runs = 0;
    const lossless = fc.asyncProperty(fc.nat(), async (seed) => {
      const outcome = await run(seed, {}, ++runs % FUNCTIONS_EVERY === 0);
      expect(outcome.lost).toEqual([]);
      expect(outcome.longestHoldMs).toBeLessThanOrEqual(FENCE_BUDGET_MS);
      longestHoldMs = Math.max(longestHoldMs, outcome.longestHoldMs);
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += outcome[name];
    });
    await fc.assert(lossless, { numRuns: RUNS });
    if (process.env.SWITCH_RUNS)
      console.log(`${RUNS} runs of the switch: ${JSON.stringify({ ...sum, longestHoldMs })}`);
    // The runs contain what they are about.
    for (const count of Object.values(sum)) expect(count).toBeGreaterThan(RUNS / 10);
  },
  // A soak at low priority next to others takes 0.5 s a run.
  1_200_000 + 4_000 * RUNS,
);

test("no duplicate puts a fence back that clients then hold for longer than its budget", async () => {
  // One did in this run, before a fence was placed only on the row that was read.
  const outcome = await new World(1_990_764_487, {}, 15_000).run(3, 16, 5);
  expect(outcome.lost).toEqual([]);
  expect(outcome.longestHoldMs).toBeLessThanOrEqual(15_000);
});

test("a write is lost where clients count answers however late they come", async () => {
  const settle = jest.spyOn(FencedWrites.prototype, "settle").mockResolvedValue();
  await losesOne({}).finally(() => settle.mockRestore());
});

test("a write is lost where the function that replays does not read the pointer", async () => {
  const confirm = jest.spyOn(WriteGuard.prototype, "confirm").mockResolvedValue();
  await losesOne({}, true).finally(() => confirm.mockRestore());
});

test.each<[string, Faults]>([
  ["a client's clock stands still", { clientClock: true }],
  ["the switch does not wait for the write bound", { wait: true }],
  ["the switch does not drain", { drain: true }],
  ["the flip does not look at the fence", { flip: true }],
  ["clients know of no fence", { unfenced: true }],
  ["clients read replicas", { eventual: true }],
  ["the stream is later than the drain waits for", { lateStream: true }],
  ["the replay records what it has not applied", { replayRecord: true }],
])("a write is lost where %s", (_what, faults) => losesOne(faults));
