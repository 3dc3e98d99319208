import { UpdateItemCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import {
  findActive,
  placeFence,
  readRawRow,
  removeFence,
  rollback,
  setActive,
} from "../../../src/pointer";
import { type Bench, putRaw } from "./bench";

/** The fence of a switch: put on the row, used by its move, removed by its operation alone. */
export function fences(bench: Bench): void {
  const fence = (operation: string, from = 1, to = 2) => ({ from, to, operation, budgetMs: 9_000 });

  test("stands on the version it was placed on, and a plain move makes it meaningless", async () => {
    const alias = bench.alias();
    await setActive(bench.ref(), alias, 1);
    await placeFence(bench.ref(), alias, fence("one"));
    expect(await findActive(bench.ref(), alias)).toMatchObject({ fence: fence("one"), version: 1 });
    await setActive(bench.ref(), alias, 2);
    expect(await readRawRow(bench.ref(), alias)).not.toHaveProperty("fence");
    await placeFence(bench.ref(), alias, fence("two", 2, 3));
    expect(await findActive(bench.ref(), alias)).toMatchObject({ fence: { operation: "two" } });
  });

  test("is refused on another version, on no row and next to another fence", async () => {
    const alias = bench.alias();
    const place = (operation: string, from = 1) =>
      placeFence(bench.ref(), alias, fence(operation, from, 7));
    await expect(place("none")).rejects.toMatchObject({ code: "swap.expectation-failed" });
    expect(await findActive(bench.ref(), alias)).toBeUndefined();
    await setActive(bench.ref(), alias, 1);
    await expect(place("other", 3)).rejects.toMatchObject({
      code: "swap.expectation-failed",
      payload: { expected: 3, active: 1 },
    });
    await place("one");
    await expect(place("two")).rejects.toMatchObject({
      code: "swap.switch-in-progress",
      payload: { alias, from: 1, to: 7, operation: "one" },
    });
    // A retry whose first answer was lost.
    await place("one");
  });

  test("is removed by its operation alone", async () => {
    const alias = bench.alias();
    expect(await removeFence(bench.ref(), alias, "one")).toBe(false);
    await setActive(bench.ref(), alias, 1);
    await placeFence(bench.ref(), alias, fence("one"));
    expect(await removeFence(bench.ref(), alias, "two")).toBe(false);
    expect(await removeFence(bench.ref(), alias, "one")).toBe(true);
    expect(await removeFence(bench.ref(), alias, "one")).toBe(false);
    expect(await findActive(bench.ref(), alias)).not.toHaveProperty("fence");
    // A late duplicate of the request that placed it does not put it back.
    await expect(placeFence(bench.ref(), alias, fence("one"))).rejects.toMatchObject({
      code: "swap.fence-removed",
    });
    await placeFence(bench.ref(), alias, fence("two"));
    expect(await findActive(bench.ref(), alias)).toMatchObject({ fence: fence("two") });
  });

  test.each([
    ["its move and the way back", "moves"],
    ["another fence that was removed", "fence"],
  ])("is not put back by a duplicate of its request that arrives after %s", async (_what, then) => {
    const alias = bench.alias();
    const { client, ...others } = bench.ref();
    await setActive(bench.ref(), alias, 1);
    const sent: UpdateItemCommandInput[] = [];
    const recording = {
      ...others,
      client: new Proxy(client, {
        get(of, name) {
          const value = Reflect.get(of, name);
          if (name !== "send") return typeof value === "function" ? value.bind(of) : value;
          return (command: { input: UpdateItemCommandInput }, ...rest: []) => {
            if (command.input.UpdateExpression) sent.push(command.input);
            return of.send(command as never, ...rest);
          };
        },
      }),
    };
    await placeFence(recording, alias, fence("one"));
    if (then === "moves") {
      await setActive(bench.ref(), alias, 2, { fence: "one" });
      await placeFence(bench.ref(), alias, fence("two", 2, 1));
      await rollback(bench.ref(), alias, { from: 2, to: 1, fence: "two" });
    } else {
      await removeFence(bench.ref(), alias, "one");
      await placeFence(bench.ref(), alias, fence("two"));
      await removeFence(bench.ref(), alias, "two");
    }
    expect(sent).toHaveLength(1);
    const again = client.send(new UpdateItemCommand(sent[0] as UpdateItemCommandInput));
    await expect(again).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
    expect(await findActive(bench.ref(), alias)).not.toHaveProperty("fence");
  });

  test("a set and a rollback need their fence, and remove it by the same write", async () => {
    const alias = bench.alias();
    await setActive(bench.ref(), alias, 1);
    const moved = (operation: string) => setActive(bench.ref(), alias, 2, { fence: operation });
    await expect(moved("one")).rejects.toMatchObject({
      code: "swap.fence-removed",
      payload: { alias, requested: 2, operation: "one" },
    });
    await placeFence(bench.ref(), alias, fence("one"));
    await expect(moved("two")).rejects.toMatchObject({ code: "swap.fence-removed" });
    expect(await moved("one")).toMatchObject({ version: 2, previous: 1 });
    expect(await readRawRow(bench.ref(), alias)).not.toHaveProperty("fence");

    const back = { from: 2, to: 1, fence: "back" };
    await expect(rollback(bench.ref(), alias, back)).rejects.toMatchObject({
      code: "swap.fence-removed",
    });
    await placeFence(bench.ref(), alias, fence("back", 2, 1));
    expect(await rollback(bench.ref(), alias, back)).toMatchObject({ version: 1 });
    expect(await findActive(bench.ref(), alias)).toMatchObject({ version: 1, barred: [2] });
    expect(await readRawRow(bench.ref(), alias)).not.toHaveProperty("fence");
  });

  test("a move is refused where its fence stands on a version that was left, or is for another move", async () => {
    const alias = bench.alias();
    await setActive(bench.ref(), alias, 1);
    await placeFence(bench.ref(), alias, fence("one", 1, 3));
    const wrong = setActive(bench.ref(), alias, 4, { fence: "one" });
    await expect(wrong).rejects.toMatchObject({ code: "swap.fence-removed" });
    // A Go writer leaves the fence on the row.
    await putRaw(bench.ref(), alias, {
      ...(await readRawRow(bench.ref(), alias)),
      ver: { N: "2" },
    });
    const late = setActive(bench.ref(), alias, 3, { fence: "one" });
    await expect(late).rejects.toMatchObject({ code: "swap.fence-removed" });
    await expect(placeFence(bench.ref(), alias, fence("one", 1, 3))).rejects.toMatchObject({
      code: "swap.expectation-failed",
    });
    await placeFence(bench.ref(), alias, fence("two", 2, 3));
    expect(await setActive(bench.ref(), alias, 3, { fence: "two" })).toMatchObject({ version: 3 });
  });

  test.each([0, 1.5, -1, Number.NaN, 600_001])("a budget of %d ms is refused", async (budgetMs) => {
    const placed = placeFence(bench.ref(), "orders", { ...fence("one"), budgetMs });
    await expect(placed).rejects.toMatchObject({ code: "swap.input-invalid" });
  });

  test.each(["", "a b", "x".repeat(37)])("operation %j is refused", async (operation) => {
    const placed = placeFence(bench.ref(), "orders", fence(operation));
    await expect(placed).rejects.toMatchObject({ code: "swap.input-invalid" });
  });

  test("a move that has to rewrite the row removes it too", async () => {
    const alias = bench.alias();
    await setActive(bench.ref(), alias, 1);
    for (let version = 2; version <= 30; version++)
      await setActive(bench.ref(), alias, version, { reason: "r".repeat(256) });
    for (let version = 30; version < 34; version++) {
      await placeFence(bench.ref(), alias, fence(`f${version}`, version, version + 1));
      await setActive(bench.ref(), alias, version + 1, {
        fence: `f${version}`,
        reason: "r".repeat(256),
      });
      expect(await readRawRow(bench.ref(), alias)).not.toHaveProperty("fence");
    }
  });

  test("a fence that lacks a part, and has its operation, is refused", async () => {
    const alias = bench.alias();
    const value = { M: { from: { N: "1" }, operation: { S: "other" } } };
    await putRaw(bench.ref(), alias, { ver: { N: "1" }, fence: value });
    await expect(placeFence(bench.ref(), alias, fence("one"))).rejects.toMatchObject({
      code: "swap.expectation-failed",
    });
    expect(await readRawRow(bench.ref(), alias)).toMatchObject({ fence: value });
  });

  test("one that can't be read is none, and a fence takes its place", async () => {
    for (const value of [{ S: "x" }, { M: {} }, { M: { from: { N: "1" } } }]) {
      const alias = bench.alias();
      await putRaw(bench.ref(), alias, { ver: { N: "1" }, fence: value });
      expect(await findActive(bench.ref(), alias)).not.toHaveProperty("fence");
      if (!("M" in value)) continue;
      await placeFence(bench.ref(), alias, fence("one"));
      expect(await findActive(bench.ref(), alias)).toMatchObject({ fence: fence("one") });
    }
  });
}
