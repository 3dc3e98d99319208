import fc from "fast-check";
import type { RawRow } from "../../../src/pointer";
import { settle } from "./clock";
import type { ControlTable } from "./control-table";
import { Row } from "./rows";
import { newWorld } from "./world";

const consistency = "eventual" as const;
const strengths = (table: ControlTable) => table.seen.map((each) => each.consistent);

test("by default every read is strong", async () => {
  const { clock, table, resolver } = newWorld();
  await resolver().resolve();
  await clock.pass(60_000);
  expect(new Set(strengths(table))).toEqual(new Set([true]));
});

test("background reads are eventual, except the first and one in each maxStaleMs", async () => {
  const { clock, table, resolver } = newWorld();
  table.rows.set("orders", new Row().set(1).raw);
  const orders = resolver({ consistency });
  await clock.pass(0);
  await clock.pass(120_000);
  const strongAt = strengths(table).flatMap((strong, index) => (strong ? [index] : []));
  // The second starts half an interval after the first, the others 4.85 s after the one before.
  expect(strongAt).toEqual([0, 12, 24]);
  expect(orders.status()).toMatchObject({
    activeVersion: 1,
    counters: { refreshes: table.seen.length, refusedAnswers: 0 },
  });
});

test.each<[string, Row, (row: Row) => Row]>([
  ["a set", new Row().set(1), (row) => row.set(2)],
  ["a foreign advance after our set", new Row().set(1), (row) => row.foreign(2)],
])("%s that an eventual read proves is followed at once", async (_, row, move) => {
  const { clock, table, changes, resolver } = newWorld();
  table.rows.set("orders", row.raw);
  resolver({ consistency });
  await clock.pass(2_000);
  table.rows.set("orders", move(row).raw);
  await clock.pass(11_000);
  expect(changes).toMatchObject([{ current: { version: 2 } }]);
  expect(strengths(table)).toEqual([true, false, false, false]);
});

test.each<[string, Row, (row: Row) => Row, number]>([
  ["a rollback", new Row().set(1).set(2), (row) => row.rollback(1), 1],
  ["a set after a rollback", new Row().set(1).set(5), (row) => row.rollback(1).set(3), 3],
  ["a foreign advance without a history", new Row().foreign(1), (row) => row.foreign(2), 2],
  ["a row made again", new Row().set(1), () => new Row().foreign(3).set(4), 4],
])("%s is followed once a strong read has shown it", async (_, row, move, version) => {
  const { clock, table, changes, resolver } = newWorld();
  table.rows.set("orders", row.raw);
  resolver({ consistency });
  await clock.pass(2_000);
  table.rows.set("orders", move(row).raw);
  await clock.pass(1_000);
  expect(changes).toMatchObject([{ current: { version } }]);
  expect(strengths(table)).toEqual([true, false, true]);
  // Replicas may lag behind the change for a moment.
  await clock.pass(10_000);
  expect(strengths(table)).toEqual([true, false, true, true, false]);
});

test.each<[string, Row, (row: Row) => Row, number]>([
  ["a set", new Row().set(1), (row) => row.set(2), 2],
  ["a set by a foreign writer", new Row().foreign(1), (row) => row.foreign(2), 2],
  ["a rollback", new Row().set(1).set(2), (row) => row.rollback(1), 1],
  [
    "a rollback whose bar was lifted",
    new Row().set(1).set(2),
    (row) => row.rollback(1).liftBar(2),
    1,
  ],
])("a replica that lags behind %s does not move the reader back", async (_, row, move, version) => {
  const { clock, table, changes, resolver } = newWorld();
  const before = row.raw;
  table.rows.set("orders", before);
  const orders = resolver({ consistency });
  await clock.pass(0);
  table.lagging = () => before;
  table.rows.set("orders", move(row).raw);
  expect(await orders.refresh()).toMatchObject({ version });
  for (let read = 0; read < 10; read++) {
    await clock.pass(5_000);
    expect(orders.peek()).toMatchObject({ version });
  }
  expect(strengths(table)).toContain(false);
  expect(changes).toHaveLength(1);
  expect(orders.status().counters.refusedAnswers).toBe(0);
});

test("a replica that lags for ever delays a cut-over by at most maxStaleMs", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const orders = resolver({ consistency, refreshMs: 1_000, maxStaleMs: 20_000 });
  const lag = row.raw;
  table.lagging = () => lag;
  // At each phase between two strong reads.
  for (let version = 2; version < 30; version++) {
    await clock.pass(17_300);
    table.rows.set("orders", row.set(version).raw);
    await clock.pass(20_000);
    expect(orders.peek()).toMatchObject({ version });
  }
});

test("reads that a caller waits for are strong", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const lag = row.raw;
  const orders = resolver({ consistency });
  await orders.resolve();
  table.lagging = () => lag;
  table.rows.set("orders", row.set(2).raw);
  expect(await orders.refresh()).toMatchObject({ version: 2 });
  table.rows.set("orders", row.set(3).raw);
  clock.freeze(5_001);
  expect(await orders.resolve()).toMatchObject({ version: 3 });
  expect(new Set(strengths(table))).toEqual(new Set([true]));
});

test("no caller joins an eventual read in flight", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const lag = row.raw;
  const orders = resolver({ consistency, refreshMs: 1_000 });
  await orders.resolve();
  table.lagging = () => lag;
  table.hold();
  await clock.pass(990);
  expect(strengths(table)).toEqual([true, false]);
  table.rows.set("orders", row.set(2).raw);
  clock.freeze(1_001);
  const answer = orders.resolve();
  await settle();
  table.answerAtOnce();
  expect(await answer).toMatchObject({ version: 2 });
});

test("after a pause the background read is strong too", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const lag = row.raw;
  const orders = resolver({ consistency });
  await orders.resolve();
  table.lagging = () => lag;
  table.rows.set("orders", row.set(2).raw);
  clock.suspend(6_000);
  clock.runOverdue();
  await settle();
  expect(orders.peek()).toMatchObject({ version: 2 });
});

test("while an answer is refused, reads are strong", async () => {
  const { clock, table, resolver } = newWorld();
  table.rows.set("orders", new Row().set(5).raw);
  const orders = resolver({ consistency });
  await clock.pass(0);
  table.rows.set("orders", new Row().foreign(4).raw);
  await clock.pass(20_000);
  expect(strengths(table)).toEqual([true, false, true, true, true, true]);
  expect(orders.status().counters.refusedAnswers).toBe(4);
});

test("a read that fails is not repeated as a strong one", async () => {
  const { clock, table, resolver } = newWorld();
  const orders = resolver({ consistency });
  await orders.resolve();
  table.failing = { error: Object.assign(new Error("slow down"), { name: "ThrottlingException" }) };
  await clock.pass(20_000);
  expect(strengths(table)).toEqual([true, false, false, false, false]);
});

test("in a batch only the alias that changed is read again", async () => {
  const { clock, table, resolver } = newWorld();
  const all = ["a", "b", "c"].map((alias) => resolver({ alias, consistency }));
  await Promise.all(all.map((each) => each.resolve()));
  table.rows.set("b", new Row().set(2).raw);
  await clock.pass(5_000);
  expect(all.map((each) => each.peek()?.version)).toEqual([1, 2, 1]);
  expect(table.seen).toMatchObject([
    { aliases: ["a", "b", "c"], consistent: true },
    { aliases: ["a", "b", "c"], consistent: false },
    { aliases: ["b"], consistent: true },
  ]);
});

test("a strong resolver gets strong reads where it shares them with an eventual one", async () => {
  const { clock, table, resolver } = newWorld();
  const row = new Row().set(1);
  table.rows.set("orders", row.raw);
  const lag = row.raw;
  resolver({ consistency });
  await clock.pass(2_000);
  table.lagging = () => lag;
  table.rows.set("orders", row.set(2).raw);
  table.hold();
  await clock.pass(1_000);
  expect(strengths(table)).toEqual([true, false]);
  // It subscribes while the eventual read is in flight, whose answer is then no answer for it.
  const strong = resolver();
  table.answerAtOnce();
  expect(await strong.resolve()).toMatchObject({ version: 2 });
  await clock.pass(20_000);
  expect(strengths(table).slice(2)).not.toContain(false);
});

/** Moves of our writers and the Go ones, reads in between, and how far the replica of each read lags. */
const histories = fc.array(
  fc.oneof(
    fc.record({ move: fc.constantFrom("set", "foreign", "rollback", "lift") }),
    fc.record({ lag: fc.array(fc.nat(8), { minLength: 1, maxLength: 6 }) }),
  ),
  { minLength: 2, maxLength: 25 },
);

test("whatever replica answers, a reader never returns to a state before one that it has seen", async () => {
  let lagged = 0;
  await fc.assert(
    fc.asyncProperty(histories, async (steps) => {
      const { clock, table, resolver } = newWorld();
      const row = new Row();
      const barred: number[] = [];
      const states: (RawRow | undefined)[] = [undefined];
      let lags: number[] = [];
      table.lagging = () => {
        const lag = lags.shift() ?? 0;
        lagged += lag > 0 && states.length > 1 ? 1 : 0;
        return states.at(-1 - Math.min(lag, states.length - 1));
      };
      const orders = resolver({ consistency });
      await clock.pass(0);
      let shown = 0;
      for (const step of steps) {
        if ("lag" in step) {
          lags = [...step.lag];
          await clock.pass(5_000 * step.lag.length);
          const { version, activatedAt } = orders.peek() as {
            version: number;
            activatedAt?: number;
          };
          const now = states.findIndex(
            (state) =>
              Number(state?.ver?.N ?? 1) === version &&
              (state?.at?.N === undefined ? undefined : Number(state.at.N)) === activatedAt,
          );
          expect(now).toBeGreaterThanOrEqual(shown);
          shown = now;
          continue;
        }
        const version = Number(states.at(-1)?.ver?.N ?? 0);
        const next = Math.max(version, ...barred) + 1;
        const back = [...Array(version).keys()].findLast(
          (each) => each > 0 && !barred.includes(each),
        );
        if (step.move === "foreign") row.foreign(next);
        else if (step.move === "rollback" && back !== undefined) {
          barred.push(version);
          row.rollback(back);
        } else if (step.move === "lift" && barred.length > 0) row.liftBar(barred.pop() as number);
        else row.set(next);
        states.push(row.raw);
        table.rows.set("orders", row.raw);
      }
      await clock.pass(60_000);
      expect(orders.peek()?.version).toBe(Number(states.at(-1)?.ver?.N ?? 1));
      orders.stop();
    }),
    { numRuns: 200 },
  );
  expect(lagged).toBeGreaterThan(200);
});
