import { DeleteItemCommand, DeleteTableCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { coverage } from "../../../src/readiness";
import { interfere, watch } from "./interfere";
import { candidate, fill, type Item, newTable, numbered, onEachStore, seeded } from "./stores";

const gate = (options: Parameters<typeof coverage>[0] = {}, seed = 1) =>
  coverage(options, { random: seeded(seed) });

onEachStore(({ client }) => {
  async function tables(active: Item[], target: Item[], key: Record<string, "S" | "N" | "B">) {
    const db = client();
    return {
      db,
      activeTable: await newTable(db, key, active),
      table: await newTable(db, key, target),
    };
  }

  test("a full copy passes, with the figures", async () => {
    const { db, table, activeTable } = await tables(numbered(300), numbered(300), { pk: "S" });
    const verdict = await gate().check(candidate(db, table, activeTable));
    expect(verdict).toEqual({
      ready: true,
      note: expect.stringMatching(/^100\D+100\D+\b1\D+\b1\D+\d+(\.\d)? read units$/),
    });
    const used = Number(/([\d.]+) read units/.exec((verdict as { note: string }).note)?.[1]);
    expect(used).toBeGreaterThanOrEqual(150);
    expect(used).toBeLessThan(300);
  });

  test("half a backfill is refused, with the figures and missing keys but no values", async () => {
    const { db, table, activeTable } = await tables(numbered(300), numbered(150), { pk: "S" });
    const verdict = await gate().check(candidate(db, table, activeTable));
    if (verdict.ready) throw new Error("it passed");
    const found =
      /^(\d+)\D+100\D+(0\.\d+)\D+\b1\D+[\d.]+ read units.* "([^"]+)": (\{.*\})\D+(\d+) more$/.exec(
        verdict.reason,
      );
    const [, present, ratio, named, keys, more] = found ?? [];
    expect(Number(present)).toBeGreaterThan(20);
    expect(Number(present)).toBeLessThan(80);
    expect(Number(ratio)).toBe(Number(present) / 100);
    expect(named).toBe(table);
    expect(Number(more)).toBe(100 - Number(present) - 3);
    const shown = JSON.parse(`[${keys}]`) as { pk: string }[];
    expect(shown).toHaveLength(3);
    for (const { pk } of shown) expect(Number(pk.slice(1))).toBeGreaterThan(150);
    expect(verdict.reason).not.toContain("hunter2");
    expect(verdict.fix).toMatch(new RegExp(`"${table}".*readiness\\.coverage\\.ratio`));
    expect(verdict.final).toBeUndefined();
  });

  test("a table of five items is read completely in one scan, for any sample size", async () => {
    const { db, table, activeTable } = await tables(numbered(5), numbered(4), { pk: "S" });
    const seen = watch(db);
    expect(await gate({ ratio: 0.8 }).check(candidate(db, table, activeTable))).toEqual({
      ready: true,
      note: expect.stringMatching(/^4\D+5\D+0\.8\D+0\.8\D+[\d.]+ read units, \D+$/),
    });
    expect(seen.filter(({ action }) => action === "Scan")).toHaveLength(1);
    await gate({ samples: 5 }).check(candidate(db, table, activeTable));
    expect(seen.filter(({ action }) => action === "Scan")).toHaveLength(2);
  });

  test("the ratio is met at its border and missed just above it", async () => {
    const { db, table, activeTable } = await tables(numbered(50), numbered(46), { pk: "S" });
    const at = candidate(db, table, activeTable);
    expect(await gate({ ratio: 0.92 }).check(at)).toMatchObject({ ready: true });
    expect(await gate({ ratio: 0.921 }).check(at)).toMatchObject({
      ready: false,
      reason: expect.stringMatching(/^46\D+50\D+0\.92\D+0\.921\b/),
    });
  });

  test("a table a little larger than the sample is sampled by segments, each item once", async () => {
    const { db, table, activeTable } = await tables(numbered(30), numbered(30), { pk: "S" });
    const looked: string[] = [];
    interfere(db, ({ action, input, go }) => {
      const keys = (input as { RequestItems?: Record<string, { Keys: Item[] }> }).RequestItems;
      if (action === "BatchGetItem")
        looked.push(...(keys?.[table]?.Keys ?? []).map(({ pk }) => pk?.S ?? ""));
      return go();
    });
    const verdict = await gate({ samples: 29 }).check(candidate(db, table, activeTable));
    expect(verdict).toMatchObject({
      ready: true,
      note: expect.stringMatching(/^29\D+29\D/),
    });
    expect(new Set(looked).size).toBe(29);
  });

  test("another seed samples other items, the same seed the same ones", async () => {
    const { db, table, activeTable } = await tables(numbered(200), [], { pk: "S" });
    const missingOf = async (seed: number) => {
      const verdict = await gate({ samples: 20 }, seed).check(candidate(db, table, activeTable));
      return verdict.ready ? "" : verdict.reason.replace(/^.*?(?=\{)/, "");
    };
    const [first, again, ...others] = await Promise.all([1, 1, 2, 3].map(missingOf));
    expect(first).toMatch(/^\{.*\b17 more$/);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBeGreaterThan(1);
  });

  test("reading ends at its bound, and the refusal says which number to raise", async () => {
    const { db, table, activeTable } = await tables(numbered(300), numbered(300), { pk: "S" });
    const verdict = await gate({ maxReadUnits: 30 }).check(candidate(db, table, activeTable));
    if (verdict.ready) throw new Error("it passed");
    const figures = /^(\d+)\D+100\D+\b0\D+([\d.]+)\D+\b30 read units/.exec(verdict.reason);
    expect(Number(figures?.[1])).toBeGreaterThan(20);
    expect(Number(figures?.[1])).toBeLessThan(60);
    expect(Number(figures?.[2])).toBeGreaterThan(26);
    expect(Number(figures?.[2])).toBeLessThanOrEqual(30);
    expect(verdict.fix).toMatch(/readiness\.coverage\.maxReadUnits.*readiness\.coverage\.samples/);
    expect(verdict.final).toBe(true);
  });

  test("the lookups count toward the bound, too", async () => {
    const { db, table, activeTable } = await tables(numbered(4), numbered(4), { pk: "S" });
    const at = candidate(db, table, activeTable);
    expect(await gate({ maxReadUnits: 4 }).check(at)).toMatchObject({
      ready: false,
      reason: expect.stringMatching(/^4\D+100\D+\b0\D+0\.5\D+4 read units/),
    });
    expect(await gate({ maxReadUnits: 5 }).check(at)).toMatchObject({ ready: true });
  });

  test("the first activation is not compared, and says so", async () => {
    const db = client();
    expect(await gate().check(candidate(db, "orders_v1"))).toEqual({
      ready: true,
      note: expect.stringMatching(/^skipped/),
    });
  });

  test("an empty active table has nothing to compare, and says so", async () => {
    const { db, table, activeTable } = await tables([], [], { pk: "S" });
    expect(await gate().check(candidate(db, table, activeTable))).toEqual({
      ready: true,
      note: expect.stringContaining(`"${activeTable}"`),
    });
  });

  test.each(["target", "active"] as const)("a missing %s table is a refusal", async (which) => {
    const { db, table, activeTable } = await tables(numbered(3), numbered(3), { pk: "S" });
    const gone = which === "target" ? table : activeTable;
    await db.send(new DeleteTableCommand({ TableName: gone }));
    expect(await gate().check(candidate(db, table, activeTable))).toEqual({
      ready: false,
      [which === "target" ? "missing" : "final"]: true,
      reason: expect.stringContaining(`"${gone}"`),
      fix: expect.stringMatching(which === "target" ? /version/ : /readiness\.coverage/),
    });
  });

  const shapes: [string, Record<string, "S" | "N" | "B">, (n: number) => Item][] = [
    ["composite", { pk: "S", sk: "S" }, (n) => ({ pk: { S: `p${n % 4}` }, sk: { S: `s${n}` } })],
    ["numeric", { pk: "N" }, (n) => ({ pk: { N: `${n}.50` } })],
    ["composite numeric", { pk: "S", sk: "N" }, (n) => ({ pk: { S: "p" }, sk: { N: `-${n}` } })],
    ["binary", { pk: "B" }, (n) => ({ pk: { B: Uint8Array.of(255, 0, n) } })],
  ];
  test.each(shapes)(
    "%s keys: a full copy passes, one item short does not",
    async (_, key, make) => {
      const items = Array.from({ length: 60 }, (_each, index) => make(index + 1));
      const { db, table, activeTable } = await tables(items, items.slice(1), key);
      const options = { samples: 59, ratio: 58 / 59 };
      expect(await gate(options).check(candidate(db, table, activeTable))).toMatchObject({
        ready: true,
      });
      const strict = { samples: 100 };
      const refused = await gate(strict).check(candidate(db, table, activeTable));
      expect(refused).toMatchObject({
        ready: false,
        reason: expect.stringMatching(/^59\D+60\D+0\.9833\b/),
      });
      await fill(db, table, items.slice(0, 1));
      expect(await gate(strict).check(candidate(db, table, activeTable))).toMatchObject({
        ready: true,
      });
    },
  );

  test("a binary key is shown in base64", async () => {
    const { db, table, activeTable } = await tables([{ pk: { B: Uint8Array.of(255, 0) } }], [], {
      pk: "B",
    });
    expect(await gate().check(candidate(db, table, activeTable))).toMatchObject({
      reason: expect.stringContaining(`"${table}": {"pk":"/wA="}`),
    });
  });

  describe("a changed key schema", () => {
    const orders = Array.from({ length: 40 }, (_, index) => ({
      pk: { S: `o${index}` },
      customer: { S: `c${index % 10}` },
      placed: { N: String(index) },
    }));

    test("is compared by the new key, in both directions", async () => {
      const db = client();
      const byOrder = await newTable(db, { pk: "S" }, orders);
      const byCustomer = await newTable(db, { customer: "S", placed: "N" }, orders.slice(4));
      expect(await gate().check(candidate(db, byCustomer, byOrder))).toMatchObject({
        ready: false,
        reason: expect.stringMatching(/^36\D+40\D.* "[^"]+": \{"customer":"c\d","placed":\d\}/),
      });
      expect(await gate().check(candidate(db, byOrder, byCustomer))).toMatchObject({
        ready: true,
        note: expect.stringMatching(/^36\D+36\D/),
      });
    });

    test("that maps items to one key looks that key up once", async () => {
      const db = client();
      const byOrder = await newTable(db, { pk: "S" }, orders);
      const perCustomer = await newTable(
        db,
        { customer: "S" },
        orders.slice(0, 10).map(({ customer }) => ({ customer })),
      );
      expect(await gate().check(candidate(db, perCustomer, byOrder))).toMatchObject({
        ready: true,
        note: expect.stringMatching(/^40\D+40\D/),
      });
    });

    test.each<[string, Item]>([
      ["lack", { pk: { S: "o1" } }],
      ["hold another type for", { pk: { S: "o1" }, region: { N: "1" } }],
      ["hold an empty text for", { pk: { S: "o1" }, region: { S: "" } }],
    ])("that the items %s is refused, and the other gates are named", async (_, item) => {
      const db = client();
      const activeTable = await newTable(db, { pk: "S" }, [item]);
      const table = await newTable(db, { region: "S", pk: "S" });
      expect(await gate().check(candidate(db, table, activeTable))).toEqual({
        ready: false,
        final: true,
        reason: expect.stringMatching(
          new RegExp(`"${activeTable}".*"${table}".*"region" \\(S\\), "pk" \\(S\\): {"pk":"o1"}$`),
        ),
        fix: expect.stringMatching(/readiness\.canaries.*readiness\.minItems/),
      });
    });
  });

  describe("while the active table changes", () => {
    /** Runs `change` between the sampling and the first lookup. */
    async function changed(target: Item[], change: (activeTable: string) => Promise<unknown>) {
      const active = numbered(10).map((item) => ({ ...item, sk: { S: "old" } }));
      const db = client();
      const activeTable = await newTable(db, { pk: "S" }, active);
      const table = await newTable(db, { pk: "S", sk: "S" }, target);
      let pending = true;
      interfere(db, async ({ action, go }) => {
        if (action === "BatchGetItem" && pending) {
          pending = false;
          await change(activeTable);
        }
        return go();
      });
      return gate().check(candidate(db, table, activeTable));
    }
    const copied = (from: number) =>
      numbered(10)
        .slice(from)
        .map((item) => ({ ...item, sk: { S: "old" } }));
    const other = client;

    test("an item deleted meanwhile is excluded", async () => {
      const remove = (TableName: string) =>
        other().send(new DeleteItemCommand({ TableName, Key: { pk: { S: "a1" } } }));
      expect(await changed(copied(1), remove)).toEqual({
        ready: true,
        note: expect.stringMatching(/^9\D+9\D.* read units, \D+\b1\D+$/),
      });
    });

    test("an item given another key meanwhile is excluded", async () => {
      const move = (TableName: string) =>
        other().send(
          new PutItemCommand({ TableName, Item: { pk: { S: "a1" }, sk: { S: "new" } } }),
        );
      expect(await changed(copied(1), move)).toMatchObject({
        ready: true,
        note: expect.stringMatching(/^9\D+9\D/),
      });
    });

    test("an item that is still there counts as missing", async () => {
      expect(await changed(copied(1), async () => {})).toMatchObject({
        ready: false,
        reason: expect.stringMatching(/^9\D+10\D.*\{"pk":"a1","sk":"old"\}$/),
      });
    });

    test("a sample that vanishes altogether proves nothing", async () => {
      const clear = (TableName: string) =>
        Promise.all(
          numbered(10).map(({ pk }) =>
            other().send(new DeleteItemCommand({ TableName, Key: { pk: pk ?? { S: "" } } })),
          ),
        );
      expect(await changed([], clear)).toMatchObject({
        ready: false,
        reason: expect.stringMatching(/\b10\D+"[^"]+"[^{]*$/),
      });
    });
  });
});
