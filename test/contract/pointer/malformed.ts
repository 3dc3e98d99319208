import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  getActive,
  permitDeletion,
  type RawRow,
  reopenVersions,
  rollback,
  rollbackRefusal,
  setActive,
  setRefusal,
} from "../../../src/pointer";
import { goGet } from "../../support/go-writer";
import { refused } from "../../support/refused";
import { type Bench, getRaw, putRaw, spoil } from "./bench";

export function malformed({ ref, alias, sent }: Bench): void {
  test.each<[string, RawRow, string]>([
    ["no ver", { at: { N: "1" } }, "nothing"],
    ["a string ver", { ver: { S: "4" } }, '"4" (S)'],
    ["ver 1.5", { ver: { N: "1.5" } }, '"1.5" (N)'],
    ["a null ver", { ver: { NULL: true } }, "null (NULL)"],
  ])("%s is an error that shows it, never version 0", async (_case, row, found) => {
    const name = alias();
    await putRaw(ref(), name, row);
    const refusal = await refused(getActive(ref(), name), "swap.malformed-row");
    expect(refusal.payload).toEqual({
      alias: name,
      controlTable: "bench",
      attribute: "ver",
      found,
    });
  });

  test.each(["9007199254740992", "9007199254740993", "9223372036854775807"])(
    "ver %s, which the Go implementation may set, is named and never rounded",
    async (ver) => {
      const name = alias();
      await putRaw(ref(), name, { ver: { N: ver }, at: { N: "1" } });
      const refusal = await refused(getActive(ref(), name), "swap.version-out-of-range");
      expect(refusal.payload).toMatchObject({ alias: name, value: ver, source: "row" });
      await refused(setActive(ref(), name, 5), "swap.version-out-of-range");
      expect((await goGet(ref(), name))?.version).toBe(BigInt(ver));
    },
  );

  test("a set on a string ver is refused and leaves it", async () => {
    const name = alias();
    await putRaw(ref(), name, { ver: { S: "4" } });
    await refused(setActive(ref(), name, 5), "swap.malformed-row");
    expect(await getRaw(ref(), name)).toEqual({ pk: { S: name }, ver: { S: "4" } });
  });

  test("a set on a row without ver gives it one, as the contract's condition says", async () => {
    const name = alias();
    await putRaw(ref(), name, { at: { N: "1" }, note: { S: "kept" } });
    expect(await setActive(ref(), name, 5)).not.toHaveProperty("previous");
    expect(await getActive(ref(), name)).toMatchObject({ version: 5, foreign: false });
    expect((await getRaw(ref(), name))?.note).toEqual({ S: "kept" });
  });

  test.each([
    ["1.5", "swap.malformed-row"],
    ["-9007199254740993", "swap.version-out-of-range"],
  ] as const)("a set over ver %s is refused, although it is smaller: %s", async (ver, code) => {
    const name = alias();
    await putRaw(ref(), name, { ver: { N: ver } });
    await refused(setActive(ref(), name, 5), code);
    expect(await getRaw(ref(), name)).toEqual({ pk: { S: name }, ver: { N: ver } });
  });

  test.each<[string, RawRow]>([
    ["missing", {}],
    ["text", { at: { S: "yesterday" } }],
    ["a fraction", { at: { N: "1.5" } }],
  ])("at %s leaves the version readable", async (_case, at) => {
    const name = alias();
    await putRaw(ref(), name, { ver: { N: "4" }, ...at });
    const row = await getActive(ref(), name);
    expect(row).toMatchObject({ version: 4, foreign: true });
    expect(row).not.toHaveProperty("activatedAt");
    const refusal = await refused(setActive(ref(), name, 4), "swap.version-regressed");
    expect(refusal.payload).toEqual({ alias: name, requested: 4, active: 4 });
    await setActive(ref(), name, 5);
    expect((await getActive(ref(), name)).history).toMatchObject([
      { version: 4, kind: "foreign" },
      { version: 5, kind: "set" },
    ]);
  });

  test("a history of a wrong type is read as empty, and a set is refused with the attribute", async () => {
    const name = alias();
    await setActive(ref(), name, 4, { actor: "ci" });
    await spoil(ref(), name, "hist", { S: "lost" });
    expect(await getActive(ref(), name)).toMatchObject({ version: 4, foreign: true, history: [] });
    expect((await refused(setActive(ref(), name, 5), "swap.malformed-row")).payload).toEqual({
      alias: name,
      controlTable: "bench",
      attribute: "hist",
      found: '"lost" (S)',
    });
    expect((await getActive(ref(), name)).version).toBe(4);
  });

  test("malformed entries are skipped, the others are returned, and kept by the next set", async () => {
    const name = alias();
    await setActive(ref(), name, 4, { actor: "ci" });
    const good = (await getRaw(ref(), name))?.hist?.L ?? [];
    const bad = { S: "x" };
    const rounded = { M: { ver: { N: "3.0000000000000000000000001" }, kind: { S: "set" } } };
    const odd = { M: { ver: { N: "3" }, kind: { S: "leap" } } };
    await spoil(ref(), name, "hist", { L: [bad, rounded, odd, ...good] });
    const row = await getActive(ref(), name);
    expect(row).toMatchObject({ version: 4, foreign: false, by: "ci" });
    // A kind of a later release: its version was live all the same.
    expect(row.history).toMatchObject([
      { version: 3, kind: "leap" },
      { version: 4, kind: "set" },
    ]);
    await setActive(ref(), name, 5);
    expect((await getActive(ref(), name)).history).toMatchObject([
      { version: 3, kind: "leap" },
      { version: 4, kind: "set", by: "ci" },
      { version: 5, kind: "set" },
    ]);
    expect((await getRaw(ref(), name))?.hist?.L).toHaveLength(3);
  });

  const shapes: [string, AttributeValue, string][] = [
    ["text", { S: "6" }, '"6" (S)'],
    ["a number", { N: "6" }, '"6" (N)'],
    ["a list", { L: [{ N: "6" }] }, "… (L)"],
    ["an empty list", { L: [] }, "… (L)"],
    ["a set of texts", { SS: ["6"] }, "… (SS)"],
    ["null", { NULL: true }, "null (NULL)"],
  ];
  const sets = ["barred", "retired"].flatMap((set) =>
    shapes.map(([shape, value, found]) => ({ set, shape, value, found })),
  );

  test.each(sets)(
    "$set with $shape excludes nobody can tell what: no write passes, and each names it",
    async ({ set, value, found }) => {
      const name = alias();
      await setActive(ref(), name, 4);
      await setActive(ref(), name, 5);
      await spoil(ref(), name, set, value);
      const before = await getRaw(ref(), name);
      const row = await getActive(ref(), name);
      const payload = { alias: name, controlTable: "bench", attribute: set, found };
      expect(row).toMatchObject({ version: 5, barred: [], retired: [], corrupt: payload });
      sent.length = 0;
      for (const write of [
        () => setActive(ref(), name, 6),
        () => setActive(ref(), name, 6, { liftBar: true }),
        () => rollback(ref(), name, { from: 5, to: 4 }),
        () => permitDeletion(ref(), name, 3, () => {}),
        () => reopenVersions(ref(), name, [6]),
      ])
        expect((await refused(write(), "swap.malformed-row")).payload).toEqual(payload);
      expect(sent.filter((request) => request === "UpdateItem")).toHaveLength(3);
      expect(await getRaw(ref(), name)).toEqual(before);
      // As a preview tells it.
      expect(setRefusal(name, 6, row)?.payload).toEqual(payload);
      expect(rollbackRefusal(name, { from: 5, to: 4 }, row)?.payload).toEqual(payload);
    },
  );

  test("a row that has lost its ver is bound by its sets all the same", async () => {
    const name = alias();
    await putRaw(ref(), name, { barred: { NS: ["5"] }, retired: { NS: ["6"] } });
    const before = await getRaw(ref(), name);
    await refused(setActive(ref(), name, 5), "swap.version-barred");
    await refused(setActive(ref(), name, 6), "swap.version-retired");
    expect(await getRaw(ref(), name)).toEqual(before);
  });
}
