import type { BatchWriteItemCommand, DynamoDBClient, WriteRequest } from "@aws-sdk/client-dynamodb";
import { type Write, writeItems } from "../../../src/migration/write-items";

const puts = (count: number): Write[] =>
  Array.from({ length: count }, (_, index) => ({ put: { pk: { S: `k${index}` } } }));

/** A client whose BatchWriteItem is `answer`, with the sizes of the requests and the pauses. */
function scripted(answer: (writes: WriteRequest[]) => WriteRequest[]) {
  const sizes: number[] = [];
  const pauses: number[] = [];
  const client = {
    config: { region: async () => "us-east-1" },
    send: async (command: BatchWriteItemCommand) => {
      const writes = command.input.RequestItems?.t ?? [];
      sizes.push(writes.length);
      const left = answer(writes);
      return { UnprocessedItems: left.length > 0 ? { t: left } : {} };
    },
  } as unknown as DynamoDBClient;
  const clock = {
    now: () => 0,
    async sleep(ms: number) {
      pauses.push(ms);
    },
  };
  return { sizes, pauses, at: { client, table: "t", clock, random: () => 1 } };
}

const invalid = (): never => {
  throw Object.assign(new Error("Item size has exceeded the maximum allowed size"), {
    name: "ValidationException",
    $metadata: { httpStatusCode: 400 },
  });
};

test("25 writes go in one request, and unprocessed ones are sent again after a pause", async () => {
  let first = true;
  const { sizes, pauses, at } = scripted((writes) => {
    const left = first ? writes.slice(20) : [];
    first = false;
    return left;
  });
  expect(await writeItems(at, puts(30))).toEqual([]);
  expect(sizes).toEqual([25, 5, 5]);
  expect(pauses).toEqual([50]);
});

test("a table that processes nothing is given up, with pauses that grow to 5 s", async () => {
  const { sizes, pauses, at } = scripted((writes) => writes);
  await expect(writeItems(at, puts(3))).rejects.toMatchObject({
    code: "swap.service-error",
    payload: { action: "BatchWriteItem", resource: "t" },
  });
  expect(sizes).toHaveLength(12);
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000]);
});

test("progress starts the count of tries again", async () => {
  let requests = 0;
  const { at } = scripted((writes) => (++requests % 11 === 0 ? writes.slice(1) : writes));
  expect(await writeItems(at, puts(4))).toEqual([]);
});

test("writes that DynamoDB refuses are found by halving, and all others are written", async () => {
  const written: string[] = [];
  const { at } = scripted((writes) => {
    const keys = writes.map(({ PutRequest }) => PutRequest?.Item?.pk?.S ?? "");
    if (keys.includes("k3") || keys.includes("k17")) invalid();
    written.push(...keys);
    return [];
  });
  const refused = await writeItems(at, puts(25));
  expect(refused.map(({ write }) => write)).toEqual([puts(4)[3], puts(18)[17]]);
  expect(refused[0]?.reason).toBe(
    "DynamoDB refused it: Item size has exceeded the maximum allowed size",
  );
  expect(written).toHaveLength(23);
});

test.each([
  ["UnknownError", 413, "the request is too large (HTTP 413)"],
  ["SerializationException", 400, "DynamoDB refused it: too long"],
])("a request that is too large is halved too: %s", async (name, httpStatusCode, reason) => {
  const written: string[] = [];
  const { at } = scripted((writes) => {
    const keys = writes.map(({ PutRequest }) => PutRequest?.Item?.pk?.S ?? "");
    if (keys.length > 7 || keys.includes("k3"))
      throw Object.assign(new Error("too long"), { name, $metadata: { httpStatusCode } });
    written.push(...keys);
    return [];
  });
  const refused = await writeItems(at, puts(25));
  expect(refused).toEqual([{ write: puts(4)[3], reason }]);
  expect(written).toHaveLength(24);
});

test("another failure is thrown", async () => {
  const { at } = scripted(() => {
    throw Object.assign(new Error("no"), {
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 400 },
    });
  });
  await expect(writeItems(at, puts(2))).rejects.toMatchObject({ code: "swap.access-denied" });
});
