import { getActive, liftBar, permitDeletion, rollback, setActive } from "../../../src/pointer";
import { goSet } from "../../support/go-writer";
import { refused } from "../../support/refused";
import { type Bench, getRaw, START } from "./bench";

export function rollbacks({ ref, alias, sent }: Bench): void {
  async function setUpTo(...versions: number[]): Promise<string> {
    const name = alias();
    for (const version of versions) await setActive(ref(), name, version);
    sent.length = 0;
    return name;
  }

  test("it rolls the pointer back in one request and bars the version rolled back from", async () => {
    const name = await setUpTo(4, 5);
    const update = await rollback(ref(), name, { from: 5, to: 4, reason: "slow", actor: "ops" });
    expect(update).toEqual({
      alias: name,
      version: 4,
      table: `${name}_v4`,
      previous: 5,
      activatedAt: START + 3_000,
      operation: expect.any(String),
      requests: 1,
    });
    expect(sent).toEqual(["UpdateItem"]);
    expect(await getActive(ref(), name)).toMatchObject({
      version: 4,
      foreign: false,
      previous: 5,
      barred: [5],
      by: "ops",
      why: "slow",
    });
  });

  test("it may go back to a version that was never active", async () => {
    const name = await setUpTo(5);
    expect(await rollback(ref(), name, { from: 5, to: 2 })).toMatchObject({ version: 2 });
  });

  test("it is refused unless from is active", async () => {
    const name = await setUpTo(5);
    const before = await getRaw(ref(), name);
    const other = await refused(
      rollback(ref(), name, { from: 4, to: 3 }),
      "swap.expectation-failed",
    );
    expect(other.payload).toEqual({ alias: name, requested: 3, expected: 4, active: 5 });
    expect(await getRaw(ref(), name)).toEqual(before);

    const absent = alias();
    const none = await refused(
      rollback(ref(), absent, { from: 4, to: 3 }),
      "swap.expectation-failed",
    );
    expect(none.payload).toEqual({ alias: absent, requested: 3, expected: 4 });
    expect(await getRaw(ref(), absent)).toBeUndefined();
  });

  test("a rollback made twice is refused the second time", async () => {
    const name = await setUpTo(4, 5);
    await rollback(ref(), name, { from: 5, to: 4 });
    await refused(rollback(ref(), name, { from: 5, to: 4 }), "swap.expectation-failed");
  });

  test.each([5, 6])("going back from 5 to %d is no rollback", async (to) => {
    const name = await setUpTo(5);
    const refusal = await refused(rollback(ref(), name, { from: 5, to }), "swap.input-invalid");
    expect(refusal.payload).toMatchObject({ name: "rollback target", value: String(to) });
    expect(sent).toEqual([]);
  });

  test("a barred version is refused as a target and by set, a greater one is not", async () => {
    const name = await setUpTo(4, 5);
    await rollback(ref(), name, { from: 5, to: 4 });
    const set = await refused(setActive(ref(), name, 5), "swap.version-barred");
    expect(set.payload).toEqual({ alias: name, requested: 5, active: 4 });
    await setActive(ref(), name, 6);
    const target = await refused(rollback(ref(), name, { from: 6, to: 5 }), "swap.version-barred");
    expect(target.payload).toEqual({ alias: name, requested: 5, active: 6 });
    expect(await getActive(ref(), name)).toMatchObject({ version: 6, barred: [5] });
  });

  test("bars add up, and each is lifted explicitly", async () => {
    const name = await setUpTo(4, 5);
    await rollback(ref(), name, { from: 5, to: 4 });
    await setActive(ref(), name, 10);
    await rollback(ref(), name, { from: 10, to: 4 });
    expect((await getActive(ref(), name)).barred).toEqual([5, 10]);
    await liftBar(ref(), name, 5);
    expect((await getActive(ref(), name)).barred).toEqual([10]);
    await setActive(ref(), name, 5);
    await liftBar(ref(), name, 10);
    expect((await getActive(ref(), name)).barred).toEqual([]);
    expect(await setActive(ref(), name, 10)).toMatchObject({ previous: 5 });
  });

  test("lifting a bar leaves the pointer and its history unchanged", async () => {
    const name = await setUpTo(4, 5);
    await rollback(ref(), name, { from: 5, to: 4, actor: "ops" });
    const { barred: _bars, ...before } = (await getRaw(ref(), name)) ?? {};
    await liftBar(ref(), name, 5);
    expect(await getRaw(ref(), name)).toEqual(before);
  });

  test("lifting a bar that is not there changes nothing, with and without other bars", async () => {
    const name = await setUpTo(4, 5);
    const plain = await getRaw(ref(), name);
    await liftBar(ref(), name, 9);
    expect(await getRaw(ref(), name)).toEqual(plain);
    await rollback(ref(), name, { from: 5, to: 4 });
    await liftBar(ref(), name, 9);
    expect((await getActive(ref(), name)).barred).toEqual([5]);
  });

  test("lifting a bar of an absent alias makes no row", async () => {
    const name = alias();
    await liftBar(ref(), name, 5);
    expect(await getRaw(ref(), name)).toBeUndefined();
  });

  test("a set lifts its own version's bar in the same write, other bars are kept", async () => {
    const name = await setUpTo(3, 4, 5);
    await rollback(ref(), name, { from: 5, to: 4 });
    await rollback(ref(), name, { from: 4, to: 3 });
    sent.length = 0;
    expect(await setActive(ref(), name, 5, { liftBar: true })).toMatchObject({ previous: 3 });
    expect(sent).toEqual(["GetItem", "UpdateItem"]);
    expect(await getActive(ref(), name)).toMatchObject({ version: 5, barred: [4] });
  });

  test("a set that is to lift a bar that is not there, with and without others, is a plain set", async () => {
    const name = await setUpTo(4, 5);
    await setActive(ref(), name, 6, { liftBar: true });
    await rollback(ref(), name, { from: 6, to: 5 });
    await setActive(ref(), name, 7, { liftBar: true });
    expect(await getActive(ref(), name)).toMatchObject({ version: 7, barred: [6] });
    await setActive(ref(), alias(), 1, { liftBar: true });
  });

  test("a refused set leaves the bar and the history as they were", async () => {
    const name = await setUpTo(4, 5);
    await rollback(ref(), name, { from: 5, to: 4 });
    await permitDeletion(ref(), name, 7, () => {});
    const before = await getRaw(ref(), name);
    const lift = { liftBar: true };
    await refused(setActive(ref(), name, 5, { ...lift, expect: 3 }), "swap.expectation-failed");
    await refused(setActive(ref(), name, 4, lift), "swap.version-regressed");
    await refused(setActive(ref(), name, 7, lift), "swap.version-retired");
    expect(await getRaw(ref(), name)).toEqual(before);
    await goSet(ref(), name, 6, 42);
    await refused(setActive(ref(), name, 5, lift), "swap.version-regressed");
    expect(await getRaw(ref(), name)).toEqual({ ...before, ver: { N: "6" }, at: { N: "42" } });
  });
}
