import {
  type ControlTableRef,
  findActive,
  getActive,
  nameTable,
  nameTableOfRow,
  permitDeletion,
  resolveTable,
  rollback,
  setActive,
} from "../../../src/pointer";
import { goGet, goSet } from "../../support/go-writer";
import { itemBytes } from "../../support/item-bytes";
import { refused } from "../../support/refused";
import { type Bench, getRaw, putRaw, spoil } from "./bench";

const size = async (ref: ControlTableRef, name: string) => itemBytes(await getRaw(ref, name));

export function names({ ref, alias, sent }: Bench): void {
  test("an alias without a row gets version 1 and the name by one write", async () => {
    const name = alias();
    const at = ref();
    const row = await nameTable(at, name, `${name}.items`, { actor: "ci" });
    expect(sent.filter((each) => each === "UpdateItem")).toHaveLength(1);
    expect(row).toMatchObject({
      version: 1,
      activatedAt: 0,
      foreign: false,
      by: "ci",
      history: [{ version: 1, kind: "seed" }],
      tableNames: { 1: `${name}.items` },
    });
    expect(await resolveTable(at, name)).toMatchObject({
      version: 1,
      table: `${name}.items`,
      implicit: false,
    });
  });

  test("other versions keep the conventional name, and a rollback leads back", async () => {
    const name = alias();
    const at = ref();
    await nameTable(at, name, `${name}.items`);
    expect(await setActive(at, name, 2)).toMatchObject({ previous: 1, table: `${name}_v2` });
    expect(await resolveTable(at, name)).toMatchObject({ table: `${name}_v2` });
    expect(await rollback(at, name, { from: 2, to: 1 })).toMatchObject({ table: `${name}.items` });
    expect(await resolveTable(at, name)).toMatchObject({ version: 1, table: `${name}.items` });
  });

  test("a row that is there keeps its version and its history", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 3, { reason: "r" });
    const before = await getRaw(at, name);
    await nameTable(at, name, `${name}.items`);
    const { names: added, room, ...after } = (await getRaw(at, name)) ?? {};
    const { room: roomBefore, ...kept } = before ?? {};
    expect(after).toEqual(kept);
    expect(added).toEqual({ M: { 1: { S: `${name}.items` } } });
    expect(Number(roomBefore?.N) - Number(room?.N)).toBe(itemBytes({ names: added ?? { S: "" } }));
    expect((await setActive(at, name, 4)).requests).toBe(1);
  });

  test("Go writers and readers leave the name as it is", async () => {
    const name = alias();
    const at = ref();
    await goSet(at, name, 1, 42);
    await nameTable(at, name, `${name}.items`);
    expect(await getRaw(at, name)).toEqual({
      pk: { S: name },
      ver: { N: "1" },
      at: { N: "42" },
      names: { M: { 1: { S: `${name}.items` } } },
    });
    await goSet(at, name, 2, 43);
    expect(await goGet(at, name)).toEqual({ version: 2n, at: 43n });
    expect(await rollback(at, name, { from: 2, to: 1 })).toMatchObject({ table: `${name}.items` });
    expect((await getActive(at, name)).history).toMatchObject([
      { version: 2, kind: "foreign" },
      { version: 1, kind: "rollback" },
    ]);
  });

  test("naming it again costs one read", async () => {
    const name = alias();
    const at = ref();
    await nameTable(at, name, `${name}.items`);
    sent.length = 0;
    await nameTable(at, name, `${name}.items`);
    expect(sent).toEqual(["GetItem"]);
  });

  test("a recorded name is never changed", async () => {
    const name = alias();
    const at = ref();
    await nameTable(at, name, `${name}.items`);
    await setActive(at, name, 2);
    const refusal = await refused(nameTable(at, name, `${name}.other`), "swap.input-invalid");
    expect(refusal.payload).toMatchObject({
      name: "versions.1.name",
      value: JSON.stringify(`${name}.other`),
    });
    expect(refusal.line).toContain(`${name}.items`);
    expect((await findActive(at, name))?.tableNames).toEqual({ 1: `${name}.items` });
  });

  test("a table of another alias is refused, also once its deletion there was permitted", async () => {
    const [first, second] = [alias(), alias()];
    const at = ref();
    const table = `${first}.items`;
    await nameTable(at, first, table);
    const refusal = await refused(nameTable(at, second, table), "swap.input-invalid");
    expect(refusal.payload.rule).toContain(first);
    expect(await findActive(at, second)).toBeUndefined();
    await setActive(at, first, 2);
    await permitDeletion(at, first, 1, () => {});
    await refused(nameTable(at, second, table), "swap.input-invalid");
    expect(await findActive(at, second)).toBeUndefined();
  });

  test("a table whose deletion was permitted is not taken back from another alias", async () => {
    const [first, second] = [alias(), alias()];
    const at = ref();
    const table = `${first}.items`;
    await nameTable(at, first, table);
    await setActive(at, first, 2);
    await permitDeletion(at, first, 1, () => {});
    expect(await nameTable(at, first, table)).toMatchObject({ version: 2 });
    await setActive(at, second, 1);
    await spoil(at, second, "names", { M: { 1: { S: table } } });
    const refusal = await refused(nameTable(at, first, table), "swap.input-invalid");
    expect(refusal.payload.rule).toContain(second);
  });

  test("without a seed an alias without a row stays without one", async () => {
    const name = alias();
    const at = ref();
    expect(await nameTableOfRow(at, name, `${name}.items`)).toBeUndefined();
    expect(await getRaw(at, name)).toBeUndefined();
    await setActive(at, name, 3);
    await nameTableOfRow(at, name, `${name}.items`);
    expect((await getActive(at, name)).tableNames).toEqual({ 1: `${name}.items` });
  });

  test("a set makes a row with the name, and never adds it to one", async () => {
    const [name, other] = [alias(), alias()];
    const at = ref();
    await setActive(at, name, 7, { firstTable: `${name}.items` });
    expect(await getActive(at, name)).toMatchObject({
      version: 7,
      history: [{ version: 7, kind: "set" }],
      tableNames: { 1: `${name}.items` },
    });
    await setActive(at, other, 1);
    const late = setActive(at, other, 7, { firstTable: `${other}.items` });
    await refused(late, "swap.expectation-failed");
    expect(await getActive(at, other)).toMatchObject({ version: 1 });
  });

  test("of concurrent writers of one name none fails, and the row has one seed", async () => {
    const name = alias();
    const at = ref();
    await Promise.all(Array.from({ length: 6 }, () => nameTable(at, name, `${name}.items`)));
    expect(await getActive(at, name)).toMatchObject({
      history: [{ version: 1, kind: "seed" }],
      tableNames: { 1: `${name}.items` },
    });
  });

  test("of concurrent writers of two names one is recorded, and the others are refused", async () => {
    const name = alias();
    const at = ref();
    const wanted = ["a", "b", "c", "d"].map((each) => `${name}.${each}`);
    const ends = await Promise.allSettled(wanted.map((each) => nameTable(at, name, each)));
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const won = wanted[ends.findIndex(({ status }) => status === "fulfilled")];
    expect((await getActive(at, name)).tableNames).toEqual({ 1: won });
  });

  test("the longest name fits into a full row, and ten moves stay", async () => {
    const name = alias();
    const at = ref();
    const audit = { reason: "ü".repeat(256), actor: "世".repeat(256) };
    for (let version = 1; version <= 25; version++) await setActive(at, name, version, audit);
    await nameTable(at, name, "n".repeat(255));
    for (let version = 26; version <= 40; version++) {
      expect(await size(at, name)).toBeLessThanOrEqual(4096);
      expect((await getActive(at, name)).history.length).toBeGreaterThanOrEqual(10);
      await setActive(at, name, version, audit);
    }
    expect((await getActive(at, name)).tableNames).toEqual({ 1: "n".repeat(255) });
  });

  test("a new row with the longest name stays within the unit too", async () => {
    const name = alias();
    const at = ref();
    await nameTable(at, name, "m".repeat(255));
    for (let version = 2; version <= 60; version++) {
      await setActive(at, name, version, { actor: "ci", reason: `release ${version}` });
      expect(await size(at, name)).toBeLessThanOrEqual(4096);
    }
  });

  test.each([
    ["text", { S: "customers" }],
    ["a name that is no text", { M: { 1: { N: "1" } } }],
    ["a name that no table can have", { M: { 1: { S: "a b" } } }],
    ["a name of no version", { M: { first: { S: "customers" } } }],
  ])("%s in its place is an error, never another table", async (_what, value) => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 1);
    await spoil(at, name, "names", value);
    const refusal = await refused(resolveTable(at, name), "swap.malformed-row");
    expect(refusal.payload.attribute).toBe("names");
    expect(refusal.hint).toContain("versions.1.name");
    const stranger = alias();
    await refused(nameTable(at, stranger, `${stranger}.items`), "swap.malformed-row");
    await spoil(at, name, "names", { M: {} });
  });

  test("a row without a version is refused, and is left as it is", async () => {
    const name = alias();
    const at = ref();
    await putRaw(at, name, { at: { N: "1" } });
    await refused(nameTable(at, name, `${name}.items`), "swap.malformed-row");
    expect(await getRaw(at, name)).toEqual({ pk: { S: name }, at: { N: "1" } });
  });
}
