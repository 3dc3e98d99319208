import type { DynamoDBClient, ScanCommand, ScanCommandInput } from "@aws-sdk/client-dynamodb";
import type { Item } from "../../../src/items";
import { OutOfReadUnits, ReadMeter } from "../../../src/readiness/read-meter";
import { sampleItems } from "../../../src/readiness/sample";

const item = (id: string): Item => ({ id: { S: id } });
const settled = () => new Promise((done) => setImmediate(done));

/** A table with one item in each scan segment, and what was asked of it. */
function segmented() {
  const asked: ScanCommandInput[] = [];
  let waiting = 0;
  let most = 0;
  const send = async ({ input }: ScanCommand) => {
    asked.push(input);
    if (input.Segment === undefined)
      return { Items: [item("first")], LastEvaluatedKey: item("first") };
    waiting += 1;
    most = Math.max(most, waiting);
    await settled();
    waiting -= 1;
    return { Items: [item(`s${input.Segment}`)] };
  };
  const client = { send } as unknown as DynamoDBClient;
  const source = (random: number, units = 1_000) => ({
    client,
    table: "t",
    names: ["id"],
    meter: new ReadMeter(units),
    random: () => random,
  });
  return { asked, source, mostAtOnce: () => most };
}

async function drawn(source: Parameters<typeof sampleItems>[0], size: number, least = size) {
  const items: Item[] = [];
  for await (const each of sampleItems(source, size)) {
    items.push(each);
    if (items.length === least) break;
  }
  return items;
}

test.each([
  [5, 0, 100],
  [5, 0.999, 200],
  [150, 0, 150],
  [150, 0.999, 300],
])("a sample of %p with %p at random is drawn from %p segments", async (size, random, segments) => {
  const { asked, source } = segmented();
  await drawn(source(random), size, 1);
  expect(asked[0]).toMatchObject({ Limit: size + 1 });
  expect(asked[1]).toMatchObject({ TotalSegments: segments, Limit: 1 });
});

test("no more segments are read at once than items are missing, and eight at the most", async () => {
  const few = segmented();
  await drawn(few.source(0), 3);
  expect([few.asked.length, few.mostAtOnce()]).toEqual([1 + 3, 3]);
  const many = segmented();
  await drawn(many.source(0), 20);
  expect([many.asked.length, many.mostAtOnce()]).toEqual([1 + 8 + 8 + 4, 8]);
});

test("a table of fewer items than it seemed to have is drawn to its end", async () => {
  const { asked, source } = segmented();
  const items = await drawn(source(0), 1_000);
  expect(new Set(items.map(({ id }) => id?.S)).size).toBe(1_000);
  expect(await drawn(source(0), 5, Number.POSITIVE_INFINITY)).toHaveLength(100);
  expect(asked.filter(({ Segment }) => Segment === undefined)).toHaveLength(2);
});

test("a small table is read whole and shuffled evenly", async () => {
  const Items = ["a", "b", "c"].map(item);
  const client = { send: async () => ({ Items }) } as unknown as DynamoDBClient;
  const order = async (random: number) => {
    const meter = new ReadMeter(10);
    const source = { client, table: "t", names: ["id"], meter, random: () => random };
    return (await drawn(source, 5)).map(({ id }) => id?.S).join("");
  };
  expect(await order(0.999)).toBe("abc");
  expect(await order(0)).toBe("bca");
});

test("nothing is read when the first page may not be paid for", async () => {
  const { asked, source } = segmented();
  await expect(drawn(source(0, 0.4), 5)).rejects.toBeInstanceOf(OutOfReadUnits);
  expect(asked).toEqual([]);
});

test("a read may use the last of the units", () => {
  const meter = new ReadMeter(1);
  meter.add(0.5, 0);
  expect(() => meter.reserve(0.5)).not.toThrow();
  expect(() => meter.reserve(0.6)).toThrow(OutOfReadUnits);
});
