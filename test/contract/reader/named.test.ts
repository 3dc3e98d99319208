import { GetItemCommand, paginateScan } from "@aws-sdk/client-dynamodb";
import { nameTable, rollback } from "../../../src/pointer";
import { follow, pin, snapshotAt } from "../../../src/reader";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

onEachStore(({ client }) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open(client(), { first: `handmade-${Math.random().toString(36).slice(2)}` });
    await shop.addVersion(1, 3);
    await shop.addVersion(2, 3);
    await nameTable(shop.ref, shop.alias, shop.table(1));
  });
  afterEach(() => shop.close());

  const read = () =>
    new GetItemCommand({ TableName: shop.alias, Key: { pk: { S: "a" }, n: { N: "0" } } });

  test("a follower reads the hand-made table, the version cut over to, and the first again", async () => {
    const resolver = shop.resolver();
    const db = follow(client(), resolver);
    const reached = async () => (await db.send(read())).Item?.version?.N;
    expect(await resolver.resolve()).toMatchObject({
      version: 1,
      table: shop.table(1),
      implicit: false,
    });
    expect(await reached()).toBe("1");
    await shop.activate(2);
    await resolver.refresh();
    expect(await reached()).toBe("2");
    await rollback(shop.ref, shop.alias, { from: 2, to: 1 });
    await resolver.refresh();
    expect(await reached()).toBe("1");
    expect(resolver.status().activeTable).toBe(shop.table(1));
  });

  test("several aliases in one read have their own names", async () => {
    const other = await Shop.open(client());
    const both = [shop.alias, other.alias].map((alias) =>
      shop.resolver({ alias, controlTable: shop.controlTable }),
    );
    expect(
      (await Promise.all(both.map((each) => each.resolve()))).map(({ table }) => table),
    ).toEqual([shop.table(1), other.table(1)]);
    other.close();
  });

  test("a cursor that carries version and table is pinned to the hand-made table", async () => {
    const { alias, version, table } = await shop.resolver().snapshot();
    await shop.activate(2);
    const db = pin(client(), snapshotAt(alias, version, table));
    const seen: unknown[] = [];
    for await (const { Items } of paginateScan({ client: db, pageSize: 2 }, { TableName: alias }))
      seen.push(...(Items ?? []).map((item) => item.version?.N));
    expect(seen).toEqual(["1", "1", "1"]);
  });

  test("a resolver that knew the row without the name follows once it has it", async () => {
    const late = await Shop.open(client(), { first: `${shop.table(1)}-late` });
    await late.activate(1);
    const changes: string[] = [];
    const resolver = late.resolver({ onChange: ({ current }) => changes.push(current.table) });
    expect(await resolver.resolve()).toMatchObject({ table: `${late.alias}_v1` });
    await nameTable(late.ref, late.alias, late.table(1));
    expect(await resolver.refresh()).toMatchObject({ version: 1, table: late.table(1) });
    expect(changes).toEqual([late.table(1)]);
    late.close();
  });
});
