import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";
import { match } from "../../../src/errors";
import { runGates, tableActive } from "../../../src/readiness";

const active: TableDescription = { TableStatus: "ACTIVE" };
const fix = expect.stringContaining("readiness.waitFor");

/** A client that describes the table in turn as given, and the names it was asked for. */
function describing(answers: (TableDescription | Error | undefined)[]) {
  const asked: unknown[] = [];
  const send = async ({ input }: { input: { TableName: string } }) => {
    asked.push(input.TableName);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return { Table: answer };
  };
  const client = { send } as unknown as DynamoDBClient;
  return { asked, candidate: { client, alias: "orders", version: 5, table: "orders_v5" } };
}

test.each<[string, TableDescription]>([
  ["a table", active],
  ["a table with no index left", { ...active, GlobalSecondaryIndexes: [] }],
  [
    "a table and its indexes",
    {
      ...active,
      GlobalSecondaryIndexes: [
        { IndexName: "a", IndexStatus: "ACTIVE" },
        { IndexName: "b", IndexStatus: "ACTIVE" },
      ],
    },
  ],
])("%s that is ACTIVE passes, by one DescribeTable", async (_case, description) => {
  const { asked, candidate } = describing([description]);
  expect(await tableActive.check(candidate)).toEqual({ ready: true });
  expect(asked).toEqual(["orders_v5"]);
});

test.each<[TableDescription | undefined, RegExp]>([
  [{ TableStatus: "CREATING" }, /^table "orders_v5".*CREATING$/],
  [{ TableStatus: "DELETING" }, /^table "orders_v5".*DELETING$/],
  [{ TableStatus: "UPDATING" }, /^table "orders_v5".*UPDATING$/],
  [
    { TableStatus: "INACCESSIBLE_ENCRYPTION_CREDENTIALS" },
    /^table "orders_v5".*INACCESSIBLE_ENCRYPTION_CREDENTIALS$/,
  ],
  [{}, /^table "orders_v5".*unknown$/],
  [undefined, /^table "orders_v5".*unknown$/],
  [
    {
      ...active,
      GlobalSecondaryIndexes: [
        { IndexName: "a", IndexStatus: "ACTIVE" },
        { IndexName: "b", IndexStatus: "CREATING" },
      ],
    },
    /^index "b".*"orders_v5".*CREATING$/,
  ],
  [
    { ...active, GlobalSecondaryIndexes: [{ IndexName: "a" }] },
    /^index "a".*"orders_v5".*unknown$/,
  ],
])("%j refuses", async (description, reason) => {
  expect(await tableActive.check(describing([description]).candidate)).toEqual({
    ready: false,
    reason: expect.stringMatching(reason),
    fix,
  });
});

const failed = (name: string) => Object.assign(new Error("told by AWS"), { name });

test("a table that does not exist refuses, and is known for a missing one", async () => {
  const { candidate } = describing([failed("ResourceNotFoundException")]);
  expect(await tableActive.check(candidate)).toEqual({
    ready: false,
    missing: true,
    reason: expect.stringContaining('"orders_v5"'),
    fix: expect.not.stringContaining("readiness.waitFor"),
  });
});

test("a failure to look refuses, and names the permission", async () => {
  const { candidate } = describing([failed("AccessDeniedException")]);
  const error = await runGates(candidate, [tableActive]).catch((thrown: unknown) => thrown);
  if (!match(error, "swap.not-ready")) throw error;
  expect(error.payload).toMatchObject({
    gate: "table",
    reason: expect.stringMatching(/DescribeTable .*"orders_v5".*: told by AWS$/),
    fix: expect.stringContaining("dynamodb:DescribeTable"),
  });
});

test("a table that is being made is waited for", async () => {
  const creating: TableDescription = { TableStatus: "CREATING" };
  const { asked, candidate } = describing([failed("ResourceNotFoundException"), creating, active]);
  let now = 0;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  expect(await runGates(candidate, [tableActive], { waitForMs: 60_000, clock })).toEqual([]);
  expect(asked).toHaveLength(3);
  expect(now).toBe(4_000);
});
