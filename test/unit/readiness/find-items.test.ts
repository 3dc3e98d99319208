import type { BatchGetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item, KeySchema } from "../../../src/items";
import { findItems } from "../../../src/readiness/find-items";
import { ReadMeter } from "../../../src/readiness/read-meter";
import { sampleItems } from "../../../src/readiness/sample";

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
    const found = await findItems({ ...at, signal }, keys);
    expect([...found.values()]).toEqual(keys);
    expect(options).toEqual(Array(2).fill({ abortSignal: signal ?? expect.any(AbortSignal) }));
    // The endpoint told no figure: none is counted.
    expect(meter.used).toBe(0);
  },
);

test("a wait that is given up ends the pause", async () => {
  const giveUp = new AbortController();
  giveUp.abort();
  const at = { client: halfWay([]), table: "orders_v1", schema, meter: new ReadMeter(10) };
  await expect(findItems({ ...at, signal: giveUp.signal }, keys)).rejects.toThrow("abort");
});

test("a page without items is an empty one", async () => {
  const client = { send: async () => ({}) } as unknown as DynamoDBClient;
  const source = { client, table: "t", names: ["id"], meter: new ReadMeter(10), random: () => 0 };
  const drawn = [];
  for await (const item of sampleItems(source, 3)) drawn.push(item);
  expect(drawn).toEqual([]);
});

test("an item without the key is not looked up, and only key attributes are read", async () => {
  const asked: unknown[] = [];
  const send = async ({ input }: BatchGetItemCommand) => {
    asked.push(input.RequestItems?.t);
    return {};
  };
  const client = { send } as unknown as DynamoDBClient;
  const pause = jest.fn();
  const meter = new ReadMeter(10);
  const found = await findItems({ client, table: "t", schema, meter, pause }, [{}, ...keys]);
  expect(found).toEqual(new Map());
  expect(asked).toEqual([
    {
      Keys: keys,
      ConsistentRead: true,
      ProjectionExpression: "#p0",
      ExpressionAttributeNames: { "#p0": "id" },
    },
  ]);
  expect(meter.used).toBe(2);
  expect(pause).not.toHaveBeenCalled();
  await findItems({ client, table: "t", schema, meter, pause }, [{}]);
  expect(asked).toHaveLength(1);
});

test("pauses grow while nothing comes, and a key that comes begins again", async () => {
  const answers = [2, 2, 2, 1, 1, 0];
  const send = async () => ({
    UnprocessedKeys: { t: { Keys: keys.slice(0, answers.shift()) } },
  });
  const client = { send } as unknown as DynamoDBClient;
  const pause = jest.fn();
  const meter = new ReadMeter(100);
  await findItems({ client, table: "t", schema, meter, pause }, keys);
  expect(pause.mock.calls.map(([ms]) => ms)).toEqual([50, 100, 200, 50, 50]);
  // What was left unprocessed cost nothing.
  expect(meter.used).toBe(2);
});
