import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../src/items";
import { MigrationRows, numberAttribute } from "../../../src/migration/migration-rows";
import { MAX_PARKED } from "../../../src/migration/parked";
import { readStrays, recordStrays } from "../../../src/migration/stray-record";
import { CLOCK_SKEW_MS } from "../../../src/validation";
import { refused } from "../../support/refused";
import { interfere, watch } from "../readiness/interfere";
import { onEachStore } from "../readiness/stores";

let made = 0;

/** The record of a run's strays, which holds `limit` of them. */
async function newRecord(client: DynamoDBClient, limit?: number) {
  made += 1;
  const rows = new MigrationRows({ client }, `strays-${process.pid}-${made}`, 2);
  await rows.create();
  let agreed: number | undefined;
  return {
    rows,
    verify(at: number) {
      agreed = at;
    },
    record: (sequences: number[], now: number, image?: Item) =>
      recordStrays(
        { rows, run: "r", now, agreed: async () => agreed, ...(limit && { limit }) },
        sequences.map((sequence) => ({
          sequence: String(sequence),
          version: 1,
          key: { pk: { S: `k${sequence}` } },
          image,
          deleted: image === undefined,
        })),
      ),
    async recorded(run = "r") {
      return (await readStrays(rows, run, true)).map(({ sequence }) => Number(sequence));
    },
  };
}

onEachStore(({ client }) => {
  test("without room, changes are refused until a verification has settled recorded ones", async () => {
    const { record, recorded, verify } = await newRecord(client(), 3);
    await record([1, 2], 1_000);
    const { payload } = await refused(record([3, 4], 2_000), "swap.input-invalid");
    expect(payload).toMatchObject({ fix: expect.stringContaining("swap verify") });
    expect(await recorded()).toEqual([1, 2, 3]);
    // What is there already needs no room.
    await record([1, 3], 3_000);
    verify(1_000 + CLOCK_SKEW_MS);
    await refused(record([4], 3_000), "swap.input-invalid");
    verify(1_001 + CLOCK_SKEW_MS);
    await record([3, 4], 99_000);
    expect(await recorded()).toEqual([3, 4]);
  });

  test("one verification makes room once", async () => {
    const at = client();
    const { record, verify } = await newRecord(at, 1);
    await record([1], 1_000);
    verify(999);
    await refused(record([2], 2_000), "swap.input-invalid");
    const seen = watch(at);
    verify(1_000_000);
    await record([2], 1_000_000);
    expect(seen.filter(({ action }) => action === "Query")).toHaveLength(1);
  });

  test("with room, recording reads no recorded change, and repeats none", async () => {
    const at = client();
    const { record, recorded, rows } = await newRecord(at);
    const seen = watch(at);
    await record([1, 2], 1_000);
    await record([2, 3], 2_000);
    expect(seen.filter(({ action }) => action === "Query")).toEqual([]);
    expect(await recorded()).toEqual([1, 2, 3]);
    expect((await rows.read("strays"))?.count).toEqual({ N: "3" });
  });

  test("the changes of an earlier run take no room, and are replaced", async () => {
    const { record, recorded, rows } = await newRecord(client());
    await record([1], 1_000);
    const run = { rows, run: "later", now: 2_000, agreed: async () => undefined };
    await rows.put("strays", { run: { S: "r" }, count: numberAttribute(MAX_PARKED) });
    await recordStrays(run, [{ sequence: "1", version: 1, key: {}, deleted: true }]);
    expect([await recorded(), await recorded("later")]).toEqual([[], [1]]);
    expect(await rows.read("strays")).toMatchObject({ run: { S: "later" }, count: { N: "1" } });
  });

  test("an image is recorded if the row can hold it, whatever its text would be in JSON", async () => {
    const { record, rows } = await newRecord(client());
    const images: [Item, boolean][] = [
      [{ pk: { S: "k1" }, value: { B: new Uint8Array(300_000) } }, true],
      [{ pk: { S: "k2" }, value: { S: "x".repeat(409_000) } }, true],
      [{ pk: { S: "k3" }, value: { S: "€".repeat(136_520) } }, false],
    ];
    for (const [index, [image]] of images.entries()) await record([index], index, image);
    const found = await readStrays(rows, "r", true);
    expect(found.map(({ image }) => image !== undefined)).toEqual(images.map(([, fits]) => fits));
  });

  test("a row that DynamoDB refuses is written without its image", async () => {
    const at = client();
    const { record, rows } = await newRecord(at);
    interfere(at, async ({ input, go }) => {
      if ((input.Item as Item | undefined)?.image === undefined) return go();
      throw Object.assign(new Error("nesting levels"), { name: "ValidationException" });
    });
    await record([7], 1_000, { pk: { S: "k7" } });
    expect(await readStrays(rows, "r", true)).toMatchObject([{ sequence: "7", deleted: false }]);
  });
});
