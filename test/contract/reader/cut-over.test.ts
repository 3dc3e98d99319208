import { GetItemCommand, paginateQuery } from "@aws-sdk/client-dynamodb";
import { rollback } from "../../../src/pointer";
import { follow, pin } from "../../../src/reader";
import { Shop } from "./shop";
import { onEachStore } from "./stores";

const ITEMS = 8;

onEachStore(({ client }) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open(client());
    await shop.addVersion(1, ITEMS);
    await shop.addVersion(2, ITEMS);
    await shop.activate(1);
  });
  afterEach(() => shop.close());

  /** A request of four reads that must agree, and a listing of several pages that must too. */
  async function request(db: ReturnType<typeof client>): Promise<string> {
    const items = await Promise.all(
      [0, 1, 2, 3].map((n) =>
        db.send(
          new GetItemCommand({
            TableName: shop.alias,
            Key: { pk: { S: "a" }, n: { N: String(n) } },
          }),
        ),
      ),
    );
    return items.map(({ Item }) => Item?.version?.N).join();
  }

  async function listing(db: ReturnType<typeof client>): Promise<string> {
    const versions: (string | undefined)[] = [];
    const pages = paginateQuery(
      { client: db, pageSize: 3 },
      {
        TableName: shop.alias,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "a" } },
      },
    );
    for await (const { Items } of pages)
      versions.push(...(Items ?? []).map((item) => item.version?.N));
    return versions.join();
  }

  test("under load a cut-over and the drop of the old table fail no request and mix no answer", async () => {
    const orders = shop.resolver({ refreshMs: 100 });
    const followed = follow(shop.client, orders);
    const answers = new Map<string, number>();
    const failures: unknown[] = [];
    let phase: "before" | "cut over" | "done" = "before";
    const served = { before: 0, "cut over": 0, done: 0 };
    /** Answers of each of the concurrent callers. */
    const rounds: number[] = [];
    const run = async (answer: () => Promise<string>) => {
      const caller = rounds.push(0) - 1;
      try {
        for (; phase !== "done"; rounds[caller] = (rounds[caller] ?? 0) + 1) {
          const text = await answer();
          answers.set(text, (answers.get(text) ?? 0) + 1);
          served[phase]++;
        }
      } catch (error) {
        failures.push(error);
      }
    };
    const pinned = async () => pin(followed, await orders.snapshot());
    const load = [
      ...Array.from({ length: 4 }, () => run(async () => request(await pinned()))),
      ...Array.from({ length: 4 }, () => run(() => listing(followed))),
    ];
    /** Ends at the first failure, too: what it waits for may then never come. */
    const until = async (condition: () => boolean) => {
      while (!condition() && failures.length === 0)
        await new Promise((resolve) => setImmediate(resolve));
    };
    await until(() => served.before >= 40);
    await shop.activate(2);
    phase = "cut over";
    await until(() => orders.peek()?.version === 2);
    // Requests that began on version 1 are let end, as the grace period before a drop does.
    const since = [...rounds];
    await until(() => rounds.every((count, caller) => count > (since[caller] ?? 0)));
    await shop.drop(1);
    const after = served["cut over"];
    await until(() => served["cut over"] >= after + 40);
    phase = "done";
    await Promise.all(load);
    expect(failures).toEqual([]);
    const all = (version: number, count: number) => Array(count).fill(version).join();
    expect([...answers.keys()].sort()).toEqual(
      [all(1, 4), all(1, ITEMS), all(2, 4), all(2, ITEMS)].sort(),
    );
  });

  test("a rollback is followed in the background", async () => {
    await shop.activate(2);
    const seen: number[] = [];
    const orders = shop.resolver({
      refreshMs: 100,
      onChange: ({ current }) => seen.push(current.version),
    });
    await orders.resolve();
    await rollback(shop.ref, shop.alias, { from: 2, to: 1 });
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([1]);
    expect(await request(follow(shop.client, orders))).toBe("1,1,1,1");
  });
});
