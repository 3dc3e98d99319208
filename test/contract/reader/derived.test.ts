import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { follow, pin, type RoutableClient, snapshotAt } from "../../../src/reader";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

onEachStore(({ client }) => {
  let orders: Shop;
  let carts: Shop;
  beforeEach(async () => {
    orders = await Shop.open(client());
    carts = await Shop.open(client());
    for (const shop of [orders, carts]) {
      await shop.addVersion(1, 1);
      await shop.addVersion(2, 1);
      await shop.activate(2);
    }
  });
  afterEach(() => {
    orders.close();
    carts.close();
  });

  const plainRead = (shop: Shop) =>
    new GetItemCommand({ TableName: shop.alias, Key: { pk: { S: "a" }, n: { N: "0" } } });

  /** The versions that reads of the two aliases through a document client reach. */
  async function versions(db: DynamoDBDocumentClient): Promise<unknown[]> {
    const answers = await Promise.all(
      [orders, carts].map(({ alias }) =>
        db.send(new GetCommand({ TableName: alias, Key: { pk: "a", n: 0 } })),
      ),
    );
    return answers.map(({ Item }) => Item?.version);
  }

  const one = () => snapshotAt(orders.alias, 1);
  const asDocuments = (db: RoutableClient) => DynamoDBDocumentClient.from(db as never);

  test("pinning a document client that was made from one that follows keeps the other aliases", async () => {
    const followed = follow(client(), orders.resolver(), carts.resolver());
    expect(await versions(asDocuments(followed))).toEqual([2, 2]);
    expect(await versions(pin(asDocuments(followed), one()))).toEqual([1, 2]);
    expect(await versions(asDocuments(pin(followed, one())))).toEqual([1, 2]);
    expect(await versions(asDocuments(followed))).toEqual([2, 2]);
  });

  test("so does following one more alias, on either side of the document client", async () => {
    const half = follow(client(), orders.resolver());
    expect(await versions(follow(asDocuments(half), carts.resolver()))).toEqual([2, 2]);
    const pinned = pin(client(), one());
    expect(await versions(follow(asDocuments(pinned), carts.resolver()))).toEqual([1, 2]);
  });

  test("a document client made from a pinned one is pinned, and pinned again goes to the new version", async () => {
    const pinned = asDocuments(pin(follow(client(), carts.resolver()), one()));
    expect(await versions(pinned)).toEqual([1, 2]);
    expect(await versions(pin(pinned, snapshotAt(orders.alias, 2)))).toEqual([2, 2]);
  });

  test("middleware of the caller's own on a derived client reaches those derived from it", async () => {
    const followed = follow(client(), orders.resolver());
    let seen = 0;
    followed.middlewareStack.add(
      (next) => (args) => {
        seen++;
        return next(args);
      },
      { step: "finalizeRequest", name: "counting" },
    );
    const { Item } = await pin(followed, one()).send(plainRead(orders));
    expect([Item?.version?.N, seen]).toEqual(["1", 1]);
  });
});
