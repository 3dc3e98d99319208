import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../src/items";
import {
  type CopyOptions,
  copy,
  type MigrationStart,
  repair,
  type Transform,
  verify,
} from "../../../src/migration";
import { interfere } from "../readiness/interfere";
import { fill, numbered, onEachStore } from "../readiness/stores";
import { itemsOf, newPair, type Pair, texts } from "./tables";

const numberedTo = (n: number) => ({ pk: { S: "x" }, n: { N: String(n) } });

async function begin(
  client: DynamoDBClient,
  items: Item[],
  transform?: Transform,
): Promise<{ pair: Pair; start: MigrationStart; options: Omit<CopyOptions, "onProgress"> }> {
  const pair = await newPair(client, transform && { transform });
  await fill(client, pair.source, items);
  const start = await pair.store.start({
    from: 1,
    transform: "t",
    segments: 1,
    startedAt: 1,
    tables: { source: "1", target: "2" },
  });
  return { pair, start, options: { ...pair, start, concurrency: 1 } };
}

async function activate({ client, control, mapping }: Pair, version: number): Promise<void> {
  const row = { pk: { S: mapping.context.alias }, ver: { N: String(version) }, at: { N: "2" } };
  await client.send(new PutItemCommand({ TableName: control.controlTable, Item: row }));
}

const put = (client: DynamoDBClient, TableName: string, Item: Item) =>
  client.send(new PutItemCommand({ TableName, Item }));

const refused = { code: "swap.input-invalid", payload: { name: "version", value: "2" } };

onEachStore(({ client }) => {
  test("a copy and a repair refuse a target that is active, before they write", async () => {
    const { pair, options } = await begin(client(), numbered(3));
    await activate(pair, 2);
    await expect(copy(options)).rejects.toMatchObject(refused);
    const { differences } = await verify(options);
    expect(differences).toHaveLength(3);
    const parked = await pair.store.parkedKeys(pair.mapping.sourceSchema);
    const repaired = repair({ ...options, differences, parked });
    await expect(repaired).rejects.toMatchObject(refused);
    expect(await itemsOf(pair.client, pair.target)).toEqual([]);
  });

  test("a copy sends no batch 2 s after an activation", async () => {
    const db = client();
    const { pair, options } = await begin(db, numbered(100));
    const clock = { time: 0, now: () => clock.time, sleep: async () => {} };
    let batches = 0;
    interfere(db, async ({ action, input, go }) => {
      const target = Object.keys((input.RequestItems as object | undefined) ?? {})[0];
      const batch = action === "BatchWriteItem" && target === pair.target;
      if (batch && ++batches === 2) await activate(pair, 2);
      if (batch) clock.time += 700;
      return go();
    });
    await expect(copy({ ...options, clock })).rejects.toMatchObject(refused);
    // At 0, 0.7 and 1.4 s; the activation was at 0.7 s.
    expect(batches).toBe(3);
  });

  test("a copy that was active only at its end fails as well", async () => {
    const db = client();
    const { pair, options } = await begin(db, numbered(3));
    const done = copy({ ...options, onProgress: () => {} });
    interfere(db, async ({ action, go }) => {
      const output = await go();
      if (action === "BatchWriteItem") await activate(pair, 2);
      return output;
    });
    await expect(done).rejects.toMatchObject(refused);
  });

  test("a copy stops when another process goes on with it, which loses nothing", async () => {
    const db = client();
    const { pair, options } = await begin(db, numbered(60));
    const clock = { time: 0, now: () => clock.time, sleep: async () => {} };
    let other: Promise<unknown> | undefined;
    const first = copy({
      ...options,
      clock,
      onProgress: ({ read }) => {
        clock.time += 500;
        if (read > 0) other ??= copy({ ...options, client: pair.client });
      },
    }).catch((error: unknown) => error);
    const failure = await first;
    expect(await other).toMatchObject({ read: 60 });
    expect(failure).toMatchObject({
      code: "swap.input-invalid",
      payload: { name: "recorded copy" },
    });
    expect(texts(await itemsOf(pair.client, pair.target))).toEqual(texts(numbered(60)));
  });

  describe("parked keys are tried again by a later run", () => {
    const failsFor9: Transform = (item) => {
      if (item.n?.N === "9") throw new Error("9 has no place");
      return item.n?.N === "0" ? undefined : item;
    };

    test.each([
      ["written", 5, { retried: 1, unparked: 1 }, [numberedTo(5)], 0],
      ["left out", 0, { retried: 1, unparked: 1 }, [], 0],
      ["gone", undefined, { retried: 1, unparked: 1 }, [], 0],
      ["as before", 9, { retried: 1, unparked: 0 }, [], 1],
    ] as const)("one that is %s", async (_what, n, counts, items, parked) => {
      const { pair, options } = await begin(client(), [numberedTo(9)], failsFor9);
      expect(await copy(options)).toMatchObject({ parked: 1, retried: 0, unparked: 0 });
      if (n === undefined)
        await pair.client.send(
          new DeleteItemCommand({ TableName: pair.source, Key: { pk: { S: "x" } } }),
        );
      else await put(pair.client, pair.source, numberedTo(n));
      const again = await copy(options);
      expect(again).toMatchObject({ ...counts, read: 1, alreadyComplete: true });
      expect(await itemsOf(pair.client, pair.target)).toEqual(items);
      expect(await pair.store.parked()).toHaveLength(parked);
    });
  });

  const byOwner: Transform = ({ owner, ...item }) => owner && { ...item, pk: owner };
  const owned = (pk: string, owner: string) => ({ pk: { S: pk }, owner: { S: owner } });

  test("a key that collided is written when the other is gone, and only then", async () => {
    const items = [owned("a", "o"), owned("b", "o"), owned("c", "o")];
    const { pair, options } = await begin(client(), items, byOwner);
    await copy(options);
    const [first] = (await pair.store.parked()).map(({ other }) => other?.pk?.S);
    expect(await copy(options)).toMatchObject({ retried: 2, unparked: 0 });

    await put(pair.client, pair.source, owned(first as string, "p"));
    expect(await copy(options)).toMatchObject({ retried: 2, unparked: 1 });
    // One of the other two has it now, and the last collides with that one.
    const [left, ...more] = await pair.store.parked();
    expect(more).toEqual([]);
    expect([first, left?.sourceKey.pk?.S]).not.toContain(left?.other?.pk?.S);
  });
});
