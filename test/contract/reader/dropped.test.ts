import {
  BatchGetItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { follow, pin, type ReaderEvent, snapshotAt } from "../../../src/reader";
import { Shop, watch } from "./shop";
import { onEachStore } from "./stores";

onEachStore(({ transactions, client }) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open(client());
    await shop.addVersion(1, 1);
    await shop.activate(1);
  });
  afterEach(() => shop.close());

  /** A resolver that believes in version 1, whose table is gone. */
  async function behind() {
    const events: ReaderEvent[] = [];
    const orders = shop.resolver({ onEvent: (event) => events.push(event) });
    await orders.resolve();
    await shop.addVersion(2, 1);
    await shop.activate(2);
    await shop.drop(1);
    const reads = watch(shop.client);
    const requests = client();
    const sent = watch(requests);
    return { orders, events, reads, sent, requests };
  }

  const key = { pk: { S: "a" }, n: { N: "0" } };
  const read = () => new GetItemCommand({ TableName: shop.alias, Key: key });

  test("a dropped table costs one refresh and one retry", async () => {
    const { orders, events, reads, sent, requests } = await behind();
    const { Item } = await follow(requests, orders).send(read());
    expect(Item).toMatchObject({ version: { N: "2" } });
    expect(reads.map(({ action }) => action)).toEqual(["GetItem"]);
    expect(sent.map(({ input }) => (input as { TableName: string }).TableName)).toEqual([
      shop.table(1),
      shop.table(2),
    ]);
    expect(events).toContainEqual({
      kind: "retried",
      alias: shop.alias,
      command: "GetItem",
      from: 1,
      to: 2,
    });
    expect(orders.status().counters.retries).toBe(1);
  });

  test("many commands that meet it together share a refresh", async () => {
    const { orders, reads, requests } = await behind();
    const db = follow(requests, orders);
    const answers = await Promise.all(Array.from({ length: 50 }, () => db.send(read())));
    expect(new Set(answers.map(({ Item }) => Item?.version?.N))).toEqual(new Set(["2"]));
    expect(reads.length).toBe(1);
  });

  test("it is the same through a document client", async () => {
    const { orders, requests } = await behind();
    const db = follow(DynamoDBDocumentClient.from(requests), orders);
    const command = new GetCommand({ TableName: shop.alias, Key: { pk: "a", n: 0 } });
    expect((await db.send(command)).Item).toMatchObject({ version: 2 });
  });

  test("batches and writes are sent again too", async () => {
    const one = await behind();
    await follow(one.requests, one.orders).send(
      new PutItemCommand({ TableName: shop.alias, Item: { ...key, note: { S: "kept" } } }),
    );
    const { Responses } = await follow(one.requests, shop.resolver()).send(
      new BatchGetItemCommand({ RequestItems: { [shop.alias]: { Keys: [key] } } }),
    );
    expect(Responses?.[shop.alias]).toEqual([{ ...key, note: { S: "kept" } }]);
  });

  (transactions ? test : test.skip)("so are transactions", async () => {
    const { orders, requests } = await behind();
    const Put = { TableName: shop.alias, Item: { ...key, note: { S: "kept" } } };
    await follow(requests, orders).send(
      new TransactWriteItemsCommand({ TransactItems: [{ Put }] }),
    );
    const { Item } = await follow(requests, orders).send(read());
    expect(Item).toMatchObject({ note: { S: "kept" } });
  });

  test("if the pointer has not moved, the caller gets the error after one refresh", async () => {
    const orders = shop.resolver();
    await orders.resolve();
    await shop.drop(1);
    const reads = watch(shop.client);
    const requests = client();
    const sent = watch(requests);
    await expect(follow(requests, orders).send(read())).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect([reads.length, sent.length]).toEqual([1, 1]);
  });

  test("if the active table is missing too, there is no third try", async () => {
    const { orders, sent, requests } = await behind();
    await shop.drop(2);
    await expect(follow(requests, orders).send(read())).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(sent).toHaveLength(2);
  });

  test("a pinned client does not look elsewhere", async () => {
    const { orders, reads, requests } = await behind();
    const pinned = pin(requests, orders.peek() as NonNullable<ReturnType<typeof orders.peek>>);
    await expect(pinned.send(read())).rejects.toMatchObject({
      code: "swap.version-gone",
      payload: { alias: shop.alias, version: 1, table: shop.table(1), action: "GetItem" },
      cause: expect.objectContaining({ name: "ResourceNotFoundException" }),
    });
    expect(reads).toEqual([]);
  });

  test("a pinned batch that names another table too can't tell which is gone", async () => {
    const { requests } = await behind();
    const pinned = pin(requests, snapshotAt(shop.alias, 2));
    const batch = (other: string) =>
      pinned.send(
        new BatchGetItemCommand({
          RequestItems: { [shop.alias]: { Keys: [key] }, [other]: { Keys: [key] } },
        }),
      );
    await expect(batch(shop.table(1))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
