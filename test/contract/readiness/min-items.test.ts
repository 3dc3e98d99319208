import { minItems } from "../../../src/readiness";
import { watch } from "./interfere";
import { candidate, fill, type Item, newTable, numbered, onEachStore } from "./stores";

onEachStore(({ client, measuresCapacity }) => {
  const holding = async (items: Item[]) => {
    const db = client();
    const table = await newTable(db, { pk: "S" }, items);
    return { db, table, at: candidate(db, table) };
  };

  test("the count is enough at its border, not one below", async () => {
    const { at, table } = await holding(numbered(12));
    expect(await minItems({ count: 12 }).check(at)).toEqual({
      ready: true,
      note: expect.stringMatching(/\b12\D+0\.5 read units$/),
    });
    expect(await minItems({ count: 13 }).check(at)).toEqual({
      ready: false,
      reason: expect.stringMatching(new RegExp(`"${table}"\\D+12\\D+13\\D+0\\.5 read units$`)),
      fix: expect.stringMatching(new RegExp(`"${table}".*readiness\\.minItems\\.count`)),
    });
  });

  test("counting ends with the item that makes the count, and returns no items", async () => {
    const { at, db } = await holding(numbered(50));
    const seen = watch(db);
    expect(await minItems({ count: 3 }).check(at)).toMatchObject({ ready: true });
    expect(seen).toEqual([
      { action: "Scan", input: expect.objectContaining({ Select: "COUNT", Limit: 3 }) },
    ]);
  });

  /** Some 3.4 MB: four pages. */
  const large = () =>
    Array.from({ length: 17 }, (_, index) => ({
      pk: { S: `a${index}` },
      filler: { S: "x".repeat(200_000) },
    }));

  test("it counts page by page", async () => {
    const db = client();
    const table = await newTable(db, { pk: "S" });
    for (const item of large()) await fill(db, table, [item]);
    const seen = watch(db);
    expect(await minItems({ count: 17 }).check(candidate(db, table))).toMatchObject({
      ready: true,
      note: expect.stringMatching(
        measuresCapacity ? /\b17\D+\d{3}(\.\d)? read units$/ : /\b17\D+\d read units$/,
      ),
    });
    expect(seen.length).toBeGreaterThan(measuresCapacity ? 2 : 1);
    // A budget is of no use where the store does not count what is read.
    if (!measuresCapacity) return;

    const verdict = await minItems({ count: 17, maxReadUnits: 200 }).check(candidate(db, table));
    if (verdict.ready) throw new Error("it passed");
    const figures = /^(\d+)\D+17\D+([\d.]+)\D+200 read units/.exec(verdict.reason);
    expect(Number(figures?.[1])).toBeGreaterThan(5);
    expect(Number(figures?.[1])).toBeLessThan(17);
    expect(Number(figures?.[2])).toBeLessThan(200 + 128.5);
    expect(verdict.fix).toMatch(/readiness\.minItems\.maxReadUnits.*readiness\.minItems\.count/);
    expect(verdict.final).toBe(true);
  });

  test("an empty table is refused with 0 items, a missing one as missing", async () => {
    const { at, table } = await holding([]);
    expect(await minItems({ count: 1 }).check(at)).toMatchObject({
      ready: false,
      reason: expect.stringMatching(new RegExp(`"${table}"\\D+0\\D+1\\D`)),
    });
    expect(await minItems({ count: 1 }).check({ ...at, table: "nowhere_v5" })).toMatchObject({
      ready: false,
      missing: true,
      reason: expect.stringContaining('"nowhere_v5"'),
    });
  });
});
