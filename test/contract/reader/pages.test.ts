import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  paginateScan,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import {
  ScanCommand as DocumentScanCommand,
  DynamoDBDocumentClient,
  paginateScan as paginateDocuments,
} from "@aws-sdk/lib-dynamodb";
import { follow, pin, snapshotAt } from "../../../src/reader";
import { Shop, watch } from "./shop";
import { onEachStore } from "./stores";

onEachStore(({ client }) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open(client());
    await shop.addVersion(1, 5);
    await shop.addVersion(2, 5);
    await shop.activate(1);
  });
  afterEach(() => shop.close());

  test.each(["plain", "document"])(
    "a %s paginator that meets a cut-over stays on its version to the end",
    async (kind) => {
      const orders = shop.resolver();
      const TableName = shop.alias;
      const pages =
        kind === "plain"
          ? paginateScan({ client: follow(shop.client, orders), pageSize: 1 }, { TableName })
          : paginateDocuments(
              { client: follow(DynamoDBDocumentClient.from(shop.client), orders), pageSize: 1 },
              { TableName },
            );
      const versions: unknown[] = [];
      for await (const { Items } of pages) {
        for (const { version } of Items ?? []) versions.push(version.N ?? String(version));
        if (versions.length !== 2) continue;
        await shop.activate(2);
        await orders.refresh();
      }
      expect(versions).toEqual(["1", "1", "1", "1", "1"]);
      const { Items } = await follow(shop.client, orders).send(new ScanCommand({ TableName }));
      expect(Items?.map((item) => item.version?.N)).toEqual(["2", "2", "2", "2", "2"]);
    },
  );

  test("a copied start key is refused, unless the client is pinned", async () => {
    const orders = shop.resolver();
    const TableName = shop.alias;
    const first = new ScanCommand({ TableName, Limit: 2 });
    const view = await orders.snapshot();
    const { LastEvaluatedKey } = await follow(shop.client, orders).send(first);
    const next = new ScanCommand({ TableName, ExclusiveStartKey: { ...LastEvaluatedKey } });
    await expect(follow(shop.client, orders).send(next)).rejects.toMatchObject({
      code: "swap.input-invalid",
      payload: { name: "ExclusiveStartKey", fix: expect.stringContaining("pin(") },
    });
    await shop.activate(2);
    await orders.refresh();
    for (const pinned of [
      pin(shop.client, view),
      pin(shop.client, snapshotAt(shop.alias, 1)),
      pin(follow(shop.client, orders), view),
    ]) {
      const { Items } = await pinned.send(next);
      expect(Items?.map((item) => item.version?.N)).toEqual(["1", "1", "1"]);
    }
  });

  test("a parallel scan is refused, unless the client is pinned", async () => {
    const orders = shop.resolver();
    const segment = (Segment: number) =>
      new ScanCommand({ TableName: shop.alias, Segment, TotalSegments: 2 });
    await expect(follow(shop.client, orders).send(segment(0))).rejects.toMatchObject({
      code: "swap.input-invalid",
      payload: { name: "TotalSegments" },
    });
    const pinned = pin(shop.client, await orders.snapshot());
    const counts = await Promise.all(
      [0, 1].map(async (n) => (await pinned.send(segment(n))).Count),
    );
    expect(counts.reduce((sum = 0, count = 0) => sum + count)).toBe(5);
  });

  test("a key of another version is refused by a pinned client", async () => {
    const orders = shop.resolver();
    const one = pin(shop.client, await orders.snapshot());
    const { LastEvaluatedKey } = await one.send(
      new QueryCommand({
        TableName: shop.alias,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "a" } },
        Limit: 2,
      }),
    );
    const two = pin(shop.client, snapshotAt(shop.alias, 2));
    await expect(
      two.send(new ScanCommand({ TableName: shop.alias, ExclusiveStartKey: LastEvaluatedKey })),
    ).rejects.toMatchObject({ code: "swap.input-invalid" });
  });

  test("a page whose version was dropped fails: no other version's page takes its place", async () => {
    const orders = shop.resolver();
    const db = follow(DynamoDBDocumentClient.from(shop.client), orders);
    const TableName = shop.alias;
    const { LastEvaluatedKey } = await db.send(new DocumentScanCommand({ TableName, Limit: 2 }));
    await shop.activate(2);
    await shop.drop(1);
    await expect(
      db.send(new DocumentScanCommand({ TableName, ExclusiveStartKey: LastEvaluatedKey })),
    ).rejects.toMatchObject({
      code: "swap.version-gone",
      payload: { alias: shop.alias, version: 1, table: shop.table(1), action: "Scan" },
    });
  });

  test("keys left unprocessed are read from the version of their batch, writes go on to the active one", async () => {
    const orders = shop.resolver();
    const short: DynamoDBClient = client();
    leaveOneUnprocessed(short);
    const db = follow(short, orders);
    const sent = watch(db);
    const Keys = [0, 1].map((n) => ({ pk: { S: "a" }, n: { N: String(n) } }));
    const read = await db.send(
      new BatchGetItemCommand({ RequestItems: { [shop.alias]: { Keys } } }),
    );
    const wrote = await db.send(
      new BatchWriteItemCommand({
        RequestItems: { [shop.alias]: Keys.map((Item) => ({ PutRequest: { Item } })) },
      }),
    );
    expect(Object.keys(read.UnprocessedKeys ?? {})).toEqual([shop.alias]);
    expect(Object.keys(wrote.UnprocessedItems ?? {})).toEqual([shop.alias]);
    await shop.activate(2);
    await orders.refresh();
    await db.send(new BatchGetItemCommand({ RequestItems: read.UnprocessedKeys }));
    await db.send(new BatchWriteItemCommand({ RequestItems: wrote.UnprocessedItems }));
    const tables = sent.map(({ input }) =>
      Object.keys((input as { RequestItems: object }).RequestItems),
    );
    expect(tables).toEqual([[shop.table(1)], [shop.table(1)], [shop.table(1)], [shop.table(2)]]);
  });
});

/** Makes the client answer as DynamoDB under load: the last key or item of a batch stays behind. */
function leaveOneUnprocessed(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const items = (args.input as { RequestItems?: Record<string, unknown> }).RequestItems ?? {};
      const [[table, requests] = ["", []]] = Object.entries(items);
      const left = Array.isArray(requests)
        ? { UnprocessedItems: { [table]: requests.slice(-1) } }
        : {
            UnprocessedKeys: { [table]: { Keys: (requests as { Keys: object[] }).Keys.slice(-1) } },
          };
      return { ...result, output: { ...result.output, ...left } };
    },
    { step: "initialize", priority: "low" },
  );
}
