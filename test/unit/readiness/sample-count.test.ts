import { ReadMeter } from "../../../src/readiness/read-meter";
import { SampleCount } from "../../../src/readiness/sample-count";

test("a sample that vanished under the check proves nothing", () => {
  const tally = new SampleCount(3, 1);
  tally.add(0, [], 2);
  expect(tally.verdict(new ReadMeter(10), "orders_v5", "orders_v4")).toEqual({
    ready: false,
    reason: expect.stringMatching(/\b2\b.*"orders_v4"/),
    fix: expect.any(String),
  });
});
