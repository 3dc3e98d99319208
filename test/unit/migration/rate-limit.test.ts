import { type Clock, RateLimit } from "../../../src/migration";

/** A clock that a test moves; a pause moves it too. */
function simulated(): Clock & { time: number } {
  const clock = {
    time: 0,
    now: () => clock.time,
    async sleep(ms: number) {
      clock.time += ms;
    },
  };
  return clock;
}

test("items pass at the rate, and unused time is not saved up", async () => {
  const clock = simulated();
  const limit = new RateLimit(100, clock);
  for (let batch = 0; batch < 5; batch++) await limit.take(25);
  // The first batch passes at once, each of the others 250 ms after the one before.
  expect(clock.time).toBe(1_000);
  clock.time = 60_000;
  await limit.take(25);
  await limit.take(25);
  expect(clock.time).toBe(60_250);
});

test("several segments share the rate", async () => {
  const clock = simulated();
  const sleeps: number[] = [];
  clock.sleep = async (ms) => {
    sleeps.push(ms);
  };
  const limit = new RateLimit(50, clock);
  await Promise.all([limit.take(25), limit.take(25), limit.take(25)]);
  expect(sleeps).toEqual([500, 1_000]);
});

test("without a rate nothing waits", async () => {
  const clock = simulated();
  await new RateLimit(undefined, clock).take(1_000_000);
  expect(clock.time).toBe(0);
});
