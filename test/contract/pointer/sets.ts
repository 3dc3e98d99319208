import { getActive, setActive } from "../../../src/pointer";
import { refused } from "../../support/refused";
import { type Bench, getRaw, START } from "./bench";

export function sets({ backend, ref, alias, sent }: Bench): void {
  test.each([1, 4, 20261104, Number.MAX_SAFE_INTEGER])(
    "the first set succeeds at any number: %d",
    async (version) => {
      const name = alias();
      expect(await setActive(ref(), name, version)).toEqual({
        alias: name,
        version,
        table: `${name}_v${version}`,
        activatedAt: START + 1_000,
        operation: expect.stringMatching(/^[0-9a-f-]{36}$/),
        requests: 1,
      });
      const row = await getActive(ref(), name);
      expect(row.version).toBe(version);
      expect(row).not.toHaveProperty("previous");
    },
  );

  test("a greater version is set over a smaller one, gaps allowed", async () => {
    const name = alias();
    await setActive(ref(), name, 2);
    expect(await setActive(ref(), name, 9)).toMatchObject({ version: 9, previous: 2 });
    expect(await getActive(ref(), name)).toMatchObject({ version: 9, previous: 2 });
  });

  test("the bigger number wins, not the longer or later text", async () => {
    const name = alias();
    await setActive(ref(), name, 9);
    await setActive(ref(), name, 10);
    await refused(setActive(ref(), name, 9), "swap.version-regressed");
  });

  test.each([
    [5, "the active version again"],
    [4, "a smaller version"],
  ])("setting %d on 5, %s, is refused and changes nothing", async (requested) => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 5, { actor: "ci", reason: "cut-over" });
    const before = await getRaw(at, name);
    const refusal = await refused(setActive(at, name, requested), "swap.version-regressed");
    expect(refusal.payload).toEqual({
      alias: name,
      requested,
      active: 5,
      activatedAt: START + 1_000,
      by: "ci",
    });
    expect(await getRaw(at, name)).toEqual(before);
  });

  test("a refusal costs one request, plus one read if the old item is not returned", async () => {
    const name = alias();
    await setActive(ref(), name, 5);
    sent.length = 0;
    await refused(setActive(ref(), name, 5), "swap.version-regressed");
    expect(sent).toEqual(backend.returnsOldItem ? ["UpdateItem"] : ["UpdateItem", "GetItem"]);
  });

  test("expect lets a set through while the expected version is active", async () => {
    const name = alias();
    await setActive(ref(), name, 5);
    expect(await setActive(ref(), name, 6, { expect: 5 })).toMatchObject({ previous: 5 });
  });

  test("expect refuses if another version is active, and if none is", async () => {
    const name = alias();
    const at = ref();
    const none = await refused(setActive(at, name, 6, { expect: 5 }), "swap.expectation-failed");
    expect(none.payload).toEqual({ alias: name, requested: 6, expected: 5 });
    expect(await getRaw(at, name)).toBeUndefined();

    await setActive(at, name, 4);
    const other = await refused(setActive(at, name, 6, { expect: 5 }), "swap.expectation-failed");
    expect(other.payload).toEqual({ alias: name, requested: 6, expected: 5, active: 4 });
    expect((await getActive(at, name)).version).toBe(4);
  });

  test("a regression is reported as one, even if the expectation fails too", async () => {
    const name = alias();
    await setActive(ref(), name, 7);
    await refused(setActive(ref(), name, 6, { expect: 5 }), "swap.version-regressed");
  });

  test("reason and actor are kept, and a later set without them leaves neither behind", async () => {
    const name = alias();
    await setActive(ref(), name, 1, { reason: "first", actor: "ops" });
    expect(await getActive(ref(), name)).toMatchObject({ by: "ops", why: "first" });
    await setActive(ref(), name, 2, { reason: "second" });
    expect(await getActive(ref(), name)).not.toHaveProperty("by");
    await setActive(ref(), name, 3);
    const row = await getActive(ref(), name);
    expect(row).not.toHaveProperty("by");
    expect(row).not.toHaveProperty("why");
    const raw = await getRaw(ref(), name);
    expect(raw).not.toHaveProperty("by");
    expect(raw).not.toHaveProperty("why");
    expect(row.history.map(({ by, why }) => [by, why])).toEqual([
      ["ops", "first"],
      [undefined, "second"],
      [undefined, undefined],
    ]);
  });

  test("a set is one UpdateItem", async () => {
    const name = alias();
    expect((await setActive(ref(), name, 1)).requests).toBe(1);
    expect((await setActive(ref(), name, 2, { expect: 1, reason: "r" })).requests).toBe(1);
    expect(sent).toEqual(["UpdateItem", "UpdateItem"]);
  });
}
