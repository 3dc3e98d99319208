import {
  type ParkedKey,
  type ParkedKeys,
  replayBatch,
  type Transform,
} from "../../../src/migration";
import { TablesInMemory } from "./tables-in-memory";

const schema = [{ name: "pk", type: "S" as const }];
const item = (pk: string, n: number) => ({ pk: { S: pk }, n: { N: String(n) } });

function replayed(transform?: Transform) {
  const tables = new TablesInMemory();
  tables.create("new", schema, [item("a", 1), item("b", 1)]);
  tables.answer = ({ name, input }) => {
    const refused = JSON.stringify(input).includes('"N":"9"');
    if (name === "BatchWriteItem" && refused)
      throw Object.assign(new Error("too large"), {
        name: "ValidationException",
        $metadata: { httpStatusCode: 400 },
      });
  };
  const parked: ParkedKey[] = [];
  const keys: ParkedKeys = {
    count: 0,
    park: async (entry) => void parked.push(entry),
    unpark: async () => {},
  };
  const mapping = {
    transform,
    context: { alias: "orders", from: 1, to: 2 },
    sourceSchema: schema,
    targetSchema: schema,
    target: "new",
  };
  return { tables, parked, options: { client: tables.client, mapping, parked: keys } };
}

const failsFor9: Transform = (given) => {
  if (given.n?.N === "9") throw new Error("9 has no place");
  return given;
};

test.each([
  ["DynamoDB refuses", undefined, "refused"],
  ["the transform fails for", failsFor9, "transform"],
] as const)(
  "a value that %s is parked, and leaves no older one",
  async (_what, transform, kind) => {
    const { tables, parked, options } = replayed(transform);
    const result = await replayBatch(
      [
        { oldImage: item("a", 1), newImage: item("a", 9) },
        { oldImage: item("b", 1), newImage: item("b", 2) },
        { newImage: item("c", 9) },
      ],
      options,
    );
    expect(tables.items("new")).toEqual([item("b", 2)]);
    expect(parked.map(({ sourceKey, kind }) => [sourceKey.pk?.S, kind])).toEqual([
      ["a", kind],
      ["c", kind],
    ]);
    expect(result).toEqual({ keys: 3, put: 1, deleted: 1, leftOut: 0, parked: 2 });
  },
);
