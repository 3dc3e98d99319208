import {
  getActive,
  type PointerUpdate,
  permitDeletion,
  reopenVersions,
  rollback,
  seedActive,
  setActive,
} from "../../../src/pointer";
import { goSet } from "../../support/go-writer";
import { getRaw } from "./bench";
import { applied, type FaultBench } from "./fault-bench";

/** A lost answer of a write that was applied, or that is made again. */
export function outcomesApplied(bench: FaultBench): void {
  const { backend, direct, alias, through, prepared, truth } = bench;
  /** Where the failed condition does not come with the item, one read settles. */
  const settlingRead = backend.returnsOldItem ? [] : ["GetItem"];

  test.each(["lose response", "fail after"] as const)(
    "%s, and the SDK tries again: our own row shows that it was applied, once",
    async (fault) => {
      const name = await prepared();
      bench.proxy.plan("UpdateItem", [fault]);
      const update = await setActive(through(3), name, 5);
      expect(update).toMatchObject({ version: 5, previous: 4, operation: "op" });
      expect(bench.proxy.seen).toEqual(["UpdateItem", "UpdateItem", ...settlingRead]);
      expect(update.requests).toBe(bench.proxy.seen.length);
      expect(await truth(name)).toEqual(applied);
    },
  );

  test.each(["lose response", "fail after"] as const)(
    "%s without a second try: one read settles it",
    async (fault) => {
      const name = await prepared();
      bench.proxy.plan("UpdateItem", [fault]);
      expect(await setActive(through(1), name, 5)).toMatchObject({ previous: 4, requests: 2 });
      expect(bench.proxy.seen).toEqual(["UpdateItem", "GetItem"]);
      expect(await truth(name)).toEqual(applied);
    },
  );

  test("a first version whose response was lost has no previous one", async () => {
    const name = alias();
    bench.proxy.plan("UpdateItem", ["lose response"]);
    expect(await setActive(through(1), name, 5)).not.toHaveProperty("previous");
    expect(await truth(name)).toEqual(applied);
  });

  const movers: [string, (name: string) => Promise<unknown>, Partial<PointerUpdate>, number][] = [
    ["a writer of ours", (name) => setActive(direct(), name, 6), {}, 6],
    ["a Go writer", (name) => goSet(direct(), name, 6, 42), { previous: 4 }, 6],
    ["a rollback", (name) => rollback(direct(), name, { from: 5, to: 4 }), {}, 4],
  ];
  test.each(movers)(
    "the response is lost and %s updates the row: still reported as applied",
    async (_who, moveOn, known, version) => {
      for (const maxAttempts of [1, 3]) {
        const name = await prepared();
        bench.proxy.plan("UpdateItem", [{ loseResponseAfter: () => moveOn(name) }]);
        const update = await setActive(through(maxAttempts), name, 5);
        expect(update).toMatchObject({ version: 5, operation: "op", ...known });
        expect(update.previous).toBe(known.previous);
        expect(await truth(name)).toEqual({ version, byOp: [5] });
      }
    },
  );

  test.each(["lose request", "fail"] as const)(
    "%s without a second try: written again with the same operation, applied once",
    async (fault) => {
      const name = await prepared();
      bench.proxy.plan("UpdateItem", [fault]);
      expect(await setActive(through(1), name, 5)).toMatchObject({ previous: 4, requests: 3 });
      expect(bench.proxy.seen).toEqual(["UpdateItem", "GetItem", "UpdateItem"]);
      expect(await truth(name)).toEqual(applied);
    },
  );

  test("a write that lands late, after it was made again, is applied once", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["late"]);
    const update = await setActive(through(1), name, 5);
    expect(update).toMatchObject({ previous: 4, requests: 3 });
    expect(await bench.proxy.deliver()).toEqual([400]);
    expect(await truth(name)).toEqual(applied);
  });

  test("the response is lost and the next tries are throttled: applied, by one read", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["lose response"], "throttle");
    expect(await setActive(through(2), name, 5)).toMatchObject({ previous: 4, requests: 3 });
    expect(bench.proxy.seen).toEqual(["UpdateItem", "UpdateItem", "GetItem"]);
    expect(await truth(name)).toEqual(applied);
  });

  test("a rollback whose response was lost is applied, and bars once", async () => {
    const name = await prepared();
    await setActive(direct(), name, 5);
    bench.proxy.plan("UpdateItem", ["lose response"]);
    expect(await rollback(through(3), name, { from: 5, to: 4 })).toMatchObject({ previous: 5 });
    expect(await truth(name)).toEqual({ version: 4, byOp: [4] });
    expect((await getRaw(direct(), name))?.barred).toEqual({ NS: ["5"] });
  });

  test("a rollback whose response was lost does not undo a Go writer's return", async () => {
    const name = await prepared();
    await setActive(direct(), name, 5);
    bench.proxy.plan("UpdateItem", [{ loseResponseAfter: () => goSet(direct(), name, 5, 42) }]);
    expect(await rollback(through(3), name, { from: 5, to: 4 })).toMatchObject({ version: 4 });
    expect(await truth(name)).toEqual({ version: 5, byOp: [4] });
  });

  test("a rollback and a seed lost before they arrive are made again, with the same operation", async () => {
    const name = await prepared();
    await setActive(direct(), name, 5);
    bench.proxy.plan("UpdateItem", ["lose request"]);
    await rollback(through(1), name, { from: 5, to: 4 });
    expect(await truth(name)).toEqual({ version: 4, byOp: [4] });
    const absent = alias();
    bench.proxy.plan("UpdateItem", ["lose request"]);
    expect(await seedActive(through(1), absent, 5)).toMatchObject({ requests: 3 });
    expect(await truth(absent)).toEqual(applied);
  });

  test("a seed whose response was lost is reported as applied, not as another writer's row", async () => {
    const name = alias();
    bench.proxy.plan("UpdateItem", ["lose response"]);
    expect(await seedActive(through(3), name, 5)).toMatchObject({ version: 5, activatedAt: 0 });
    expect(await truth(name)).toEqual(applied);
  });

  test.each([
    ["of the first try", ["lose response"]],
    ["of the second try", ["pass", "lose response"]],
  ] as const)(
    "a foreign advance is recorded by the set after it, although the response %s is lost",
    async (_case, faults) => {
      const name = await prepared();
      await goSet(direct(), name, 5, 42);
      bench.proxy.plan("UpdateItem", faults);
      expect(await setActive(through(3), name, 6)).toMatchObject({ previous: 5 });
      expect(await truth(name)).toEqual({ version: 6, byOp: [6] });
      const moves = [
        [4, "set"],
        [5, "foreign"],
        [6, "set"],
      ];
      const { history } = await getActive(direct(), name);
      expect(history.map(({ version, kind }) => [version, kind])).toEqual(moves);
      expect((await getRaw(direct(), name))?.hist?.L).toHaveLength(3);
      expect((await setActive(direct(), name, 7)).requests).toBe(1);
    },
  );

  test.each([1, 3])(
    "a set that lifts a bar, its answer lost, %d tries: applied once",
    async (tries) => {
      const name = await prepared();
      await setActive(direct(), name, 5);
      await rollback(direct(), name, { from: 5, to: 4 });
      bench.proxy.plan("UpdateItem", ["lose response"]);
      const update = await setActive(through(tries), name, 5, { liftBar: true });
      expect(update).toMatchObject({ version: 5, operation: "op" });
      expect(await getActive(direct(), name)).toMatchObject({ version: 5, barred: [] });
      expect((await truth(name)).byOp).toEqual([5]);
    },
  );

  test.each([1, 3])(
    "its answer lost, and rolled back from by another before it is settled: applied, the bar stands, %d tries",
    async (tries) => {
      const name = await prepared();
      await setActive(direct(), name, 5);
      await rollback(direct(), name, { from: 5, to: 4 });
      bench.proxy.plan("UpdateItem", [
        { loseResponseAfter: () => rollback(direct(), name, { from: 5, to: 4 }) },
      ]);
      expect(await setActive(through(tries), name, 5, { liftBar: true })).toMatchObject({
        version: 5,
      });
      expect(await getActive(direct(), name)).toMatchObject({ version: 4, barred: [5] });
    },
  );

  test.each([1, 3])(
    "a permission whose answer is lost is settled by a read, %d tries",
    async (tries) => {
      const name = await prepared();
      bench.proxy.plan("UpdateItem", ["lose response"]);
      await permitDeletion(through(tries), name, 3, () => {});
      expect((await getActive(direct(), name)).retired).toEqual([3]);
    },
  );

  test.each([1, 3])(
    "a permission that is lost is given again, judged again, %d tries",
    async (tries) => {
      const name = await prepared();
      bench.proxy.plan("UpdateItem", ["lose request"]);
      const judged: unknown[] = [];
      await permitDeletion(through(tries), name, 3, (row) => judged.push(row));
      expect(judged).toHaveLength(tries === 1 ? 2 : 1);
      expect((await getActive(direct(), name)).retired).toEqual([3]);
    },
  );

  test("a reopening whose answer is lost is settled by a read", async () => {
    const name = await prepared();
    await permitDeletion(direct(), name, 3, () => {});
    bench.proxy.plan("UpdateItem", ["lose response"]);
    await reopenVersions(through(1), name, [3]);
    expect((await getActive(direct(), name)).retired).toEqual([]);
  });

  test("a reopening that lands after a later permission undoes nothing", async () => {
    const name = await prepared();
    await permitDeletion(direct(), name, 3, () => {});
    bench.proxy.plan("UpdateItem", ["late"]);
    await reopenVersions(through(1), name, [3]);
    await permitDeletion(direct(), name, 3, () => {});
    expect(await bench.proxy.deliver()).toEqual([400]);
    expect((await getActive(direct(), name)).retired).toEqual([3]);
  });

  test("an update of ours between the read and a set that lifts its bar: read again, the newer bar is lifted", async () => {
    const name = await prepared();
    await setActive(direct(), name, 5);
    await rollback(direct(), name, { from: 5, to: 4 });
    bench.proxy.plan("UpdateItem", [
      {
        loseRequestAfter: async () => {
          await setActive(direct(), name, 5, { liftBar: true });
          await rollback(direct(), name, { from: 5, to: 3 });
        },
      },
    ]);
    expect(await setActive(through(3), name, 5, { liftBar: true })).toMatchObject({ previous: 3 });
    expect(await getActive(direct(), name)).toMatchObject({ version: 5, barred: [] });
  });

  test("a rollback between the read and the write of a set that lifts: its bar is lifted", async () => {
    const name = await prepared();
    const away = async () => {
      await setActive(direct(), name, 5);
      await rollback(direct(), name, { from: 5, to: 4 });
    };
    bench.proxy.plan("UpdateItem", [{ loseRequestAfter: away }]);
    expect(await setActive(through(3), name, 5, { liftBar: true })).toMatchObject({ version: 5 });
    expect(await getActive(direct(), name)).toMatchObject({ version: 5, barred: [] });
  });
}
