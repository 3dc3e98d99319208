import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Candidate, canaries, coverage, type Gate, minItems } from "../../../src/readiness";

const items = ["a", "b"].map((S) => ({ pk: { S } }));

/** Two tables with the same two items, on an endpoint that tells nothing of what a request cost. */
const answers: Record<string, object> = {
  DescribeTableCommand: {
    Table: {
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    },
  },
  GetItemCommand: { Item: items[0] },
  ScanCommand: { Items: items, Count: items.length },
  BatchGetItemCommand: { Responses: { orders_v2: items } },
};
const candidate: Candidate = {
  client: {
    send: async (command: object) => answers[command.constructor.name],
  } as unknown as DynamoDBClient,
  alias: "orders",
  version: 2,
  table: "orders_v2",
  activeTable: "orders_v1",
};

test.each<[string, Gate, RegExp]>([
  ["a canary", canaries([{ key: { pk: "a" } }]), /\b1 read units/],
  ["a count", minItems({ count: 2 }), /\b0\.5 read units/],
  ["a sample", coverage({}, {}), /\b2\.5 read units/],
])("%s counts its least cost where none is reported", async (_what, gate, note) => {
  expect(await gate.check(candidate)).toEqual({
    ready: true,
    note: expect.stringMatching(note),
  });
});
