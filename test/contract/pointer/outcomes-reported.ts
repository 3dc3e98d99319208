import {
  claimRow,
  getActive,
  liftBar,
  permitDeletion,
  releaseActive,
  reopenVersions,
  rollback,
  setActive,
} from "../../../src/pointer";
import { REFUSING } from "../../support/ports";
import { refused } from "../../support/refused";
import { getRaw } from "./bench";
import { applied, type FaultBench, untouched } from "./fault-bench";

/** What a caller gets when a write was not applied, or when that can't be known. */
export function outcomesReported(bench: FaultBench): void {
  const { backend, direct, alias, through, prepared, truth } = bench;

  test("lost before it arrives while another takes the version: refused, not applied", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", [
      { loseRequestAfter: () => setActive(direct(), name, 5, { actor: "winner" }) },
    ]);
    const refusal = await refused(setActive(through(1), name, 5), "swap.version-regressed");
    expect(refusal.payload).toMatchObject({ active: 5, by: "winner" });
    expect(await truth(name)).toEqual({ version: 5, byOp: [] });
  });

  test.each([1, 3])(
    "writes and reads all without an answer, %d tries each: unknown, and the row shows afterwards",
    async (maxAttempts) => {
      for (const [fault, after] of [
        ["lose response", applied],
        ["lose request", untouched],
      ] as const) {
        const name = await prepared();
        bench.proxy.plan("UpdateItem", [], fault);
        bench.proxy.plan("GetItem", [], "lose request");
        const error = await refused(
          setActive(through(maxAttempts), name, 5),
          "swap.outcome-unknown",
        );
        expect(error.payload).toEqual({ alias: name, requested: 5, operation: "op" });
        expect(error.cause).toMatchObject({ code: "swap.unreachable" });
        expect(await truth(name)).toEqual(after);
      }
    },
  );

  test("each write lost while reads answer: three rounds, then unknown", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", [], "lose request");
    await refused(setActive(through(1), name, 5), "swap.outcome-unknown");
    expect(bench.proxy.seen).toEqual(Array(3).fill(["UpdateItem", "GetItem"]).flat());
    expect(await truth(name)).toEqual(untouched);
  });

  test("lost, then denied: unknown, because the lost request may still arrive", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["late", "deny"]);
    await refused(setActive(through(1), name, 5), "swap.outcome-unknown");
    expect(bench.proxy.seen).toEqual(["UpdateItem", "GetItem", "UpdateItem", "GetItem"]);
    expect(await truth(name)).toEqual(untouched);
    expect(await bench.proxy.deliver()).toEqual([200]);
    expect(await truth(name)).toEqual(applied);
  });

  test("lost and applied, and the read is denied: unknown, never denied", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["lose response"]);
    bench.proxy.plan("GetItem", [], "deny");
    const error = await refused(setActive(through(1), name, 5), "swap.outcome-unknown");
    expect(error.cause).toMatchObject({ code: "swap.access-denied" });
    expect(await truth(name)).toEqual(applied);
  });

  test.each([1, 3])("a refused connection was never sent: unreachable, %d tries", async (tries) => {
    const at = REFUSING;
    const error = await refused(setActive(through(tries, at), alias(), 5), "swap.unreachable");
    expect(error.payload).toMatchObject({ endpoint: at, action: "UpdateItem" });
    expect(error.payload.reason).toContain("ECONNREFUSED");
  });

  test("denied: sent once, reported as denied, nothing written", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["deny"]);
    const error = await refused(setActive(through(3), name, 5), "swap.access-denied");
    expect(error.payload).toEqual({
      action: "UpdateItem",
      resource: "bench",
      reason: "User: test is not authorized to do this",
      fix: expect.stringContaining("dynamodb:UpdateItem"),
    });
    expect(bench.proxy.seen).toEqual(["UpdateItem"]);
    expect(await truth(name)).toEqual(untouched);
  });

  test("throttled to the end: unreachable, nothing written; throttled once: applied", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", [], "throttle");
    const error = await refused(setActive(through(2), name, 5), "swap.unreachable");
    expect(error.payload.reason).toBe("Rate exceeded");
    expect(bench.proxy.seen).toEqual(["UpdateItem", "UpdateItem"]);
    expect(await truth(name)).toEqual(untouched);
    bench.proxy.plan("UpdateItem", ["throttle"]);
    expect(await setActive(through(2), name, 5)).toMatchObject({ previous: 4, requests: 2 });
    expect(await truth(name)).toEqual(applied);
  });

  test("a refusal that can't be explained without a read gives the read's failure", async () => {
    const name = await prepared();
    bench.proxy.plan("GetItem", [], "lose request");
    await refused(
      setActive(through(1), name, 4),
      backend.returnsOldItem ? "swap.version-regressed" : "swap.unreachable",
    );
    expect(await truth(name)).toEqual(untouched);
  });

  test("a condition that keeps failing on rows that would be accepted: not applied, never unknown", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", [], "fail condition");
    const { cause } = await refused(setActive(through(1), name, 5), "swap.service-error");
    expect(cause).toMatchObject({ name: "ConditionalCheckFailedException" });
    expect(bench.proxy.seen).toEqual(Array(20).fill(["UpdateItem", "GetItem"]).flat());
    expect(await truth(name)).toEqual(untouched);
  });

  test("a condition that failed on a row that was then deleted: sent again, applied", async () => {
    const name = alias();
    bench.proxy.plan("UpdateItem", ["fail condition"]);
    expect(await setActive(through(1), name, 5)).toMatchObject({ version: 5, requests: 3 });
    expect(await truth(name)).toEqual(applied);
  });

  // The two known limits, as test/faults/README.md names them.
  test("landed late: a try without an answer arrives after its refusal, once there is room again", async () => {
    const name = await prepared();
    const overtake = { loseRequestAfter: () => setActive(direct(), name, 7) };
    bench.proxy.plan("UpdateItem", ["late", overtake]);
    await refused(setActive(through(3), name, 6), "swap.version-regressed");
    expect(await truth(name)).toEqual({ version: 7, byOp: [] });
    await rollback(direct(), name, { from: 7, to: 4 });
    expect(await bench.proxy.deliver()).toEqual([200]);
    expect(await truth(name)).toEqual({ version: 6, byOp: [6] });
  });

  test("landed again: a bar keeps a late twin out until it is lifted", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["late"]);
    await setActive(through(3), name, 5);
    await rollback(direct(), name, { from: 5, to: 4 });
    expect(await bench.proxy.deliver()).toEqual([400]);
    expect(await truth(name)).toEqual({ version: 4, byOp: [5] });

    const other = await prepared();
    bench.proxy.plan("UpdateItem", ["late"]);
    await setActive(through(3), other, 5);
    await rollback(direct(), other, { from: 5, to: 4 });
    await liftBar(direct(), other, 5);
    expect(await bench.proxy.deliver()).toEqual([200]);
    expect(await truth(other)).toEqual({ version: 5, byOp: [5, 5] });
  });

  test("a release whose response was lost has removed the row, and finds it absent", async () => {
    const name = await prepared();
    bench.proxy.plan("DeleteItem", ["lose response"]);
    expect(await releaseActive(through(3), name, 4)).toBe(false);
    expect(await getRaw(direct(), name)).toBeUndefined();
  });

  test("a claim whose response was lost is in the row, and is found there", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["lose response"]);
    expect(await claimRow(through(1), name, "mine", "anyone")).toBe(true);
    expect((await getRaw(direct(), name))?.holder).toEqual({ S: "mine" });
  });

  test("a permission that arrives late does not retire a version that was reopened since", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["late"]);
    await permitDeletion(through(3), name, 3, () => {});
    await reopenVersions(direct(), name, [3]);
    expect(await bench.proxy.deliver()).toEqual([400]);
    expect(await getActive(direct(), name)).toMatchObject({ version: 4, retired: [] });
  });

  test("a permission that arrives late after another one takes nothing back", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["late"]);
    await permitDeletion(through(3), name, 3, () => {});
    await permitDeletion(direct(), name, 2, () => {});
    await bench.proxy.deliver();
    expect(await getActive(direct(), name)).toMatchObject({ version: 4, retired: [2, 3] });
  });

  test("a claim that arrives late takes nothing from a later holder", async () => {
    const name = await prepared();
    bench.proxy.plan("UpdateItem", ["late"]);
    await refused(claimRow(through(1), name, "first", "anyone"), "swap.unreachable");
    expect(await claimRow(direct(), name, "second", "anyone")).toBe(true);
    expect(await bench.proxy.deliver()).toEqual([400]);
    expect((await getRaw(direct(), name))?.holder).toEqual({ S: "second" });
  });
}
