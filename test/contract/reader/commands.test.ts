import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  QueryCommand as DocumentQueryCommand,
  ScanCommand as DocumentScanCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { follow } from "../../../src/reader";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

onEachStore(({ transactions: hasTransactions, batchCapacity, client }) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open(client());
    await shop.addVersion(1, 2);
    await shop.addVersion(2, 2);
    await shop.activate(2);
  });
  afterEach(() => shop.close());

  const stored = async (version: number, n: number) => {
    const { Item } = await shop.client.send(
      new GetItemCommand({
        TableName: shop.table(version),
        Key: { pk: { S: "a" }, n: { N: String(n) } },
      }),
    );
    return Item;
  };
  const key = (n: number) => ({ pk: { S: "a" }, n: { N: String(n) } });

  test("GetItem, PutItem, UpdateItem and DeleteItem reach the active table", async () => {
    const db = follow(shop.client, shop.resolver());
    const TableName = shop.alias;
    const got = await db.send(
      new GetItemCommand({ TableName, Key: key(1), ReturnConsumedCapacity: "TOTAL" }),
    );
    expect(got.Item).toMatchObject({ version: { N: "2" } });
    expect(got.ConsumedCapacity?.TableName).toBe(shop.alias);
    await db.send(new PutItemCommand({ TableName, Item: { ...key(7), note: { S: "new" } } }));
    await db.send(
      new UpdateItemCommand({
        TableName,
        Key: key(0),
        UpdateExpression: "SET note = :note",
        ExpressionAttributeValues: { ":note": { S: "changed" } },
      }),
    );
    await db.send(new DeleteItemCommand({ TableName, Key: key(1) }));
    expect(await stored(2, 7)).toMatchObject({ note: { S: "new" } });
    expect(await stored(2, 0)).toMatchObject({ note: { S: "changed" } });
    expect(await stored(2, 1)).toBeUndefined();
    expect(await stored(1, 7)).toBeUndefined();
    expect(await stored(1, 0)).not.toHaveProperty("note");
    expect(await stored(1, 1)).toBeDefined();
  });

  test("Query and Scan reach the active table", async () => {
    const db = follow(shop.client, shop.resolver());
    const query = new QueryCommand({
      TableName: shop.alias,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "a" } },
    });
    for (const { Items } of [
      await db.send(query),
      await db.send(new ScanCommand({ TableName: shop.alias })),
    ])
      expect(Items?.map((item) => item.version?.N)).toEqual(["2", "2"]);
  });

  test("batches reach the active table and answer under the alias; other tables pass", async () => {
    const db = follow(shop.client, shop.resolver());
    const read = new BatchGetItemCommand({
      RequestItems: {
        [shop.alias]: { Keys: [key(0), key(1)] },
        [shop.table(1)]: { Keys: [key(0)] },
      },
      ReturnConsumedCapacity: "TOTAL",
    });
    const before = structuredClone(read.input);
    const { Responses, ConsumedCapacity } = await db.send(read);
    expect(Object.keys(Responses ?? {}).sort()).toEqual([shop.alias, shop.table(1)].sort());
    expect(Responses?.[shop.alias]?.map((item) => item.version?.N)).toEqual(["2", "2"]);
    expect(Responses?.[shop.table(1)]?.map((item) => item.version?.N)).toEqual(["1"]);
    expect(ConsumedCapacity?.map(({ TableName }) => TableName).sort()).toEqual(
      batchCapacity ? [shop.alias, shop.table(1)].sort() : undefined,
    );
    expect(read.input).toEqual(before);
    await db.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [shop.alias]: [{ PutRequest: { Item: key(8) } }, { DeleteRequest: { Key: key(0) } }],
        },
      }),
    );
    expect(await stored(2, 8)).toBeDefined();
    expect(await stored(2, 0)).toBeUndefined();
    expect(await stored(1, 0)).toBeDefined();
  });

  test("a batch that names the alias and its table too is refused", async () => {
    const db = follow(shop.client, shop.resolver());
    const RequestItems = {
      [shop.alias]: { Keys: [key(0)] },
      [shop.table(2)]: { Keys: [key(1)] },
    };
    await expect(db.send(new BatchGetItemCommand({ RequestItems }))).rejects.toMatchObject({
      code: "swap.input-invalid",
      payload: { name: "RequestItems" },
    });
  });

  const transactions = hasTransactions ? test : test.skip;
  transactions("transactions reach the active table", async () => {
    const db = follow(shop.client, shop.resolver());
    const TableName = shop.alias;
    await db.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: key(5) } },
          { Delete: { TableName, Key: key(0) } },
          {
            Update: {
              TableName,
              Key: key(6),
              UpdateExpression: "SET note = :note",
              ExpressionAttributeValues: { ":note": { S: "new" } },
            },
          },
          {
            ConditionCheck: {
              TableName,
              Key: key(1),
              ConditionExpression: "version = :version",
              ExpressionAttributeValues: { ":version": { N: "2" } },
            },
          },
        ],
      }),
    );
    expect(await stored(2, 0)).toBeUndefined();
    expect(await stored(1, 0)).toBeDefined();
    const { Responses } = await db.send(
      new TransactGetItemsCommand({
        TransactItems: [5, 6, 1].map((n) => ({ Get: { TableName, Key: key(n) } })),
      }),
    );
    expect(Responses?.map(({ Item }) => Item?.n?.N)).toEqual(["5", "6", "1"]);
  });

  describe("through a document client", () => {
    const documents = () => follow(DynamoDBDocumentClient.from(shop.client), shop.resolver());

    test("item commands, batches, Query and Scan", async () => {
      const db = documents();
      const TableName = shop.alias;
      const put = new PutCommand({ TableName, Item: { pk: "a", n: 3, tags: ["x"] } });
      const before = structuredClone(put.input);
      await db.send(put);
      expect(put.input).toEqual(before);
      await db.send(
        new UpdateCommand({
          TableName,
          Key: { pk: "a", n: 0 },
          UpdateExpression: "SET note = :note",
          ExpressionAttributeValues: { ":note": "changed" },
        }),
      );
      await db.send(new DeleteCommand({ TableName, Key: { pk: "a", n: 1 } }));
      const got = await db.send(new GetCommand({ TableName, Key: { pk: "a", n: 3 } }));
      expect(got.Item).toEqual({ pk: "a", n: 3, tags: ["x"] });
      const scanned = await db.send(new DocumentScanCommand({ TableName }));
      expect(scanned.Items?.map((item) => item.n).sort()).toEqual([0, 3]);
      const queried = await db.send(
        new DocumentQueryCommand({
          TableName,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": "a" },
        }),
      );
      expect(queried.Items?.[0]).toEqual({ pk: "a", n: 0, version: 2, note: "changed" });
      await db.send(
        new BatchWriteCommand({
          RequestItems: { [TableName]: [{ PutRequest: { Item: { pk: "b", n: 1 } } }] },
        }),
      );
      const read = await db.send(
        new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [{ pk: "b", n: 1 }] } } }),
      );
      expect(read.Responses).toEqual({ [TableName]: [{ pk: "b", n: 1 }] });
      expect(await stored(1, 3)).toBeUndefined();
    });

    transactions("transactions", async () => {
      const db = documents();
      const TableName = shop.alias;
      await db.send(
        new TransactWriteCommand({
          TransactItems: [{ Put: { TableName, Item: { pk: "a", n: 4 } } }],
        }),
      );
      const { Responses } = await db.send(
        new TransactGetCommand({ TransactItems: [{ Get: { TableName, Key: { pk: "a", n: 4 } } }] }),
      );
      expect(Responses).toEqual([{ Item: { pk: "a", n: 4 } }]);
    });
  });

  test("PartiQL and table commands are refused when they name the alias, and pass when not", async () => {
    const db = follow(shop.client, shop.resolver());
    const refused = { code: "swap.input-invalid", payload: { value: JSON.stringify(shop.alias) } };
    await expect(
      db.send(new ExecuteStatementCommand({ Statement: `select * from "${shop.alias}"` })),
    ).rejects.toMatchObject(refused);
    await expect(
      db.send(new DescribeTableCommand({ TableName: shop.alias })),
    ).rejects.toMatchObject(refused);
    const other = await db.send(new DescribeTableCommand({ TableName: shop.table(1) }));
    expect(other.Table?.TableName).toBe(shop.table(1));
  });

  test("the client given is left as it was, and the pointer is read through it", async () => {
    const plain: DynamoDBClient = shop.client;
    follow(plain, shop.resolver());
    await expect(
      plain.send(new GetItemCommand({ TableName: shop.alias, Key: key(0) })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
