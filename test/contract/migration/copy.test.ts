import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../src/items";
import { copy, repair, type Transform, verify } from "../../../src/migration";
import { interfere } from "../readiness/interfere";
import { numbered, onEachStore } from "../readiness/stores";
import { begin, itemsOf, type Pair, texts } from "./tables";

const numberedTo = (n: number) => ({ pk: { S: "x" }, n: { N: String(n) } });

async function activate({ client, control, mapping }: Pair, version: number): Promise<void> {
  const row = { pk: { S: mapping.context.alias }, ver: { N: String(version) }, at: { N: "2" } };
  await client.send(new PutItemCommand({ TableName: control.controlTable, Item: row }));
}

const put = (client: DynamoDBClient, TableName: string, Item: Item) =>
  client.send(new PutItemCommand({ TableName, Item }));

const denied = () =>
  Object.assign(new Error("denied"), {
    name: "AccessDeniedException",
    $metadata: { httpStatusCode: 400 },
  });

const refused = { code: "swap.input-invalid", payload: { name: "version", value: "2" } };

onEachStore(({ client }) => {
  test("a copy and a repair refuse a target that is active, before they write", async () => {
    const pair = await begin(client(), numbered(3));
    await activate(pair, 2);
    await expect(copy(pair)).rejects.toMatchObject(refused);
    const { differences } = await verify(pair);
    expect(differences).toHaveLength(3);
    const parked = await pair.store.parkedKeys(pair.mapping.sourceSchema);
    const repaired = repair({ ...pair, differences, parked });
    await expect(repaired).rejects.toMatchObject(refused);
    expect(await itemsOf(pair.client, pair.target)).toEqual([]);
  });

  test("a copy sends no batch 2 s after an activation", async () => {
    const db = client();
    const pair = await begin(db, numbered(100));
    const clock = { time: 0, now: () => clock.time, sleep: async () => {} };
    let batches = 0;
    interfere(db, async ({ action, input, go }) => {
      const target = Object.keys((input.RequestItems as object | undefined) ?? {})[0];
      const batch = action === "BatchWriteItem" && target === pair.target;
      if (batch && ++batches === 2) await activate(pair, 2);
      if (batch) clock.time += 700;
      return go();
    });
    await expect(copy({ ...pair, clock })).rejects.toMatchObject(refused);
    // At 0, 0.7 and 1.4 s; the activation was at 0.7 s.
    expect(batches).toBe(3);
  });

  test("a copy whose position could not be saved once saves it when it ends", async () => {
    const db = client();
    const pair = await begin(db, numbered(100));
    const clock = { time: 0, now: () => clock.time, sleep: async () => {} };
    let saves = 0;
    let batches = 0;
    interfere(db, async ({ action, input, go }) => {
      if (action === "BatchWriteItem" && ++batches > 2) throw denied();
      if (action === "BatchWriteItem") clock.time += 1_000;
      const saved = /^segment/.test((input.Item as Item | undefined)?.sk?.S ?? "");
      if (saved && ++saves === 1) throw denied();
      return go();
    });
    await expect(copy({ ...pair, clock })).rejects.toMatchObject({ code: "swap.access-denied" });
    expect(saves).toBeGreaterThan(1);
    expect(await pair.store.segments(pair.start.run)).toMatchObject([{ done: false, read: 50 }]);
  });

  test("a copy that was active only at its end fails as well", async () => {
    const db = client();
    const pair = await begin(db, numbered(3));
    const done = copy({ ...pair, onProgress: () => {} });
    interfere(db, async ({ action, go }) => {
      const output = await go();
      if (action === "BatchWriteItem") await activate(pair, 2);
      return output;
    });
    await expect(done).rejects.toMatchObject(refused);
  });

  test("a copy stops when another process goes on with it, which loses nothing", async () => {
    const db = client();
    const pair = await begin(db, numbered(60));
    const clock = { time: 0, now: () => clock.time, sleep: async () => {} };
    let other: Promise<unknown> | undefined;
    const first = copy({
      ...pair,
      clock,
      onProgress: ({ read }) => {
        clock.time += 500;
        if (read > 0) other ??= copy({ ...pair, client: pair.client });
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
      const pair = await begin(client(), [numberedTo(9)], { transform: failsFor9 });
      expect(await copy(pair)).toMatchObject({ parked: 1, retried: 0, unparked: 0 });
      if (n === undefined)
        await pair.client.send(
          new DeleteItemCommand({ TableName: pair.source, Key: { pk: { S: "x" } } }),
        );
      else await put(pair.client, pair.source, numberedTo(n));
      const again = await copy(pair);
      expect(again).toMatchObject({ ...counts, read: 1, alreadyComplete: true });
      expect(await itemsOf(pair.client, pair.target)).toEqual(items);
      expect(await pair.store.parked()).toHaveLength(parked);
    });
  });

  const byOwner: Transform = ({ owner, ...item }) => owner && { ...item, pk: owner };
  const owned = (pk: string, owner: string) => ({ pk: { S: pk }, owner: { S: owner } });

  test("a key that collided is written when the other is gone, and only then", async () => {
    const items = [owned("a", "o"), owned("b", "o"), owned("c", "o")];
    const pair = await begin(client(), items, { transform: byOwner });
    await copy(pair);
    const [first] = (await pair.store.parked()).map(({ other }) => other?.pk?.S);
    expect(await copy(pair)).toMatchObject({ retried: 2, unparked: 0 });

    await put(pair.client, pair.source, owned(first as string, "p"));
    expect(await copy(pair)).toMatchObject({ retried: 2, unparked: 1 });
    // One of the other two has it now, and the last collides with that one.
    const [left, ...more] = await pair.store.parked();
    expect(more).toEqual([]);
    expect([first, left?.sourceKey.pk?.S]).not.toContain(left?.other?.pk?.S);
  });
});
