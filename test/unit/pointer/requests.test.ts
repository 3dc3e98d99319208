import { createClient } from "../../../src/aws/connection";
import {
  findActive,
  getActive,
  liftBar,
  listAliases,
  releaseActive,
  resolveTable,
  rollback,
  seedActive,
  setActive,
  type WritableControlTableRef,
} from "../../../src/pointer";
import { readRawRow } from "../../../src/pointer/read";
import { refused } from "../../support/refused";

interface Request {
  action: string;
  input: Record<string, unknown>;
}

/**
 * A table without rows, and what was asked of it. DynamoDB Local is consistent whatever is asked
 * for, so that a read gone eventually consistent would show in no contract test.
 */
function emptyTable(failCondition = false): { ref: WritableControlTableRef; asked: Request[] } {
  const asked: Request[] = [];
  const client = createClient({ region: "eu-west-1", endpoint: "http://127.0.0.1:9" });
  client.middlewareStack.add(
    (_next, context) => async (args) => {
      const action = String(context.commandName).replace(/Command$/, "");
      asked.push({ action, input: args.input as Record<string, unknown> });
      if (failCondition && action === "UpdateItem")
        throw Object.assign(new Error("failed"), {
          name: "ConditionalCheckFailedException",
          $metadata: { httpStatusCode: 400 },
        });
      return { output: { $metadata: {} } as never, response: undefined };
    },
    { step: "initialize" },
  );
  return { ref: { client, controlTable: "swap" }, asked };
}

async function scanned(ref: WritableControlTableRef): Promise<void> {
  for await (const listed of listAliases(ref)) throw new Error(`there is ${listed.alias}`);
}

test.each<[string, (ref: WritableControlTableRef) => Promise<unknown>, string]>([
  ["findActive", (ref) => findActive(ref, "orders"), "GetItem"],
  ["getActive", (ref) => getActive(ref, "orders").catch(() => {}), "GetItem"],
  ["resolveTable", (ref) => resolveTable(ref, "orders"), "GetItem"],
  ["listAliases", scanned, "Scan"],
])("%s reads consistently", async (_name, read, action) => {
  const { ref, asked } = emptyTable();
  await read(ref);
  expect(asked).toEqual([
    { action, input: expect.objectContaining({ TableName: "swap", ConsistentRead: true }) },
  ]);
});

test("a read ends with its abort signal", async () => {
  const { ref } = emptyTable();
  const send = jest.spyOn(ref.client, "send");
  const { signal } = new AbortController();
  await readRawRow(ref, "orders", signal);
  expect(send).toHaveBeenCalledWith(expect.anything(), { abortSignal: signal });
});

test("the read that settles an outcome is consistent", async () => {
  const { ref, asked } = emptyTable(true);
  await setActive(ref, "orders", 4, { expect: 3 }).catch(() => {});
  expect(asked.map((request) => request.action)).toEqual(["UpdateItem", "GetItem"]);
  expect(asked[1]?.input.ConsistentRead).toBe(true);
});

test.each<[string, (ref: WritableControlTableRef) => Promise<unknown>]>([
  ["setActive", (ref) => setActive(ref, "orders", 4)],
  ["rollback", (ref) => rollback(ref, "orders", { from: 4, to: 3 })],
  ["seedActive", (ref) => seedActive(ref, "orders", 4)],
  ["releaseActive", (ref) => releaseActive(ref, "orders", 4)],
])("%s never writes without a condition", async (_name, write) => {
  const { ref, asked } = emptyTable();
  await write(ref);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.input.ConditionExpression).toMatch(/\S/);
});

test("a row with our operation only in its history is ours, its previous version is unknown", async () => {
  const { ref } = emptyTable();
  const held = {
    ver: { N: "5" },
    prev: { N: "4" },
    hist: {
      L: [
        { S: "no entry" },
        { M: { ver: { N: "3" }, kind: { S: "foreign" } } },
        { M: { ver: { N: "4" }, kind: { S: "set" }, op: { S: "mine" } } },
      ],
    },
  };
  const refusal = Object.assign(new Error("failed"), {
    name: "ConditionalCheckFailedException",
    $metadata: { httpStatusCode: 400 },
    Item: held,
  });
  jest.spyOn(ref.client, "send").mockRejectedValue(refusal as never);
  const update = await setActive({ ...ref, newOperation: () => "mine" }, "orders", 4);
  expect(update).toEqual({
    alias: "orders",
    version: 4,
    table: "orders_v4",
    operation: "mine",
    activatedAt: expect.any(Number),
    requests: 0,
  });
});

test("our write includes the contract's: ver and at set, strictly greater", async () => {
  const { ref, asked } = emptyTable();
  await setActive({ ...ref, now: () => 1_700_000_000_000 }, "orders", 4);
  expect(asked[0]?.input).toMatchObject({
    Key: { pk: { S: "orders" } },
    UpdateExpression: expect.stringMatching(/^SET #ver = :new, #at = :now,/),
    ConditionExpression: expect.stringContaining("(attribute_not_exists(#ver) OR #ver < :new)"),
    ExpressionAttributeNames: expect.objectContaining({ "#ver": "ver", "#at": "at" }),
    ExpressionAttributeValues: expect.objectContaining({
      ":new": { N: "4" },
      ":now": { N: "1700000000000" },
    }),
  });
});

test.each<[string, (ref: WritableControlTableRef) => Promise<unknown>, string]>([
  ["findActive", (ref) => findActive(ref, "orders"), "GetItem"],
  ["listAliases", scanned, "Scan"],
  ["setActive", (ref) => setActive(ref, "orders", 4), "UpdateItem"],
  ["liftBar", (ref) => liftBar(ref, "orders", 4), "GetItem"],
  ["releaseActive", (ref) => releaseActive(ref, "orders", 4), "DeleteItem"],
])("%s that is denied names its action and the control table", async (_name, call, action) => {
  const { ref } = emptyTable();
  const denial = Object.assign(new Error("no"), {
    name: "AccessDeniedException",
    $metadata: { httpStatusCode: 400 },
  });
  jest.spyOn(ref.client, "send").mockRejectedValue(denial as never);
  const { payload } = await refused(call(ref), "swap.access-denied");
  expect(payload).toMatchObject({ action, resource: "swap" });
});
