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

test("a limit that is changed counts for those that wait, in 2 s at most", async () => {
  const clock = simulated();
  const limit = new RateLimit(undefined, clock);
  limit.lowerTo(1);
  await limit.take(100);
  let looks = 0;
  await limit.take(10, undefined, async () => {
    looks += 1;
    if (clock.time === 10_000) limit.lowerTo(45);
  });
  // 10 of the 100 are paid for by then, and 90 take 2 s at the new limit.
  expect(clock.time).toBe(12_000);
  expect(looks).toBe(6);
});

test("a limit that is removed lets all that wait pass, and the first limit stays", async () => {
  const clock = simulated();
  const unlimited = new RateLimit(undefined, clock);
  unlimited.lowerTo(1);
  await unlimited.take(100);
  await unlimited.take(100, undefined, async () => unlimited.lowerTo(undefined));
  await unlimited.take(100);
  expect(clock.time).toBe(2_000);

  const limited = new RateLimit(100, clock);
  limited.lowerTo(10);
  limited.lowerTo(1_000);
  await limited.take(100);
  await limited.take(1);
  expect(clock.time).toBe(3_000);
});

test("what is thrown while an item waits ends the wait", async () => {
  const limit = new RateLimit(1, simulated());
  await limit.take(100);
  const wait = limit.take(1, undefined, async () => {
    throw new Error("paused");
  });
  await expect(wait).rejects.toThrow("paused");
});
