import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item, Transform } from "../../../src/migration";
import { beginCopy } from "../../../src/migration/lambda/copy-handlers";
import type { Migration } from "../../../src/migration/lambda/open";
import { proveWayBack } from "../../../src/migration/lambda/prove-way-back";
import { rollback, setActive } from "../../../src/pointer";
import { refused } from "../../support/refused";
import { interfere } from "../readiness/interfere";
import { onEachStore } from "../readiness/stores";
import { newMigration } from "./functions";
import { itemsOf, texts } from "./tables";

const same = (item: Item): Item => item;

/** A migration whose replay has begun, with an inverse. */
async function newProvable(
  client: DynamoDBClient,
  transform: Transform,
  inverse: Transform,
): Promise<Migration & { run: string }> {
  const made = await newMigration(client, 40);
  const { mapping, alias, source } = made;
  const migration: Migration = {
    ...made,
    mapping: { ...mapping, transform },
    inverseHash: "i",
    inverse: {
      transform: inverse,
      context: { alias, from: 2, to: 1 },
      sourceSchema: mapping.targetSchema,
      targetSchema: mapping.sourceSchema,
      target: source,
    },
  };
  const { run } = await beginCopy(migration, 1, async () => {});
  await migration.store.beginReplay(run, 1);
  return { ...migration, run };
}

const none = async () => {};

onEachStore(({ client }) => {
  test.each<[string, Transform, Transform, object]>([
    ["as they were", same, same, { sampled: 40, changed: 0, failed: 0 }],
    [
      "changed",
      ({ pk }) => ({ pk }) as Item,
      (item) => ({ ...item, more: { S: "x" } }),
      { sampled: 40, changed: 40, failed: 0, example: expect.stringContaining("as another item") },
    ],
    [
      "with another key",
      same,
      ({ pk, ...item }) => ({ ...item, pk: { S: `${pk?.S}x` } }),
      { sampled: 40, changed: 0, failed: 40 },
    ],
    [
      "not at all",
      same,
      () => {
        throw new Error("lost");
      },
      { sampled: 40, failed: 40, example: expect.stringContaining("lost") },
    ],
    ["never left", () => undefined, same, { sampled: 0, changed: 0, failed: 0 }],
  ])("the proof says how many sampled items come back %s", async (_how, to, back, proof) => {
    const migration = await newProvable(client(), to, back);
    const before = texts(await itemsOf(migration.client, migration.source));
    let enabled = 0;
    const enable = async () => {
      enabled += 1;
    };
    expect(await proveWayBack(migration, enable)).toBe(true);
    expect(enabled).toBe(1);
    expect(await migration.store.wayBack(migration.run)).toMatchObject({ inverse: "i", proof });
    expect(texts(await itemsOf(migration.client, migration.source))).toEqual(before);
  });

  test("a function that may not write to the old version proves nothing, and says why", async () => {
    const db = client();
    const migration = await newProvable(db, same, same);
    interfere(db, async ({ action, input, go }) => {
      if (action !== "BatchWriteItem" || !JSON.stringify(input).includes(migration.source))
        return go();
      throw Object.assign(new Error("no write"), { name: "AccessDeniedException" });
    });
    await expect(proveWayBack(migration, none)).rejects.toThrow();
    expect(await migration.store.wayBack(migration.run)).toMatchObject({
      proof: { failure: expect.stringContaining("no write"), sampled: 0 },
    });
  });

  test("nothing is proven before the replay has begun, nor without an inverse", async () => {
    const migration = await newProvable(client(), same, same);
    expect(await proveWayBack({ ...migration, inverse: undefined }, none)).toBe(false);
    const early = await newMigration(client());
    expect(await proveWayBack({ ...early, inverse: migration.inverse }, none)).toBe(false);
  });

  test("another inverse needs another proof, also once the target is active", async () => {
    const migration = await newProvable(client(), same, same);
    const { store, run } = migration;
    await proveWayBack(migration, none);
    await setActive(migration.control, migration.alias, migration.to);
    const again = { ...migration, inverseHash: "other" };
    await beginCopy(again, 1, none);
    expect(await store.wayBack(run)).toEqual({ inverse: "other", whole: true });
    // A function of the former inverse that is late.
    await proveWayBack(migration, none);
    expect(await store.wayBack(run)).toEqual({ inverse: "other", whole: true });
    await beginCopy({ ...migration, inverseHash: "none" }, 1, none);
    expect(await store.wayBack(run)).toBeUndefined();
  });

  test.each([
    ["while the target is active", false, 2],
    ["when it was active before", false, 1],
    ["when it was active while there was none", true, 1],
  ])(
    "an inverse that is declared %s is refused: older writes can't go back",
    async (_when, had, to) => {
      const migration = await newProvable(client(), same, same);
      const { store, run, control, alias } = migration;
      if (had) await proveWayBack(migration, none);
      await beginCopy({ ...migration, inverseHash: "none" }, 1, none);
      await setActive(control, alias, 2);
      if (to === 1) await rollback(control, alias, { from: 2, to: 1 });
      await beginCopy(migration, 1, none);
      const enable = jest.fn();
      const { line } = await refused(proveWayBack(migration, enable), "swap.input-invalid");
      expect(line).toContain("version 2 has been active without it");
      expect(enable).not.toHaveBeenCalled();
      expect(await store.wayBack(run)).toMatchObject({ proof: { late: true, sampled: 0 } });
    },
  );

  test("a stream that was read before the move makes a later proof possible", async () => {
    const migration = await newProvable(client(), same, same);
    const { store, run, control, alias } = migration;
    const corrected = { ...migration, inverseHash: "corrected" };
    await proveWayBack(migration, none);
    await setActive(control, alias, 2);
    await beginCopy(corrected, 1, none);
    expect(await proveWayBack(corrected, none)).toBe(true);
    const { proof } = (await store.wayBack(run)) ?? {};
    expect(proof).toMatchObject({ sampled: 40 });
    expect(proof?.failure).toBeUndefined();
  });
});
