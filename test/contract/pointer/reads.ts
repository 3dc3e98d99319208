import { findActive, getActive, resolveTable, setActive } from "../../../src/pointer";
import { refused } from "../../support/refused";
import { type Bench, putRaw, START } from "./bench";

export function reads({ ref, alias, sent }: Bench): void {
  test("an alias without a row has no active version", async () => {
    const name = alias();
    expect(await findActive(ref(), name)).toBeUndefined();
    const { payload } = await refused(getActive(ref(), name), "swap.no-active-version");
    expect(payload).toEqual({ alias: name, controlTable: "bench" });
  });

  test("a row of the Go implementation, with only pk, ver and at, is read as foreign", async () => {
    const name = alias();
    await putRaw(ref(), name, { ver: { N: "7" }, at: { N: "1600000000000" } });
    expect(await getActive(ref(), name)).toEqual({
      alias: name,
      version: 7,
      activatedAt: 1600000000000,
      foreign: true,
      history: [],
      barred: [],
      retired: [],
    });
  });

  test("a row of ours is read with all that describes the update", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 3, { reason: "first", actor: "ops" });
    const { operation } = await setActive(at, name, 4, { reason: "backfilled", actor: "ci" });
    expect(await getActive(at, name)).toEqual({
      alias: name,
      version: 4,
      activatedAt: START + 2_000,
      foreign: false,
      operation,
      by: "ci",
      why: "backfilled",
      previous: 3,
      history: [
        expect.objectContaining({ version: 3, kind: "set", by: "ops", why: "first" }),
        { version: 4, kind: "set", at: START + 2_000, operation, by: "ci", why: "backfilled" },
      ],
      barred: [],
      retired: [],
    });
  });

  test("a read is one GetItem", async () => {
    await findActive(ref(), alias());
    await resolveTable(ref(), alias());
    expect(sent).toEqual(["GetItem", "GetItem"]);
  });

  test("resolve implies version 1 without a row", async () => {
    const name = alias();
    expect(await resolveTable(ref(), name)).toEqual({
      alias: name,
      version: 1,
      table: `${name}_v1`,
      implicit: true,
    });
  });

  test("resolve names the active version's table, without padding", async () => {
    const name = alias();
    await setActive(ref(), name, 12);
    expect(await resolveTable(ref(), name)).toMatchObject({
      version: 12,
      table: `${name}_v12`,
      implicit: false,
      row: { alias: name, version: 12 },
    });
  });

  test("resolve passes a malformed row on, and never implies version 1 for it", async () => {
    const name = alias();
    await putRaw(ref(), name, { at: { N: "1" } });
    await refused(resolveTable(ref(), name), "swap.malformed-row");
    await putRaw(ref(), name, { ver: { N: "9007199254740993" } });
    await refused(resolveTable(ref(), name), "swap.version-out-of-range");
  });
}
