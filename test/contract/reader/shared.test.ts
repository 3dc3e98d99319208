import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { setActive } from "../../../src/pointer";
import { createResolver, type ReaderEvent } from "../../../src/reader";
import { backends } from "../../support/backends";
import { Shop, watch } from "./shop";
import { onEachStore } from "./stores";

onEachStore(({ client }) => {
  test("aliases of one control table are read together, each with its own outcome", async () => {
    const shop = await Shop.open(client());
    await setActive(shop.ref, "carts", 4);
    await shop.client.send(
      new PutItemCommand({
        TableName: shop.controlTable,
        Item: { pk: { S: "users" }, ver: { S: "three" } },
      }),
    );
    const sent = watch(shop.client);
    const aliases = ["orders", "carts", "users"];
    const all = aliases.map((alias) => shop.resolver({ alias }));
    const answers = await Promise.allSettled(all.map((each) => each.resolve()));
    expect(answers).toMatchObject([
      { value: { table: "orders_v1", implicit: true } },
      { value: { table: "carts_v4", implicit: false } },
      { reason: { code: "swap.malformed-row", payload: { alias: "users" } } },
    ]);
    expect(sent).toMatchObject([
      {
        action: "BatchGetItem",
        input: { RequestItems: { [shop.controlTable]: { ConsistentRead: true } } },
      },
    ]);
    shop.close();
  });

  test("a control table that is not there is said to be missing", async () => {
    const shop = await Shop.open(client());
    const orders = shop.resolver({ controlTable: `${shop.controlTable}-not` });
    await expect(orders.resolve()).rejects.toMatchObject({ code: "swap.control-table-missing" });
    shop.close();
  });
});

test("in an outage the value is served, then an error", async () => {
  const [dynalite] = backends;
  const store = await (dynalite as (typeof backends)[number]).start();

  const client = new DynamoDBClient({
    endpoint: store.endpoint,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const shop = await Shop.open(client);
  await shop.activate(2);
  const events: ReaderEvent[] = [];
  // Its end comes by a step of the clock: a slow machine may take seconds to stop the store.
  const maxStaleMs = 600_000;
  using orders = createResolver({
    alias: shop.alias,
    controlTable: shop.controlTable,
    client,
    refreshMs: 100,
    maxStaleMs,
    onEvent: (event) => events.push(event),
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const held = await orders.resolve();
  await store.stop();
  await until(() => events.some(({ kind }) => kind === "refresh-failed"));
  expect(await orders.resolve()).toBe(held);
  const now = performance.now.bind(performance);
  const clock = jest.spyOn(performance, "now").mockImplementation(() => now() + maxStaleMs);
  await until(() => orders.peek() === undefined);
  // Jest runs tests in a separate realm, in which the SDK does not know Node's errors for such
  // and hides their codes: outside of it the cause is always "swap.unreachable".
  await expect(orders.resolve()).rejects.toMatchObject({
    code: "swap.stale",
    payload: {
      alias: shop.alias,
      version: 2,
      maxStaleMs,
      reason: expect.stringContaining("ECONNREFUSED"),
    },
    cause: { code: expect.stringMatching(/^swap\.(unreachable|service-error)$/) },
  });
  clock.mockRestore();
  client.destroy();
});
