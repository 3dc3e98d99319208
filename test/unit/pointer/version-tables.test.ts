import type { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { createClient } from "../../../src/aws/connection";
import { describeTable, tableNames } from "../../../src/aws/describe-tables";
import {
  lastWriterWinsMessage,
  lastWriterWinsRegions,
  lastWriterWinsWarning,
} from "../../../src/aws/replicas";
import { filterVersionTables, findVersionTables } from "../../../src/pointer/version-tables";
import { refused } from "../../support/refused";

const names = [
  "a",
  "orders",
  "orders_v1",
  "orders_v10",
  "orders_v2",
  "orders_v2x",
  "orders_w",
  "p",
  "q",
  "z",
];

/** An account with these tables, two a page, in any order. It knows the start names that it gave. */
function account(listed: readonly string[] = names): DynamoDBClient {
  const send = async ({ input }: ListTablesCommand) => {
    const after = input.ExclusiveStartTableName;
    const start = after === undefined ? 0 : listed.indexOf(after) + 1;
    if (after !== undefined && (start === 0 || start % 2 !== 0))
      throw new Error(`no page ${after}`);
    const TableNames = listed.slice(start, start + 2);
    const more = start + 2 < listed.length;
    return { TableNames, ...(more && { LastEvaluatedTableName: TableNames[1] }) };
  };
  return { send } as unknown as DynamoDBClient;
}

function failing(name: string, message: string): DynamoDBClient {
  const client = createClient({ region: "eu-west-1" });
  client.send = async () => {
    throw Object.assign(new Error(message), { name });
  };
  return client;
}

test.each([
  ["sorted", names],
  ["unsorted", [...names].reverse()],
])("an alias's versions are found whole in a listing that is %s", async (_order, listed) => {
  expect(await findVersionTables(account(listed), "orders", undefined)).toEqual([
    { version: 1, table: "orders_v1" },
    { version: 2, table: "orders_v2" },
    { version: 10, table: "orders_v10" },
  ]);
});

test("every table is listed, and an empty account has none", async () => {
  const listed: string[] = [];
  for await (const name of tableNames(account())) listed.push(name);
  expect(listed).toEqual(names);
  const client = { send: async () => ({}) } as unknown as DynamoDBClient;
  expect(await findVersionTables(client, "orders", undefined)).toEqual([]);
  expect((await tableNames(client).next()).done).toBe(true);
});

test("by names only, versions are distinguished from the rest", () => {
  expect(filterVersionTables("orders", names, undefined).map(({ version }) => version)).toEqual([
    1, 2, 10,
  ]);
});

test("a refused list names the resource that has to be allowed, other failures stay as they are", async () => {
  const denied = await refused(
    findVersionTables(failing("AccessDeniedException", "not authorized"), "orders", undefined),
    "swap.access-denied",
  );
  expect(denied.payload.fix).toMatch(/dynamodb:ListTables .*"\*"/);
  const keyless = await refused(
    findVersionTables(failing("CredentialsProviderError", "no credentials"), "orders", undefined),
    "swap.access-denied",
  );
  expect(keyless.payload.fix).toContain("AWS credentials");
  expect(keyless.payload).toMatchObject({ action: "ListTables", resource: "*" });
  expect(denied.cause).toMatchObject({ code: "swap.access-denied" });
  await refused(
    findVersionTables(failing("ThrottlingException", "Rate exceeded"), "orders", undefined),
    "swap.unreachable",
  );
});

test("a table is described, one that is not there is undefined, a refusal is thrown", async () => {
  const send = async ({ input }: { input: object }) => ({ Table: input });
  const client = { send } as unknown as DynamoDBClient;
  expect(await describeTable(client, "t")).toEqual({ TableName: "t" });
  expect(await describeTable(failing("ResourceNotFoundException", "no"), "t")).toBeUndefined();
  const error = await refused(
    describeTable(failing("AccessDeniedException", "no"), "t"),
    "swap.access-denied",
  );
  expect(error.payload).toMatchObject({ action: "DescribeTable", resource: "t" });
});

test("the last writer wins among Regions, except with strong consistency or in one Region", () => {
  const Replicas = [{ RegionName: "eu-west-1" }, {}, { RegionName: "us-east-1" }];
  expect(lastWriterWinsRegions({ Replicas })).toEqual(["eu-west-1", "us-east-1"]);
  expect(lastWriterWinsRegions({ Replicas, MultiRegionConsistency: "STRONG" })).toEqual([]);
  expect(lastWriterWinsRegions({})).toEqual([]);
  expect(lastWriterWinsWarning("shop_swap", ["a"])).toContain(
    lastWriterWinsMessage("shop_swap", ["a"]),
  );
  expect(lastWriterWinsMessage("shop_swap", ["a", "b"])).toMatch(/"shop_swap" .*\(a, b\)/);
});
