import { getActive, resolveTable, rollback, setActive } from "../../../src/pointer";
import { goGet, goSet } from "../../support/go-writer";
import { refused } from "../../support/refused";
import { type Bench, getRaw, START } from "./bench";

export function go({ ref, alias }: Bench): void {
  test("its reader reads our row", async () => {
    const name = alias();
    await setActive(ref(), name, 4, { reason: "r", actor: "a" });
    expect(await goGet(ref(), name)).toEqual({ version: 4n, at: BigInt(START + 1_000) });
    await setActive(ref(), name, Number.MAX_SAFE_INTEGER);
    expect((await goGet(ref(), name))?.version).toBe(9007199254740991n);
  });

  test("its writer advances our row and leaves our attributes as they are", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 4, { reason: "r", actor: "a" });
    await setActive(at, name, 5, { reason: "r", actor: "a" });
    await rollback(at, name, { from: 5, to: 4, reason: "r", actor: "a" });
    const ours = await getRaw(at, name);
    await goSet(at, name, 6, 42);
    expect(await getRaw(at, name)).toEqual({ ...ours, ver: { N: "6" }, at: { N: "42" } });
    expect(Object.keys(ours ?? {}).sort()).toEqual([
      "at",
      "barred",
      "by",
      "hist",
      "hlen",
      "op",
      "pk",
      "prev",
      "room",
      "sver",
      "ver",
      "why",
    ]);
  });

  test("its writer is refused a version that is not greater than ours", async () => {
    const name = alias();
    await setActive(ref(), name, 4);
    for (const version of [3, 4])
      await expect(goSet(ref(), name, version, 42)).rejects.toMatchObject({
        name: "ConditionalCheckFailedException",
      });
  });

  test("its advance is foreign: the audit text of our previous update is not attributed to it", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 4, { reason: "ours", actor: "ci" });
    await goSet(at, name, 5, 42);
    const row = await getActive(at, name);
    expect(row).toMatchObject({ version: 5, activatedAt: 42, foreign: true, previous: 4 });
    for (const field of ["by", "why", "operation"]) expect(row).not.toHaveProperty(field);
    expect(row.history).toMatchObject([{ version: 4, by: "ci", why: "ours" }]);
    const refusal = await refused(setActive(at, name, 5), "swap.version-regressed");
    expect(refusal.payload).toEqual({ alias: name, requested: 5, active: 5, activatedAt: 42 });
  });

  test("its advance in our advance's own millisecond is foreign all the same", async () => {
    const name = alias();
    const at = ref();
    const { activatedAt } = await setActive(at, name, 4, { actor: "ci" });
    await goSet(at, name, 5, activatedAt);
    expect(await getActive(at, name)).toMatchObject({ version: 5, foreign: true });
  });

  test("it may set a version that we barred, and we read it", async () => {
    const name = alias();
    const at = ref();
    await setActive(at, name, 4);
    await setActive(at, name, 5);
    await rollback(at, name, { from: 5, to: 4 });
    await goSet(at, name, 5, 42);
    expect(await getActive(at, name)).toMatchObject({ version: 5, foreign: true, barred: [5] });
    expect((await setActive(at, name, 6)).previous).toBe(5);
  });

  test.each([0, -3])(
    "version %d, which only it sets, is read and can be replaced",
    async (version) => {
      const name = alias();
      const at = ref();
      await goSet(at, name, version, 42);
      expect(await getActive(at, name)).toMatchObject({ version, foreign: true });
      expect(await resolveTable(at, name)).toMatchObject({ table: `${name}_v${version}` });
      expect(await setActive(at, name, 1)).toMatchObject({ version: 1, previous: version });
    },
  );
}
