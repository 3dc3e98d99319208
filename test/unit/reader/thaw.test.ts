import { type Clock, settle } from "./clock";
import { failure } from "./control-table";
import { Row } from "./rows";
import { newWorld } from "./world";

type StandStill = (clock: Clock, ms: number) => unknown;

/** How a process stands still, and what runs first when it goes on. */
const ways: [string, StandStill][] = [
  ["a stopped process whose timers have not run", (clock, ms) => clock.suspend(ms)],
  [
    "a stopped process whose overdue timers run first",
    (clock, ms) => {
      clock.suspend(ms);
      clock.runOverdue();
      return settle();
    },
  ],
  ["a frozen machine", (clock, ms) => clock.freeze(ms)],
  [
    "a stopped process on a machine whose clock was set back",
    (clock, ms) => {
      clock.suspend(ms);
      clock.setWall(-2 * ms);
      clock.runOverdue();
      return settle();
    },
  ],
];

describe.each(ways)("after %s", (_way, standStill) => {
  test("the first answer is of now", async () => {
    const { clock, table, resolver } = newWorld();
    const row = new Row().set(1);
    table.rows.set("orders", row.raw);
    const orders = resolver({ refreshMs: 5_000 });
    await orders.resolve();
    table.rows.set("orders", row.set(2).raw);
    table.hold();
    await standStill(clock, 5_001);
    const answer = orders.resolve();
    await settle();
    table.answerAtOnce();
    expect(await answer).toMatchObject({ version: 2 });
    expect(await orders.snapshot()).toMatchObject({ version: 2 });
  });

  test("the answer to a read that was under way counts from its request", async () => {
    const { clock, table, resolver } = newWorld();
    const row = new Row().set(1);
    table.rows.set("orders", row.raw);
    const orders = resolver({ refreshMs: 5_000, readTimeoutMs: 60_000 });
    await orders.resolve();
    table.hold();
    await clock.pass(4_800);
    expect(table.seen).toHaveLength(2);
    table.rows.set("orders", row.set(2).raw);
    await standStill(clock, 30_000);
    const answer = orders.resolve();
    table.answerAtOnce();
    expect(await answer).toMatchObject({ version: 2 });
  });

  test("a value that is due is not handed out because its read is under way", async () => {
    const { clock, table, resolver } = newWorld();
    const row = new Row().set(1);
    table.rows.set("orders", row.raw);
    const orders = resolver({ refreshMs: 1_000 });
    await orders.resolve();
    table.hold();
    await clock.pass(1_500);
    expect(await orders.resolve()).toMatchObject({ version: 1 });
    table.rows.set("orders", row.set(2).raw);
    await standStill(clock, 1_500);
    const answer = orders.resolve();
    await settle();
    table.answerAtOnce();
    expect(await answer).toMatchObject({ version: 2 });
  });

  test("a read that could not end meanwhile says nothing of now", async () => {
    const { clock, table, resolver } = newWorld();
    const row = new Row().set(1);
    table.rows.set("orders", row.raw);
    const orders = resolver({ refreshMs: 1_000, maxStaleMs: 3_600_000 });
    await orders.resolve();
    table.hold();
    await clock.pass(990);
    expect(table.seen).toHaveLength(2);
    table.rows.set("orders", row.set(2).raw);
    await standStill(clock, 60_000);
    const answer = orders.resolve();
    await settle();
    table.answerAtOnce();
    expect(await answer).toMatchObject({ version: 2 });
  });

  test("if the read fails, the value is served up to maxStaleMs after its request", async () => {
    const { clock, table, resolver } = newWorld();
    const orders = resolver({ refreshMs: 1_000, maxStaleMs: 10_000 });
    const held = await orders.resolve();
    table.failing = { error: failure("TimeoutError") };
    await standStill(clock, 9_900);
    expect(await orders.resolve()).toBe(held);
    expect(orders.peek()).toBe(held);
    await standStill(clock, 101);
    expect(orders.peek()).toBeUndefined();
    await expect(orders.resolve()).rejects.toMatchObject({ code: "swap.stale" });
  });

  test("peek returns nothing older than a running process could have", async () => {
    const { clock, table, resolver } = newWorld();
    const orders = resolver({ refreshMs: 1_000, maxStaleMs: 1_000, readTimeoutMs: 500 });
    const held = await orders.resolve();
    table.hold();
    await standStill(clock, 1_499);
    expect(orders.peek()).toBe(held);
    await standStill(clock, 1);
    expect(orders.peek()).toBeUndefined();
  });
});

test("a process that is frozen during each of its reads fails in the end", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ refreshMs: 1_000, maxStaleMs: 10_000 });
  await orders.resolve();
  clock.suspend(60_000);
  table.hold();
  const answer = orders.resolve();
  answer.catch(() => {});
  for (let read = 1; read <= 3; read++) {
    await settle();
    clock.suspend(60_000);
    table.release(read - 1);
    await settle();
  }
  await expect(answer).rejects.toMatchObject({ code: "swap.stale" });
});

test("a slow read in a running process delays no caller", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ refreshMs: 1_000, readTimeoutMs: 3_000 });
  const held = await orders.resolve();
  table.hold();
  for (let passed = 0; passed < 3_900; passed += 50) {
    await clock.pass(50);
    expect(orders.peek()).toBe(held);
    await expect(Promise.race([orders.resolve(), "waits"])).resolves.toBe(held);
  }
});
