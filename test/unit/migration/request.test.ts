import { DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { sendRequest } from "../../../src/migration/request";

const noAnswer = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

/** A client that fails `failures` times, and a clock that only pauses move. */
function failing(failures: number, error: () => Error) {
  let now = 0;
  let requests = 0;
  const client = {
    config: { region: async () => "us-east-1", endpoint: undefined },
    send: async () => {
      requests += 1;
      if (requests <= failures) throw error();
      return { ok: true };
    },
  } as unknown as DynamoDBClient;
  const clock = {
    now: () => now,
    async sleep(ms: number) {
      now += ms;
    },
  };
  const send = () =>
    sendRequest(
      { client, clock },
      "t",
      "DescribeTable",
      new DescribeTableCommand({ TableName: "t" }),
    );
  return { send, requests: () => requests, elapsed: () => now };
}

test("a request without an answer is sent again", async () => {
  const { send, requests } = failing(5, noAnswer);
  expect(await send()).toEqual({ ok: true });
  expect(requests()).toBe(6);
});

test("an endpoint that never answers is given up after a minute at most", async () => {
  const { send, requests, elapsed } = failing(1_000, noAnswer);
  await expect(send()).rejects.toMatchObject({ code: "swap.unreachable" });
  expect(requests()).toBeGreaterThan(5);
  expect(elapsed()).toBeLessThanOrEqual(60_000);
});

test("a request that was denied is sent once", async () => {
  const denied = () => Object.assign(new Error("no"), { name: "AccessDeniedException" });
  const { send, requests } = failing(1_000, denied);
  await expect(send()).rejects.toMatchObject({ code: "swap.access-denied" });
  expect(requests()).toBe(1);
});
