import { SwapError } from "../../../src/errors";
import { assertTargetWritable } from "../../../src/migration";
import { ONCE, WriteGuard } from "../../../src/migration/write-guard";
import { TablesInMemory } from "./tables-in-memory";

function simulated() {
  const clock = {
    time: 0,
    now: () => clock.time,
    sleep: async (ms: number) => {
      clock.time += ms;
    },
  };
  return clock;
}

const throttled = () =>
  new SwapError("swap.service-error", { action: "GetItem", resource: "control", reason: "busy" });

test("a check permits writes for 2 s from when it began, however long it took", async () => {
  const clock = simulated();
  const began: number[] = [];
  const guard = new WriteGuard(async () => {
    began.push(clock.time);
    clock.time += 500;
  }, clock);
  await guard.beforeWrite();
  for (const time of [600, 1_499, 2_000, 2_600]) {
    clock.time = time;
    await guard.beforeWrite();
  }
  expect(began).toEqual([0, 2_000]);
});

/** A guard whose second check is begun ahead and stays unanswered until `answer` is called. */
async function checkedAhead(answerOf: () => unknown) {
  const clock = simulated();
  const began: number[] = [];
  let answer = () => {};
  const guard = new WriteGuard(async () => {
    began.push(clock.time);
    if (began.length !== 2) return undefined;
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return answerOf();
  }, clock);
  await guard.beforeWrite();
  clock.time = 1_500;
  // Does not wait for it.
  await guard.beforeWrite();
  expect(began).toEqual([0, 1_500]);
  return { clock, began, guard, answer: () => answer() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the next check is begun before the last one ends, and permits writes for 2 s more", async () => {
  const { clock, began, guard, answer } = await checkedAhead(() => undefined);
  answer();
  await settled();
  clock.time = 2_999;
  await guard.beforeWrite();
  expect(began).toEqual([0, 1_500]);
  expect(clock.time).toBe(2_999);
});

test("a write waits for a check begun ahead once the last one has ended", async () => {
  const { clock, guard, answer } = await checkedAhead(() => undefined);
  clock.time = 2_000;
  let permitted = false;
  const wait = guard.beforeWrite().then(() => {
    permitted = true;
  });
  await settled();
  expect(permitted).toBe(false);
  answer();
  await wait;
});

test.each([
  [
    "refuses",
    () => {
      throw new Error("active");
    },
  ],
  ["permits only those that wait", () => ONCE],
])("a check begun ahead that %s permits no later write unasked", async (_what, answerOf) => {
  const { clock, began, guard, answer } = await checkedAhead(answerOf);
  answer();
  await settled();
  clock.time = 1_600;
  await guard.beforeWrite();
  expect(began).toEqual([0, 1_500, 1_600]);
});

test("writers that wait at once share one check, and its refusal", async () => {
  let checks = 0;
  const guard = new WriteGuard(async () => {
    checks += 1;
    throw new Error("active");
  }, simulated());
  const waits = [guard.beforeWrite(), guard.beforeWrite()];
  for (const wait of waits) await expect(wait).rejects.toThrow("active");
  expect(checks).toBe(1);
});

test("a check that can't be made is repeated for 30 s, then fails", async () => {
  const clock = simulated();
  const guard = new WriteGuard(async () => {
    throw throttled();
  }, clock);
  await expect(guard.beforeWrite()).rejects.toMatchObject({ code: "swap.service-error" });
  expect(clock.time).toBeGreaterThan(27_000);
  expect(clock.time).toBeLessThanOrEqual(30_000);
});

test("writes wait while a check can't be made, and go on after it", async () => {
  const clock = simulated();
  let failures = 3;
  const guard = new WriteGuard(async () => {
    if (failures-- > 0) throw throttled();
  }, clock);
  await guard.beforeWrite();
  expect(clock.time).toBe(100 + 200 + 400);
});

test("a signal ends the wait for a check", async () => {
  const stop = new AbortController();
  const guard = new WriteGuard(
    async () => {
      stop.abort(new Error("stopped"));
      throw throttled();
    },
    simulated(),
    stop.signal,
  );
  await expect(guard.beforeWrite()).rejects.toThrow("stopped");
});

test.each([
  ["the active version", 2, "2"],
  ["a version below the active one", 5, "2"],
])("a target that is %s is refused", async (_what, active, value) => {
  const tables = new TablesInMemory();
  const context = { alias: "orders", from: 1, to: 2 };
  const check = assertTargetWritable(tables.activate(active), context, "fix");
  await expect(check).rejects.toMatchObject({
    code: "swap.input-invalid",
    payload: { name: "version", value, fix: "fix" },
  });
});

test("an alias without a row is refused, unless that is permitted", async () => {
  const tables = new TablesInMemory();
  const control = tables.activate(1);
  const context = { alias: "nobody", from: 1, to: 2 };
  await expect(assertTargetWritable(control, context, "fix")).rejects.toMatchObject({
    payload: { name: "alias" },
  });
  await assertTargetWritable({ ...control, allowNoActive: true }, context, "fix");
});

test("a row that can't be read permits no write, also without an active version", async () => {
  const tables = new TablesInMemory();
  const row = { pk: { S: "orders" }, ver: { S: "1" }, at: { N: "1" } };
  tables.create("control", [{ name: "pk", type: "S" }], [row]);
  const control = { client: tables.client, controlTable: "control" };
  const context = { alias: "orders", from: 1, to: 2 };
  for (const allowNoActive of [false, true])
    await expect(
      assertTargetWritable({ control, allowNoActive }, context, "fix"),
    ).rejects.toMatchObject({ code: "swap.malformed-row" });
});
