import { settle } from "./clock";
import { failure } from "./control-table";
import { Row } from "./rows";
import { newWorld } from "./world";

const unreachable = { error: failure("TimeoutError") };

test("cold, a failure is the caller's, and the next resolve reads again", async () => {
  const { table, resolver } = newWorld();
  table.failing = unreachable;
  const orders = resolver();
  await expect(orders.resolve()).rejects.toMatchObject({ code: "swap.unreachable" });
  expect(orders.peek()).toBeUndefined();
  table.failing = undefined;
  expect(await orders.resolve()).toMatchObject({ version: 1 });
});

test("a stale value is served up to maxStaleMs, then a typed error, until reads work again", async () => {
  const { clock, table, kinds, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const orders = resolver({ refreshMs: 1_000, maxStaleMs: 10_000 });
  const held = await orders.resolve();
  table.failing = unreachable;
  for (let passed = 500; passed < 10_000; passed += 500) {
    await clock.pass(500);
    expect(await orders.resolve()).toBe(held);
    expect(orders.peek()).toBe(held);
  }
  expect(orders.status()).toMatchObject({
    stalenessMs: 9_500,
    lastError: { code: "swap.unreachable" },
  });
  // At the very moment, too, peek and resolve answer alike.
  await clock.pass(500);
  expect(orders.peek()).toBeUndefined();
  await expect(orders.resolve()).rejects.toMatchObject({
    code: "swap.stale",
    payload: {
      alias: "orders",
      controlTable: "control",
      version: 1,
      stalenessMs: 10_000,
      maxStaleMs: 10_000,
      reason: orders.status().lastError?.message,
      fix: orders.status().lastError?.hint,
    },
    cause: expect.objectContaining({ code: "swap.unreachable" }),
  });
  await expect(orders.refresh()).rejects.toMatchObject({ code: "swap.unreachable" });
  expect(orders.peek()).toBeUndefined();
  expect(kinds()).toContain("refresh-failed");
  table.failing = undefined;
  table.rows.set("orders", row.set(2).raw);
  await clock.pass(1_000);
  expect(orders.peek()).toMatchObject({ version: 2 });
  expect(orders.status()).not.toHaveProperty("lastError");
});

test("an outage costs one read an interval, for any number of resolves", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ refreshMs: 1_000, maxStaleMs: 60_000 });
  await orders.resolve();
  table.failing = unreachable;
  for (let i = 0; i < 1_000; i++) {
    await clock.pass(10);
    await orders.resolve();
  }
  expect(table.seen.length).toBeGreaterThanOrEqual(10);
  expect(table.seen.length).toBeLessThanOrEqual(13);
});

test("past maxStaleMs failing reads pause up to refreshMs, whatever the number of resolves", async () => {
  const { clock, table, resolver } = newWorld();
  clock.chance = 0.999;
  const orders = resolver({ refreshMs: 5_000, maxStaleMs: 10_000 });
  await orders.resolve();
  table.failing = unreachable;
  await clock.pass(30_000);
  const before = table.seen.length;
  for (let passed = 0; passed < 60_000; passed += 100) {
    await expect(orders.resolve()).rejects.toMatchObject({
      code: "swap.stale",
      cause: expect.objectContaining({ code: "swap.unreachable" }),
    });
    await clock.pass(100);
  }
  expect(table.seen.length - before).toBeGreaterThanOrEqual(11);
  expect(table.seen.length - before).toBeLessThanOrEqual(13);
  table.failing = undefined;
  await clock.pass(5_000);
  expect(await orders.resolve()).toMatchObject({ version: 1 });
});

test("cold, reads that fail pause from the second on, twice as long each time", async () => {
  const { clock, table, resolver } = newWorld();
  clock.chance = 0.999;
  table.failing = unreachable;
  const orders = resolver({ refreshMs: 60_000 });
  const reads: number[] = [];
  for (; clock.monotonic() < 4_000; await clock.pass(10)) {
    await expect(orders.resolve()).rejects.toMatchObject({ code: "swap.unreachable" });
    if (table.seen.length > reads.length) reads.push(clock.monotonic());
  }
  expect(reads).toEqual([0, 10, 110, 310, 710, 1_510, 3_110]);
  await expect(orders.refresh()).rejects.toMatchObject({ code: "swap.unreachable" });
  expect(table.seen).toHaveLength(reads.length + 1);
});

test("a pause that a frozen process slept through is over", async () => {
  const { clock, table, resolver } = newWorld();
  clock.chance = 0.999;
  const orders = resolver({ refreshMs: 5_000, maxStaleMs: 10_000 });
  await orders.resolve();
  table.failing = unreachable;
  await clock.pass(60_000);
  await expect(orders.resolve()).rejects.toMatchObject({ code: "swap.stale" });
  table.failing = undefined;
  clock.freeze(5_000);
  expect(await orders.resolve()).toMatchObject({ version: 1 });
});

test("a clock set back does not make a stale value last longer", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ refreshMs: 1_000, maxStaleMs: 10_000 });
  await orders.resolve();
  table.failing = unreachable;
  await clock.pass(5_000);
  clock.setWall(-3_600_000);
  await clock.pass(5_500);
  expect(orders.peek()).toBeUndefined();
  await expect(orders.resolve()).rejects.toMatchObject({ code: "swap.stale" });
});

test("after a freeze longer than maxStaleMs the value is not served when the read fails", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ refreshMs: 1_000, maxStaleMs: 10_000 });
  await orders.resolve();
  table.failing = unreachable;
  clock.freeze(10_001);
  await expect(orders.resolve()).rejects.toMatchObject({ code: "swap.stale" });
});

test("a freeze shorter than refreshMs does not carry a stale value past maxStaleMs", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ refreshMs: 5_000, maxStaleMs: 10_000 });
  await orders.resolve();
  table.failing = unreachable;
  await clock.pass(9_500);
  expect(await orders.resolve()).toMatchObject({ version: 1 });
  clock.freeze(501);
  await expect(orders.resolve()).rejects.toMatchObject({ code: "swap.stale" });
});

test("reads that succeed, and take longer than maxStaleMs, are no outage", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const orders = resolver({ refreshMs: 100, maxStaleMs: 100, readTimeoutMs: 3_000 });
  await orders.resolve();
  table.hold();
  table.rows.set("orders", row.set(2).raw);
  clock.freeze(1_000);
  const waiting = orders.resolve();
  await clock.pass(500);
  table.release(0);
  expect(await waiting).toMatchObject({ version: 2 });
});

test("a row that breaks the contract is an error, the value before it is served meanwhile", async () => {
  const { clock, table, resolver } = newWorld();
  table.rows.set("orders", new Row().set(2).raw);
  const orders = resolver();
  await orders.resolve();
  table.rows.set("orders", { ver: { S: "3" } });
  await expect(orders.refresh()).rejects.toMatchObject({ code: "swap.malformed-row" });
  expect(await orders.resolve()).toMatchObject({ version: 2 });
  await clock.pass(60_001);
  await expect(orders.resolve()).rejects.toMatchObject({
    code: "swap.stale",
    payload: { fix: orders.status().lastError?.hint },
    cause: expect.objectContaining({ code: "swap.malformed-row" }),
  });
});

test("a read that hangs is given up after readTimeoutMs and its request ended", async () => {
  const { clock, table, resolver } = newWorld();
  table.hold();
  const orders = resolver({ readTimeoutMs: 700 });
  const waiting = orders.resolve();
  waiting.catch(() => {});
  await clock.pass(699);
  expect(table.seen[0]?.signal?.aborted).toBe(false);
  await clock.pass(1);
  await expect(waiting).rejects.toMatchObject({
    code: "swap.unreachable",
    payload: { reason: expect.stringContaining("700 ms") },
  });
  expect(table.seen[0]?.signal?.aborted).toBe(true);
});

test("an answer that arrives after its read was given up changes nothing", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  table.hold();
  const orders = resolver({ readTimeoutMs: 100 });
  await clock.pass(150);
  table.release(0);
  await settle();
  expect(orders.peek()).toBeUndefined();
});
