import { isSwapError } from "../../../src/errors";
import { type KeySchema, keyIdentity } from "../../../src/items";
import { createGates, type ReadinessOptions, runGates } from "../../../src/readiness";
import { findItems } from "../../../src/readiness/find-items";
import { ReadMeter } from "../../../src/readiness/read-meter";
import { deny, interfere } from "./interfere";
import { candidate, fill, type Item, newTable, numbered, onEachStore } from "./stores";

async function refusalOf(passing: Promise<unknown>) {
  const error = await passing.then(
    (notes) => {
      throw new Error(`it passed: ${JSON.stringify(notes)}`);
    },
    (thrown: unknown) => thrown,
  );
  if (!isSwapError(error)) throw error;
  return error;
}

onEachStore(({ client }) => {
  test.each<[ReadinessOptions, string, string]>([
    [{}, "table", "DescribeTable"],
    [{ table: false, canaries: [{ key: { pk: "a1" } }] }, "canaries", "GetItem"],
    [{ canaries: [{ key: { pk: "a1" } }], table: false }, "canaries", "DescribeTable"],
    [{ minItems: { count: 1 } }, "minItems", "Scan"],
    [{ coverage: {} }, "coverage", "Scan"],
    [{ coverage: {} }, "coverage", "BatchGetItem"],
  ])("%j without the permission refuses: gate %s names %s", async (options, gate, action) => {
    const db = client();
    const table = await newTable(db, { pk: "S" }, numbered(3));
    const activeTable = await newTable(db, { pk: "S" }, numbered(3));
    const at = candidate(db, table, activeTable);
    await runGates(at, createGates(options).gates);
    deny(db, action);
    // Ten minutes of waiting would not bring the permission.
    const waitForMs = 600_000;
    const refusal = await refusalOf(runGates(at, createGates(options).gates, { waitForMs }));
    expect(refusal).toMatchObject({
      code: "swap.not-ready",
      payload: {
        alias: "orders",
        version: 5,
        table,
        gate,
        reason: expect.stringMatching(
          new RegExp(
            `${action}.*"(${table}|${activeTable})".*: User: swap is not authorized to perform: dynamodb:${action}$`,
          ),
        ),
        fix: expect.stringContaining(`dynamodb:${action}`),
      },
    });
  });

  test("an endpoint that answers nonsense refuses", async () => {
    const db = client();
    const table = await newTable(db, { pk: "S" }, numbered(3));
    interfere(db, async () => ({}));
    for (const options of [
      { canaries: [{ key: { pk: "a1" } }], table: false },
      { minItems: { count: 1 }, table: false },
      { coverage: {}, table: false },
      {},
    ]) {
      const passing = runGates(candidate(db, table, table), createGates(options).gates);
      expect((await refusalOf(passing)).code).toBe("swap.not-ready");
    }
  });

  test("all gates together pass a full copy, each with its note", async () => {
    const db = client();
    const table = await newTable(db, { pk: "S" }, numbered(3));
    const { gates, waitForMs } = createGates({
      canaries: [{ key: { pk: "a1" } }],
      minItems: { count: 3 },
      coverage: {},
      waitFor: "10m",
    });
    expect(waitForMs).toBe(600_000);
    expect(await runGates(candidate(db, table, table), gates)).toEqual([
      expect.stringMatching(/^canaries: \D*1\D+1 read units$/),
      expect.stringMatching(/^minItems: \D*3\D+0\.5 read units$/),
      expect.stringMatching(/^coverage: 3\D+3\D/),
    ]);
  });

  test("waiting lets a backfill finish; otherwise the last refusal is reported", async () => {
    const db = client();
    const activeTable = await newTable(db, { pk: "S" }, numbered(3));
    const table = await newTable(db, { pk: "S" }, numbered(1));
    const { gates, waitForMs } = createGates({ coverage: {}, waitFor: "95s" });
    let now = 0;
    let paused: number[] = [];
    let copy = async () => {};
    const clock = {
      now: () => now,
      async sleep(ms: number) {
        now += ms;
        paused.push(ms);
        await copy();
      },
    };
    const run = () => runGates(candidate(db, table, activeTable), gates, { waitForMs, clock });
    const refusal = await refusalOf(run());
    expect(refusal).toMatchObject({
      code: "swap.not-ready",
      payload: { gate: "coverage", reason: expect.stringMatching(/^1\D+3\D/) },
    });
    expect(paused).toEqual([30_000, 30_000, 30_000, 5_000]);

    paused = [];
    copy = () => fill(db, table, numbered(paused.length + 1));
    expect(await run()).toEqual([expect.stringMatching(/^coverage: 3\D+3\D/)]);
    expect(paused).toEqual([30_000, 30_000]);
  });

  describe("keys that DynamoDB leaves unprocessed", () => {
    const schema: KeySchema = [{ name: "pk", type: "S" }];
    type Request = { RequestItems: Record<string, { Keys: Item[] }> };

    /** Has at most `most` keys of a request processed. */
    async function throttledTable(most: number) {
      const db = client();
      const table = await newTable(db, { pk: "S" }, numbered(25));
      const asked: number[] = [];
      interfere(db, async ({ input, go }) => {
        const all = (input as Request).RequestItems[table];
        if (!all) throw new Error("another table was asked");
        asked.push(all.Keys.length);
        const left = all.Keys.slice(most);
        const UnprocessedKeys = left.length > 0 ? { [table]: { ...all, Keys: left } } : {};
        if (most === 0) return { UnprocessedKeys };
        (input as Request).RequestItems[table] = { ...all, Keys: all.Keys.slice(0, most) };
        return { ...(await go()), UnprocessedKeys };
      });
      const pauses: number[] = [];
      const pause = async (ms: number) => pauses.push(ms);
      const meter = new ReadMeter(1000);
      return { at: { client: db, table, schema, meter, pause }, asked, pauses, meter };
    }

    test("are asked for again until all are", async () => {
      const { at, asked, meter } = await throttledTable(10);
      const found = await findItems(at, [...numbered(25), { pk: { S: "b1" } }]);
      expect([...found.keys()].sort()).toEqual(
        numbered(25)
          .map((item) => keyIdentity(item, schema))
          .sort(),
      );
      expect(asked).toEqual([26, 16, 6]);
      // DynamoDB charges for an absent key, too; DynamoDB Local does not.
      expect([25, 26]).toContain(meter.used);
    });

    test("that stay unprocessed are an error, not missing items", async () => {
      const { at, asked, pauses } = await throttledTable(0);
      await expect(findItems(at, numbered(2))).rejects.toMatchObject({
        code: "swap.service-error",
        payload: {
          action: "BatchGetItem",
          resource: at.table,
          reason: expect.stringMatching(/\b2\D+8\D/),
        },
      });
      expect(asked).toHaveLength(8);
      expect(pauses).toEqual([50, 100, 200, 400, 800, 1600, 3200]);
    });
  });
});
