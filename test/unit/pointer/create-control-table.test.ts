import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";
import type { SwapErrorCode } from "../../../src/errors";
import { createControlTable } from "../../../src/pointer";
import { refused } from "../../support/refused";

jest.mock("node:timers/promises", () => ({ setTimeout: jest.fn(async () => {}) }));
beforeEach(() => jest.mocked(sleep).mockClear());

const failed = (name: string) => Object.assign(new Error("told by AWS"), { name });
const table = (TableStatus: string, type = "S"): TableDescription => ({
  TableStatus: TableStatus as "ACTIVE",
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: type as "S" }],
});

/** A client that answers CreateTable with `created`, and each DescribeTable in turn. */
function answering(
  created: Error | undefined,
  described: (TableDescription | Error | undefined)[],
) {
  let looks = 0;
  const send = async (command: { constructor: { name: string } }) => {
    const creates = command.constructor.name === "CreateTableCommand";
    const answer = creates ? created : described[Math.min(looks++, described.length - 1)];
    if (answer instanceof Error) throw answer;
    return { Table: answer };
  };
  const config = { region: async () => "eu-west-1" };
  return {
    client: { send, config } as unknown as DynamoDBClient,
    controlTable: "swap",
    looks: () => looks,
  };
}

test("a new table is waited for, even if DescribeTable does not find it at first", async () => {
  const ref = answering(undefined, [
    failed("ResourceNotFoundException"),
    table("CREATING"),
    table("ACTIVE"),
  ]);
  await createControlTable(ref);
  expect(ref.looks()).toBe(3);
  expect(jest.mocked(sleep).mock.calls).toEqual([[500], [500]]);
});

test("a table that exists and is ACTIVE is looked at once, without a pause", async () => {
  const ref = answering(failed("ResourceInUseException"), [table("ACTIVE")]);
  await createControlTable(ref);
  expect(ref.looks()).toBe(1);
  expect(sleep).not.toHaveBeenCalled();
});

test("a table that never becomes ACTIVE ends the wait", async () => {
  const ref = answering(undefined, [table("CREATING")]);
  const { payload } = await refused(createControlTable(ref), "swap.service-error");
  expect(payload).toEqual({
    action: "CreateTable",
    resource: "swap",
    reason: expect.stringContaining("120 s"),
  });
  expect(ref.looks()).toBe(240);
});

test.each<[string, Error | undefined, TableDescription | Error, SwapErrorCode, string]>([
  [
    "CreateTable",
    failed("AccessDeniedException"),
    table("ACTIVE"),
    "swap.access-denied",
    "told by AWS",
  ],
  [
    "DescribeTable",
    undefined,
    failed("AccessDeniedException"),
    "swap.access-denied",
    "told by AWS",
  ],
  ["DescribeTable", undefined, failed("ThrottlingException"), "swap.unreachable", "told by AWS"],
])("a failing %s names its action", async (action, created, described, code, reason) => {
  const { payload } = await refused(createControlTable(answering(created, [described])), code);
  expect(payload).toMatchObject({ action, reason });
});

test.each<[string, TableDescription, string]>([
  ["no key", {}, ""],
  [
    "a key that is defined nowhere",
    { KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }] },
    "pk undefined",
  ],
  [
    "a key of two",
    {
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "sk", AttributeType: "N" },
        { AttributeName: "pk", AttributeType: "S" },
      ],
    },
    "pk S, sk N",
  ],
])("a table with %s is no control table", async (_what, described, key) => {
  const ref = answering(failed("ResourceInUseException"), [
    { ...described, TableStatus: "ACTIVE" },
  ]);
  const { payload } = await refused(createControlTable(ref), "swap.input-invalid");
  expect(payload).toMatchObject({
    name: "control table",
    value: '"swap"',
    rule: expect.stringContaining(`(${key})`),
  });
});

test("an answer without a table is looked for again", async () => {
  const ref = answering(undefined, [undefined, table("ACTIVE")]);
  await createControlTable(ref);
  expect(ref.looks()).toBe(2);
});
