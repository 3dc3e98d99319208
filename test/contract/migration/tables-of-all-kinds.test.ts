import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { type Item, type KeySchema, keyText } from "../../../src/items";
import { copy, repair, type Transform, verify } from "../../../src/migration";
import { numbered, onEachStore } from "../readiness/stores";
import { begin, itemsOf, texts } from "./tables";

/** The greatest size of an item. Source: DynamoDB Developer Guide, Quotas. */
const MAX_ITEM_BYTES = 400 * 1024;

/** An item of exactly so many bytes: those of its names and values. */
function sized(pk: string, size: number): Item {
  const rest = Buffer.byteLength(`pk${pk}content`);
  return { pk: { S: pk }, content: { B: new Uint8Array(size - rest).fill(Number(pk.slice(1))) } };
}

const BINARY: KeySchema = [
  { name: "id", type: "B" },
  { name: "at", type: "N" },
];
const binaryItem = (id: number[], at: string, n = 1): Item => ({
  id: { B: new Uint8Array(id) },
  at: { N: at },
  n: { N: String(n) },
});
const ONE: KeySchema = [
  { name: "pk", type: "S" },
  { name: "sk", type: "N" },
];

onEachStore(({ client }) => {
  test("items of 400 KB are copied, compared and repaired; a byte more is parked", async () => {
    const items = Array.from({ length: 30 }, (_, index) => sized(`k${index}`, MAX_ITEM_BYTES));
    const longer: Transform = (item) => (item.pk?.S === "k7" ? { ...item, x: { S: "" } } : item);
    const pair = await begin(client(), [], { transform: longer, segments: 2 });
    for (const Item of items)
      await pair.client.send(new PutItemCommand({ TableName: pair.source, Item }));

    expect(await copy(pair)).toMatchObject({ read: 30, written: 29, parked: 1 });
    expect(await pair.store.parked()).toMatchObject([
      { sourceKey: { pk: { S: "k7" } }, kind: "refused" },
    ]);
    const { differences } = await verify(pair);
    expect(differences).toMatchObject([{ kind: "missing", sourceKey: { pk: { S: "k7" } } }]);

    const [stale] = items as [Item];
    const content = new Uint8Array(stale.content?.B as Uint8Array);
    content[content.length - 1] = 9;
    const spoilt = { ...stale, content: { B: content } };
    await pair.client.send(new PutItemCommand({ TableName: pair.target, Item: spoilt }));
    const found = (await verify(pair)).differences;
    expect(found.map(({ kind, sourceKey }) => `${kind} ${sourceKey?.pk?.S}`).sort()).toEqual([
      "different k0",
      "missing k7",
    ]);
    const parked = await pair.store.parkedKeys(pair.mapping.sourceSchema);
    const done = await repair({ ...pair, differences: found, parked });
    expect(done).toMatchObject({ written: 1, left: [{ sourceKey: { pk: { S: "k7" } } }] });
    const copied = texts(items.filter(({ pk }) => pk?.S !== "k7"));
    expect(texts(await itemsOf(pair.client, pair.target))).toEqual(copied);
  });

  test("keys of type B and N, whatever their bytes and digits", async () => {
    const ids = [[0], [0, 0], [255], [128, 195, 40], [34, 92, 10], Array(2_048).fill(7)];
    const numbers = [
      "0",
      "-1",
      "1e-130",
      "-9.5",
      "12345678901234567890123456789012345678",
      "9e125",
    ];
    const items = ids.flatMap((id) => numbers.map((at) => binaryItem(id, at)));
    const pair = await begin(client(), items, { sourceSchema: BINARY, segments: 3 });
    expect(await copy({ ...pair, pageSize: 5 })).toMatchObject({ written: 36, parked: 0 });
    expect(texts(await itemsOf(pair.client, pair.target))).toEqual(texts(items));
    expect((await verify(pair)).differences).toEqual([]);

    const wrong = [binaryItem([0, 0], "-9.50", 2), binaryItem([0, 0, 0], "0")];
    for (const Item of wrong)
      await pair.client.send(new PutItemCommand({ TableName: pair.target, Item }));
    const { differences } = await verify(pair);
    expect(
      differences.map(({ kind, targetKey }) => [kind, keyText(targetKey ?? {}, BINARY)]).sort(),
    ).toEqual([
      ["different", '{"id":"AAA=","at":-9.5}'],
      ["extra", '{"id":"AAAA","at":0}'],
    ]);
    const parked = await pair.store.parkedKeys(BINARY);
    await repair({ ...pair, differences, parked });
    expect(texts(await itemsOf(pair.client, pair.target))).toEqual(texts(items));
  });

  test("a table whose items all share one partition key", async () => {
    const items = Array.from({ length: 300 }, (_, index) => ({
      pk: { S: "one" },
      sk: { N: String(index) },
    }));
    const pair = await begin(client(), items, { sourceSchema: ONE, segments: 8 });
    expect(await copy({ ...pair, pageSize: 7 })).toMatchObject({ read: 300, written: 300 });
    expect(await verify(pair)).toMatchObject({ differences: [], complete: true, targetItems: 300 });
  });

  describe("transforms that can't be right", () => {
    const throws: Transform = (item) => {
      throw new TypeError(`no total in ${item.pk?.S}`);
    };
    const numberKey: Transform = (item) => ({ ...item, pk: { N: "1" } });
    const emptyKey: Transform = (item) => ({ ...item, pk: { S: "" } });

    test.each<[string, Transform, RegExp]>([
      ["throw", throws, /^the transform threw: no total in a\d+$/],
      ["reject", async (item) => throws(item, {} as never), /^the transform threw/],
      ["return a key of another type", numberKey, /"pk" \(S\)$/],
      ["return an empty key", emptyKey, /"pk" \(S\)$/],
      ["return no key", () => ({}), /"pk" \(S\)$/],
      ["return a plain value", () => ({ pk: "a" }) as never, /another form/],
    ])("all items of transforms that %s are parked and fail", async (_what, transform, reason) => {
      const pair = await begin(client(), numbered(40), { transform, segments: 2 });
      expect(await copy(pair)).toMatchObject({ read: 40, written: 0, leftOut: 0, parked: 40 });
      const parked = await pair.store.parked();
      expect(parked).toHaveLength(40);
      for (const each of parked) expect(each).toMatchObject({ kind: "transform" });
      const { differences, complete } = await verify(pair);
      expect(complete).toBe(true);
      expect(differences).toHaveLength(40);
      for (const each of differences)
        expect(each).toMatchObject({ kind: "failed", reason: expect.stringMatching(reason) });
      const keys = await pair.store.parkedKeys(pair.mapping.sourceSchema);
      const done = await repair({ ...pair, differences, parked: keys });
      expect(done).toMatchObject({ written: 0, deleted: 0, agreed: 0 });
      expect(done.left).toHaveLength(40);
      expect(await itemsOf(pair.client, pair.target)).toEqual([]);
    });

    test("what a transform that drops everything left before is extra", async () => {
      const pair = await begin(client(), numbered(40), { transform: () => undefined });
      expect(await copy(pair)).toMatchObject({ read: 40, written: 0, leftOut: 40, parked: 0 });
      expect(await verify(pair)).toMatchObject({ leftOut: 40, targetItems: 0, differences: [] });
      const [Item] = numbered(1);
      await pair.client.send(new PutItemCommand({ TableName: pair.target, Item }));
      expect((await verify(pair)).differences).toEqual([
        { kind: "extra", targetKey: { pk: { S: "a1" } } },
      ]);
    });
  });
});
