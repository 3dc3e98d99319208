import {
  getActive,
  type PointerRow,
  permitDeletion,
  releaseActive,
  reopenVersions,
  rollback,
  rollbackRefusal,
  seedActive,
  setActive,
  setRefusal,
} from "../../../src/pointer";
import { goSet } from "../../support/go-writer";
import { refused } from "../../support/refused";
import { type Bench, getRaw, spoil } from "./bench";

const deletable = () => {};

/** A version whose deletion was permitted is made active by none of our writers. */
export function retired({ ref, alias, sent }: Bench): void {
  async function setUpTo(...versions: number[]): Promise<string> {
    const name = alias();
    for (const version of versions) await setActive(ref(), name, version);
    sent.length = 0;
    return name;
  }

  test("a permission is one read and one write, and leaves the pointer unchanged", async () => {
    const name = await setUpTo(4, 5);
    const before = await getRaw(ref(), name);
    sent.length = 0;
    const judged: (PointerRow | undefined)[] = [];
    await permitDeletion(ref(), name, 4, (row) => judged.push(row));
    expect(sent).toEqual(["GetItem", "UpdateItem"]);
    expect(judged).toMatchObject([{ version: 5, retired: [] }]);
    const { retired: set, ...kept } = (await getRaw(ref(), name)) ?? {};
    expect(kept).toEqual(before);
    expect(set).toEqual({ NS: ["4"] });
    await reopenVersions(ref(), name, [4]);
    const { rop, ...reopened } = (await getRaw(ref(), name)) ?? {};
    expect(reopened).toEqual(before);
    expect(rop?.S).toMatch(/^[0-9a-f-]{36}$/);
    await permitDeletion(ref(), name, 4, deletable);
    expect(await getRaw(ref(), name)).toEqual({ ...before, rop, retired: set });
    expect(await getActive(ref(), name)).toMatchObject({ version: 5, retired: [4], previous: 4 });
  });

  test("a rollback to it is refused, to another version it is not", async () => {
    const name = await setUpTo(3, 4, 5);
    await permitDeletion(ref(), name, 4, deletable);
    const before = await getRaw(ref(), name);
    const back = { from: 5, to: 4 };
    const refusal = await refused(rollback(ref(), name, back), "swap.version-retired");
    expect(refusal.payload).toEqual({ alias: name, requested: 4, active: 5 });
    expect(await getRaw(ref(), name)).toEqual(before);
    expect(rollbackRefusal(name, back, await getActive(ref(), name))?.payload).toEqual(
      refusal.payload,
    );
    expect(await rollback(ref(), name, { from: 5, to: 3 })).toMatchObject({ version: 3 });
  });

  test("a set of it is refused, with its bar lifted too, of a greater one it is not", async () => {
    const name = await setUpTo(4);
    await permitDeletion(ref(), name, 6, deletable);
    const before = await getRaw(ref(), name);
    for (const options of [{}, { expect: 4 }, { liftBar: true }]) {
      const refusal = await refused(setActive(ref(), name, 6, options), "swap.version-retired");
      expect(refusal.payload).toEqual({ alias: name, requested: 6, active: 4 });
    }
    expect(await getRaw(ref(), name)).toEqual(before);
    expect(setRefusal(name, 6, await getActive(ref(), name))?.code).toBe("swap.version-retired");
    expect(await setActive(ref(), name, 7)).toMatchObject({ version: 7 });
    expect(await getActive(ref(), name)).toMatchObject({ retired: [6] });
  });

  test("the greater number is another version: a set has numbers, not texts", async () => {
    const name = await setUpTo(1);
    await permitDeletion(ref(), name, 40, deletable);
    expect(await setActive(ref(), name, 4)).toMatchObject({ version: 4 });
    await refused(setActive(ref(), name, 40), "swap.version-retired");
  });

  test("what may not be judged deletable gives the error of the check, nothing is written", async () => {
    const name = await setUpTo(4, 5);
    const stay = new Error("it stays");
    const judge = () => {
      throw stay;
    };
    await expect(permitDeletion(ref(), name, 4, judge)).rejects.toBe(stay);
    expect(sent).toEqual(["GetItem"]);
  });

  test("the active version is never permitted, whatever assertDeletable says", async () => {
    const name = await setUpTo(5);
    const refusal = await refused(permitDeletion(ref(), name, 5, deletable), "swap.version-in-use");
    expect(refusal.payload).toMatchObject({ alias: name, version: 5, table: `${name}_v5` });
    expect((await getActive(ref(), name)).retired).toEqual([]);
  });

  test.each([1, 4])(
    "without a row version %d is not permitted, and no row is made",
    async (version) => {
      const name = alias();
      await refused(permitDeletion(ref(), name, version, deletable), "swap.version-in-use");
      expect(await getRaw(ref(), name)).toBeUndefined();
    },
  );

  const moves: [string, (name: string) => Promise<unknown>, Partial<PointerRow>][] = [
    ["a rollback to it", (name) => rollback(ref(), name, { from: 5, to: 4 }), { version: 4 }],
    ["a set of another", (name) => setActive(ref(), name, 6), { version: 6 }],
    ["a Go writer's set", (name) => goSet(ref(), name, 6, 42), { version: 6 }],
  ];
  test.each(moves)(
    "%s after the judgement: judged again on the new row",
    async (_what, act, now) => {
      const name = await setUpTo(4, 5);
      const judged: (PointerRow | undefined)[] = [];
      const permitted = permitDeletion(
        between(() => act(name)),
        name,
        4,
        (row) => judged.push(row),
      );
      if (now.version === 4) await refused(permitted, "swap.version-in-use");
      else await permitted;
      expect(judged).toMatchObject([{ version: 5 }, now]);
      const { version, retired: set } = await getActive(ref(), name);
      expect({ version, set }).toEqual({ version: now.version, set: now.version === 4 ? [] : [4] });
    },
  );

  test.each(["ver", "at", "op"])(
    "the write is conditional on %s as it was checked",
    async (attribute) => {
      const name = await setUpTo(4, 5);
      const value = attribute === "op" ? { S: "another" } : { N: "9" };
      const judged: unknown[] = [];
      const at = between(() => spoil(ref(), name, attribute, value));
      await permitDeletion(at, name, 4, (row) => judged.push(row));
      expect(judged).toHaveLength(2);
    },
  );

  test("a row of a Go writer only, without op: permitted, and its next set counts as an update", async () => {
    const name = alias();
    await goSet(ref(), name, 5, 42);
    const judged: unknown[] = [];
    const at = between(() => goSet(ref(), name, 6, 43));
    await permitDeletion(at, name, 4, (row) => judged.push(row));
    expect(judged).toMatchObject([{ version: 5 }, { version: 6 }]);
    expect(await getActive(ref(), name)).toMatchObject({ version: 6, retired: [4], foreign: true });
  });

  test("a row that keeps moving is given up, and nothing is permitted", async () => {
    const name = await setUpTo(4, 5);
    let next = 5;
    const moving = () => setActive(ref(), name, ++next);
    await refused(permitDeletion(before(moving), name, 4, deletable), "swap.service-error");
    expect((await getActive(ref(), name)).retired).toEqual([]);
  });

  test("permitted twice is one permission", async () => {
    const name = await setUpTo(4, 5);
    await permitDeletion(ref(), name, 4, deletable);
    const once = await getRaw(ref(), name);
    await permitDeletion(ref(), name, 4, deletable);
    expect(await getRaw(ref(), name)).toEqual(once);
  });

  test("permissions at the same time add up", async () => {
    const name = await setUpTo(9);
    await Promise.all([1, 2, 3, 4].map((each) => permitDeletion(ref(), name, each, deletable)));
    expect((await getActive(ref(), name)).retired).toEqual([1, 2, 3, 4]);
  });

  test("reopened versions may be set and rolled back to again, others are still retired", async () => {
    const name = await setUpTo(3, 4, 5);
    for (const version of [3, 4, 7]) await permitDeletion(ref(), name, version, deletable);
    await reopenVersions(ref(), name, [4, 5, 7, 8]);
    expect((await getActive(ref(), name)).retired).toEqual([3]);
    await rollback(ref(), name, { from: 5, to: 4 });
    await setActive(ref(), name, 7);
    await refused(rollback(ref(), name, { from: 7, to: 3 }), "swap.version-retired");
    await reopenVersions(ref(), name, [3]);
    expect(await getRaw(ref(), name)).not.toHaveProperty("retired");
  });

  test("reopening writes nothing if the version is not retired or there is no row", async () => {
    const name = await setUpTo(4, 5);
    await permitDeletion(ref(), name, 4, deletable);
    sent.length = 0;
    await reopenVersions(ref(), name, [5, 6]);
    await reopenVersions(ref(), name, []);
    const absent = alias();
    await reopenVersions(ref(), absent, [4]);
    expect(sent.filter((request) => request !== "GetItem")).toEqual([]);
    expect(await getRaw(ref(), absent)).toBeUndefined();
  });

  test("reopening does not recreate a row that was deleted after it was read", async () => {
    const name = await setUpTo(4);
    await spoil(ref(), name, "retired", { NS: ["3"] });
    const held = await getActive(ref(), name);
    expect(held.retired).toEqual([3]);
    await reopenVersions(
      between(() => releaseActive(ref(), name, 4)),
      name,
      [3],
    );
    expect(await getRaw(ref(), name)).toBeUndefined();
  });

  test("a reopening loses against a permission that was given after it was decided", async () => {
    const name = await setUpTo(4, 5);
    await permitDeletion(ref(), name, 3, deletable);
    await permitDeletion(ref(), name, 4, deletable);
    // The set is the same again, but it was permitted again.
    const anew = async () => {
      await reopenVersions(ref(), name, [4]);
      await permitDeletion(ref(), name, 4, deletable);
    };
    sent.length = 0;
    await reopenVersions(
      between(() => anew()),
      name,
      [4],
    );
    expect((await getActive(ref(), name)).retired).toEqual([3]);
    expect(sent.filter((request) => request === "UpdateItem")).toHaveLength(4);
  });

  test("updates, and a Go writer's, leave retired versions unchanged; a seed is not written", async () => {
    const name = await setUpTo(4, 5);
    await permitDeletion(ref(), name, 3, deletable);
    await rollback(ref(), name, { from: 5, to: 4 });
    await setActive(ref(), name, 5, { liftBar: true });
    await goSet(ref(), name, 6, 42);
    expect(await seedActive(ref(), name, 3)).toBeUndefined();
    expect((await getActive(ref(), name)).retired).toEqual([3]);
  });

  /** The bench's reference, with something done once, before its first write. */
  function between(act: () => Promise<unknown>) {
    let done: Promise<unknown> | undefined;
    return before(() => (done ??= act()));
  }

  /** The same, with something done before each write. */
  function before(act: () => Promise<unknown>) {
    const at = ref();
    const client = Object.create(at.client);
    client.send = async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === "UpdateItemCommand") await act();
      return at.client.send(command as never);
    };
    return { ...at, client };
  }
}
