import {
  claimRow,
  findActive,
  getActive,
  newClaim,
  RETAINED_HOLDER,
  releaseActive,
  rollback,
  seedActive,
  setActive,
} from "../../../src/pointer";
import { goSet } from "../../support/go-writer";
import { refused } from "../../support/refused";
import { type Bench, getRaw, putRaw } from "./bench";

export function seedAndRelease({ ref, alias, sent }: Bench): void {
  test("a seed gives an absent alias its first version, at = 0", async () => {
    const name = alias();
    expect(await seedActive(ref(), name, 3, { actor: "up" })).toEqual({
      alias: name,
      version: 3,
      table: `${name}_v3`,
      activatedAt: 0,
      operation: expect.any(String),
      requests: 1,
    });
    expect(sent).toEqual(["UpdateItem"]);
    expect(await getActive(ref(), name)).toMatchObject({
      version: 3,
      activatedAt: 0,
      foreign: false,
      by: "up",
      history: [{ version: 3, kind: "seed", at: 0 }],
    });
    const refusal = await refused(setActive(ref(), name, 3), "swap.version-regressed");
    expect(refusal.payload).toMatchObject({ active: 3, activatedAt: 0, by: "up" });
    expect(await setActive(ref(), name, 4)).toMatchObject({ previous: 3 });
  });

  test.each([2, 3, 9])("a seed of 3 leaves a row at %d as it is", async (version) => {
    const name = alias();
    await setActive(ref(), name, version);
    const before = await getRaw(ref(), name);
    expect(await seedActive(ref(), name, 3)).toBeUndefined();
    expect(await getRaw(ref(), name)).toEqual(before);
  });

  test("a seed leaves a foreign row as it is", async () => {
    const name = alias();
    await goSet(ref(), name, 1, 42);
    expect(await seedActive(ref(), name, 3)).toBeUndefined();
    expect(await getRaw(ref(), name)).toEqual({
      pk: { S: name },
      ver: { N: "1" },
      at: { N: "42" },
    });
  });

  test("a seed never repairs a malformed row in silence", async () => {
    const name = alias();
    await putRaw(ref(), name, { ver: { S: "4" } });
    await refused(seedActive(ref(), name, 3), "swap.malformed-row");
    expect(await getRaw(ref(), name)).toEqual({ pk: { S: name }, ver: { S: "4" } });
    const bare = alias();
    await putRaw(ref(), bare, {});
    await refused(seedActive(ref(), bare, 3), "swap.malformed-row");
    expect(await getRaw(ref(), bare)).toEqual({ pk: { S: bare } });
  });

  test("a release removes the row while it has the version", async () => {
    const name = alias();
    await setActive(ref(), name, 4);
    sent.length = 0;
    expect(await releaseActive(ref(), name, 4)).toBe(true);
    expect(sent).toEqual(["DeleteItem"]);
    expect(await getRaw(ref(), name)).toBeUndefined();
    expect(await releaseActive(ref(), name, 4)).toBe(false);
    await setActive(ref(), name, 1);
  });

  test.each([3, 5])("a release of %d leaves a row with version 4 unchanged", async (version) => {
    const name = alias();
    await setActive(ref(), name, 4);
    const before = await getRaw(ref(), name);
    expect(await releaseActive(ref(), name, version)).toBe(false);
    expect(await getRaw(ref(), name)).toEqual(before);
  });

  test("a release leaves a row that was rolled back, or advanced by another writer", async () => {
    const name = alias();
    await setActive(ref(), name, 4);
    await setActive(ref(), name, 5);
    await rollback(ref(), name, { from: 5, to: 4 });
    expect(await releaseActive(ref(), name, 5)).toBe(false);
    await goSet(ref(), name, 6, 42);
    expect(await releaseActive(ref(), name, 4)).toBe(false);
    expect((await getActive(ref(), name)).version).toBe(6);
  });

  test("a claimed row is released only for its holder, and keeps its holder after an update", async () => {
    const name = alias();
    await setActive(ref(), name, 4);
    const [first, second] = [newClaim(), newClaim()];
    expect(first).toMatch(/^[\w-]{8}$/);
    expect(await claimRow(ref(), name, first, "nobody")).toBe(true);
    expect(await claimRow(ref(), name, second, "nobody")).toBe(false);
    await setActive(ref(), name, 5);
    expect(await findActive(ref(), name)).toMatchObject({ version: 5, holder: first });
    expect(await releaseActive(ref(), name, 5, second)).toBe(false);

    expect(await claimRow(ref(), name, second, "anyone")).toBe(true);
    expect(await releaseActive(ref(), name, 5, first)).toBe(false);
    expect(await releaseActive(ref(), name, 4, second)).toBe(false);
    expect(await releaseActive(ref(), name, 5, second)).toBe(true);
    expect(await getRaw(ref(), name)).toBeUndefined();
  });

  test("a row without a claim, or with one of another holder, is not released by claim", async () => {
    const name = alias();
    await setActive(ref(), name, 4);
    expect(await releaseActive(ref(), name, 4, newClaim())).toBe(false);
    await claimRow(ref(), name, RETAINED_HOLDER, "nobody");
    expect(await releaseActive(ref(), name, 4, newClaim())).toBe(false);
  });

  test("a claim makes no row, and none of a row without a version", async () => {
    const name = alias();
    expect(await claimRow(ref(), name, newClaim(), "anyone")).toBe(false);
    expect(await getRaw(ref(), name)).toBeUndefined();
    await putRaw(ref(), name, { at: { N: "1" } });
    expect(await claimRow(ref(), name, newClaim(), "anyone")).toBe(false);
  });

  test.each([{ N: "1" }, { BOOL: true }, { NULL: true as const }])(
    "a holder of another type, %p, is somebody's, and is replaced only by a successor",
    async (holder) => {
      const name = alias();
      await putRaw(ref(), name, { ver: { N: "4" }, holder });
      expect((await findActive(ref(), name))?.holder).toBe("");
      expect(await claimRow(ref(), name, "mine", "nobody")).toBe(false);
      expect(await claimRow(ref(), name, "mine", "anyone")).toBe(true);
      expect(await releaseActive(ref(), name, 4, "mine")).toBe(true);
    },
  );

  test("a claim that another one overtakes between its read and its write is made again", async () => {
    const name = alias();
    await setActive(ref(), name, 4);
    const { client } = ref();
    let overtaken = false;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === "UpdateItemCommand" && !overtaken) {
          overtaken = true;
          await claimRow(ref(), name, "theirs", "anyone");
        }
        return next(args);
      },
      { step: "initialize", name: "overtake" },
    );
    expect(await claimRow({ ...ref(), client }, name, "mine", "anyone")).toBe(true);
    client.middlewareStack.remove("overtake");
    expect((await findActive(ref(), name))?.holder).toBe("mine");
  });
}
