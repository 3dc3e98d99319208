import type { BatchGetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item, KeySchema } from "../../../src/readiness/keys";
import { lookUp } from "../../../src/readiness/look-up";
import { ReadMeter } from "../../../src/readiness/read-meter";
import { drawItems } from "../../../src/readiness/sample";

const schema: KeySchema = [{ name: "id", type: "S" }];
const keys: Item[] = [{ id: { S: "a" } }, { id: { S: "b" } }];

/** Leaves the last key of each request unprocessed while there is more than one. */
function halfWay(options: unknown[]): DynamoDBClient {
  const send = async ({ input }: BatchGetItemCommand, given: unknown) => {
    options.push(given);
    const [first, ...rest] = input.RequestItems?.orders_v1?.Keys ?? [];
    return {
      Responses: { orders_v1: [first] },
      UnprocessedKeys: rest.length > 0 ? { orders_v1: { Keys: rest } } : {},
      ConsumedCapacity: [{ TableName: "orders_v1" }],
    };
  };
  return { send } as unknown as DynamoDBClient;
}

test.each([undefined, new AbortController().signal])(
  "unprocessed keys are asked for again after a pause, signal %p",
  async (signal) => {
    const options: unknown[] = [];
    const meter = new ReadMeter(10);
    const at = { client: halfWay(options), table: "orders_v1", schema, meter };
    const found = await lookUp({ ...at, signal }, keys);
    expect([...found.values()]).toEqual(keys);
    expect(options).toEqual(Array(2).fill(signal ? { abortSignal: signal } : {}));
    // The endpoint told no figure: none is counted.
    expect(meter.used).toBe(0);
  },
);

test("a wait that is given up ends the pause", async () => {
  const giveUp = new AbortController();
  giveUp.abort();
  const at = { client: halfWay([]), table: "orders_v1", schema, meter: new ReadMeter(10) };
  await expect(lookUp({ ...at, signal: giveUp.signal }, keys)).rejects.toThrow("abort");
});

test("a page without items is an empty one", async () => {
  const client = { send: async () => ({}) } as unknown as DynamoDBClient;
  const source = { client, table: "t", names: ["id"], meter: new ReadMeter(10), random: () => 0 };
  const drawn = [];
  for await (const item of drawItems(source, 3)) drawn.push(item);
  expect(drawn).toEqual([]);
});
