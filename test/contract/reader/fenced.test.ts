import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { findActive, placeFence, removeFence, setActive } from "../../../src/pointer";
import { follow, type ReaderEvent } from "../../../src/reader";
import { followFenced } from "../../../src/reader/fenced";
import { Shop, watch } from "./shop";
import { onEachStore } from "./stores";

onEachStore(({ transactions, client }) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open(client());
    for (const version of [1, 2]) await shop.addVersion(version);
    await shop.activate(1);
  });
  afterEach(() => shop.close());

  const item = (n: number) => ({ pk: { S: "a" }, n: { N: String(n) } });
  const put = (n: number) => new PutItemCommand({ TableName: shop.alias, Item: item(n) });
  const place = (operation: string, budgetMs: number) =>
    placeFence(shop.ref, shop.alias, { from: 1, to: 2, operation, budgetMs });

  /** A writer, and the tables that its writes were sent to, in their order. */
  function writer() {
    const requests = client();
    const sent = watch(requests);
    const events: ReaderEvent[] = [];
    const resolver = shop.resolver({ onEvent: (event) => events.push(event) });
    return {
      db: followFenced(requests, resolver),
      held: () => events.filter(({ kind }) => kind === "write-held"),
      counted: () => resolver.status().counters.heldWrites,
      tables: () =>
        sent
          .filter(({ action }) => action !== "GetItem")
          .flatMap(({ input }) => {
            const { TableName, RequestItems, TransactItems } = input as {
              TableName?: string;
              RequestItems?: object;
              TransactItems?: { Put?: { TableName?: string } }[];
            };
            return (
              TableName ?? TransactItems?.[0]?.Put?.TableName ?? Object.keys(RequestItems ?? {})
            );
          }),
    };
  }

  test("writes pass while no fence stands, and share the read that confirms the pointer", async () => {
    const reads = watch(shop.client);
    const { db, tables } = writer();
    // A read confirms the pointer for 4 s, in which a slow machine may not be done.
    const clocks = [Date, performance].map((each) =>
      jest.spyOn(each, "now").mockReturnValue(each.now()),
    );
    try {
      await Promise.all(Array.from({ length: 20 }, (_, n) => db.send(put(n))));
      await db.send(put(20));
    } finally {
      for (const each of clocks) each.mockRestore();
    }
    expect(new Set(tables())).toEqual(new Set([shop.table(1)]));
    expect(reads.map(({ action }) => action)).toEqual(["GetItem"]);
  });

  test("every kind of write waits for the fence, no read does, and they go to the new version", async () => {
    const { db, tables } = writer();
    await db.send(put(0));
    await place("switch", 60_000);
    // The pointer that the first write confirmed is still good: a new writer has none.
    const late = writer();
    const writes = [
      put(1),
      new UpdateItemCommand({ TableName: shop.alias, Key: item(2) }),
      new DeleteItemCommand({ TableName: shop.alias, Key: item(3) }),
      new BatchWriteItemCommand({
        RequestItems: { [shop.alias]: [{ PutRequest: { Item: item(4) } }] },
      }),
      ...(transactions
        ? [
            new TransactWriteItemsCommand({
              TransactItems: [{ Put: { TableName: shop.alias, Item: item(5) } }],
            }),
          ]
        : []),
    ];
    const done = Promise.all(writes.map((write) => late.db.send(write as PutItemCommand)));
    const { Item } = await late.db.send(
      new GetItemCommand({ TableName: shop.alias, Key: item(0) }),
    );
    expect(Item).toBeDefined();
    expect(late.tables()).toEqual([]);
    await setActive(shop.ref, shop.alias, 2, { fence: "switch" });
    await done;
    expect(late.tables()).toEqual(writes.map(() => shop.table(2)));
    expect(tables()).toEqual([shop.table(1)]);
    expect(late.held()).toEqual(
      writes.map(() => ({ kind: "write-held", alias: shop.alias, heldMs: expect.any(Number) })),
    );
    expect(late.counted()).toBe(writes.length);
  });

  test("a fence that is taken back lets them go on with the version before", async () => {
    await place("switch", 60_000);
    const { db, tables } = writer();
    const done = db.send(put(1));
    await removeFence(shop.ref, shop.alias, "switch");
    await done;
    expect(tables()).toEqual([shop.table(1)]);
  });

  test("a fence whose switch has died is removed after its budget, and its flip is too late", async () => {
    await place("dead", 300);
    const { db, tables } = writer();
    await Promise.all([1, 2, 3].map((n) => db.send(put(n))));
    expect(tables()).toEqual([1, 2, 3].map(() => shop.table(1)));
    expect(await findActive(shop.ref, shop.alias)).not.toHaveProperty("fence");
    await expect(setActive(shop.ref, shop.alias, 2, { fence: "dead" })).rejects.toMatchObject({
      code: "swap.fence-removed",
    });
  });

  test("a client that follows without fences writes on", async () => {
    await place("switch", 60_000);
    const requests = client();
    const sent = watch(requests);
    await follow(requests, shop.resolver()).send(put(1));
    expect(sent).toMatchObject([{ action: "PutItem", input: { TableName: shop.table(1) } }]);
  });
});
