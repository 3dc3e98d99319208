import { settle } from "./clock";
import { failure } from "./control-table";
import { Row } from "./rows";
import { newWorld } from "./world";

test("ten thousand cold resolves make one consistent read", async () => {
  const { table, resolver } = newWorld();
  table.rows.set("orders", new Row().set(3).raw);
  const orders = resolver();
  const answers = await Promise.all(Array.from({ length: 10_000 }, () => orders.resolve()));
  expect(new Set(answers)).toEqual(
    new Set([
      { alias: "orders", version: 3, table: "orders_v3", implicit: false, activatedAt: 1_001 },
    ]),
  );
  expect(table.seen).toMatchObject([{ action: "GetItem", aliases: ["orders"], consistent: true }]);
});

test("without a row version 1 is implied, and the snapshot is frozen", async () => {
  const { resolver } = newWorld();
  const snapshot = await resolver().snapshot();
  expect(snapshot).toEqual({ alias: "orders", version: 1, table: "orders_v1", implicit: true });
  expect(Object.isFrozen(snapshot)).toBe(true);
});

test("it reads in the background from the start, and a warm resolve reads nothing", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver();
  expect(orders.peek()).toBeUndefined();
  await clock.pass(0);
  expect(orders.peek()).toMatchObject({ version: 1 });
  for (let i = 0; i < 100; i++) expect(await orders.resolve()).toBe(orders.peek());
  expect(table.seen).toHaveLength(1);
});

test("a new pointer shows within refreshMs, a snapshot taken before stays, onChange is called once", async () => {
  const { clock, table, changes, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const orders = resolver({ refreshMs: 1_000 });
  const before = await orders.snapshot();
  expect(changes).toEqual([]);
  table.rows.set("orders", row.set(2).raw);
  await clock.pass(1_000);
  expect(orders.peek()).toMatchObject({ version: 2, table: "orders_v2" });
  expect(await orders.resolve()).toMatchObject({ version: 2 });
  expect(before).toMatchObject({ version: 1, table: "orders_v1" });
  await clock.pass(5_000);
  expect(changes).toEqual([{ alias: "orders", previous: before, current: orders.peek() }]);
});

test.each([
  [0, 980],
  [0.999_999, 900],
])("with chance %d the next read starts %d ms after the last", async (chance, ms) => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ refreshMs: 1_000, jitter: 0.1 });
  await orders.resolve();
  clock.chance = chance;
  await orders.refresh();
  await clock.pass(ms - 1);
  expect(table.seen).toHaveLength(2);
  await clock.pass(2);
  expect(table.seen).toHaveLength(3);
});

test.each([0, 0.25, 0.999])(
  "with chance %d the second read starts there in its interval",
  async (chance) => {
    const { clock, table, resolver } = newWorld();
    clock.chance = chance;
    const all = ["a", "b", "c"].map((alias) => resolver({ alias, refreshMs: 1_000, jitter: 0 }));
    await Promise.all(all.map((each) => each.resolve()));
    expect(table.seen).toHaveLength(1);
    await clock.pass(Math.max(0, 1_000 * chance - 2));
    expect(table.seen).toHaveLength(chance === 0 ? 2 : 1);
    await clock.pass(3);
    expect(table.seen).toHaveLength(2);
    await clock.pass(990);
    expect(table.seen).toHaveLength(2);
    await clock.pass(20);
    expect(table.seen).toHaveLength(3);
    expect(new Set(table.seen.map(({ aliases }) => aliases.join()))).toEqual(new Set(["a,b,c"]));
  },
);

test("after a freeze longer than refreshMs a resolve waits for a read", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const orders = resolver({ refreshMs: 5_000 });
  expect(await orders.resolve()).toMatchObject({ version: 1 });
  table.rows.set("orders", row.set(2).raw);
  clock.freeze(5_001);
  expect(await orders.resolve()).toMatchObject({ version: 2 });
  expect(table.seen).toHaveLength(2);
});

test("a resolve waits for no read as long as the background keeps up", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ refreshMs: 1_000, readTimeoutMs: 3_000 });
  const held = await orders.resolve();
  table.hold();
  await clock.pass(1_500);
  expect(table.seen).toHaveLength(2);
  let answered: unknown;
  void orders.resolve().then((snapshot) => {
    answered = snapshot;
  });
  await settle();
  expect(answered).toBe(held);
});

test("refresh reads now, and its failure leaves the value", async () => {
  const { table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const orders = resolver();
  await orders.resolve();
  table.rows.set("orders", row.set(2).raw);
  expect(await orders.refresh()).toMatchObject({ version: 2 });
  table.failing = { error: failure("AccessDeniedException") };
  await expect(orders.refresh()).rejects.toMatchObject({ code: "swap.access-denied" });
  expect(orders.peek()).toMatchObject({ version: 2 });
});

test("a rollback is followed, a smaller version without one is not", async () => {
  const { table, events, resolver } = newWorld();
  const row = new Row().set(1).set(2);
  table.rows.set("orders", row.raw);
  const orders = resolver();
  await orders.resolve();
  table.rows.set("orders", row.rollback(1).raw);
  expect(await orders.refresh()).toMatchObject({ version: 1 });
  table.rows.set("orders", row.set(3).raw);
  await orders.refresh();
  table.rows.set("orders", new Row().foreign(2).raw);
  expect(await orders.refresh()).toMatchObject({ version: 3 });
  table.rows.delete("orders");
  expect(await orders.refresh()).toMatchObject({ version: 3 });
  expect(events.filter(({ kind }) => kind === "answer-refused")).toEqual([
    { kind: "answer-refused", alias: "orders", why: "backwards", held: 3, answered: 2 },
    { kind: "answer-refused", alias: "orders", why: "vanished", held: 3 },
  ]);
  expect(orders.status().counters).toMatchObject({ changes: 2, refusedAnswers: 2 });
});

test("answers that arrive out of order do not take the reader back", async () => {
  const { table, events, resolver } = newWorld();
  const row = new Row().foreign(1);
  table.rows.set("orders", row.raw);
  const orders = resolver();
  await orders.resolve();
  table.hold();
  const first = orders.refresh();
  await settle();
  table.rows.set("orders", row.foreign(2).raw);
  const second = orders.refresh();
  await settle();
  table.release(1);
  expect(await second).toMatchObject({ version: 2 });
  table.release(0);
  expect(await first).toMatchObject({ version: 2 });
  expect(events.at(-1)).toMatchObject({ kind: "answer-refused", why: "older", answered: 1 });
});

test("a callback that throws, or rejects, harms nothing and is reported", async () => {
  const { clock, table, events, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const thrown = new Error("theirs");
  const orders = resolver({
    onChange: ({ current }) => {
      if (current.version === 2) throw thrown;
      return Promise.reject(thrown);
    },
  });
  await orders.resolve();
  for (const version of [2, 3]) {
    table.rows.set("orders", row.set(version).raw);
    expect(await orders.refresh()).toMatchObject({ version });
  }
  await clock.pass(0);
  expect(events.filter(({ kind }) => kind === "callback-failed")).toEqual([
    { kind: "callback-failed", alias: "orders", error: thrown },
    { kind: "callback-failed", alias: "orders", error: thrown },
  ]);
});

test("status returns gauges and counters", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(4).raw;
  table.rows.set("orders", { ...row, at: { N: String(clock.wall() - 90_000) } });
  const orders = resolver({ refreshMs: 60_000 });
  expect(orders.status()).toEqual({
    alias: "orders",
    controlTable: "control",
    counters: {
      refreshes: 0,
      refreshErrors: 0,
      changes: 0,
      refusedAnswers: 0,
      retries: 0,
      heldWrites: 0,
    },
  });
  await orders.resolve();
  const readAt = clock.wall();
  await clock.pass(10_000);
  expect(orders.status()).toEqual({
    alias: "orders",
    controlTable: "control",
    activeVersion: 4,
    activeTable: "orders_v4",
    pointerAgeMs: 100_000,
    lastRefreshAt: readAt,
    stalenessMs: 10_000,
    counters: {
      refreshes: 1,
      refreshErrors: 0,
      changes: 0,
      refusedAnswers: 0,
      retries: 0,
      heldWrites: 0,
    },
  });
});
