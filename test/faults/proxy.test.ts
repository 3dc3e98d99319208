import { request } from "node:http";
import { createControlTable } from "../../src/pointer";
import { getRaw } from "../contract/pointer/bench";
import { backends } from "../support/backends";
import { clientWithoutPauses } from "./clients";
import type { FaultName } from "./fault";
import { type QueuedProxy, startQueuedProxy } from "./queued";
import { Turns } from "./turns";

const controlTable = "proxied";
let stops: (() => Promise<unknown> | unknown)[] = [];
let proxy: QueuedProxy;
let direct: { client: Awaited<ReturnType<typeof clientWithoutPauses>>; controlTable: string };

beforeAll(async () => {
  const running = await (backends[0] as (typeof backends)[number]).start();
  const client = await clientWithoutPauses(running.endpoint);
  direct = { client, controlTable };
  await createControlTable(direct);
  proxy = await startQueuedProxy(running.endpoint);
  stops = [() => proxy.stop(), () => client.destroy(), () => running.stop()];
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

/** One plain HTTP request that puts a row: what its client sees, without an SDK in between. */
function put(alias: string): Promise<string> {
  const body = JSON.stringify({
    TableName: controlTable,
    Item: { pk: { S: alias }, ver: { N: "1" } },
    ReturnValues: "ALL_OLD",
  });
  return new Promise((seen) => {
    const sent = request(
      proxy.endpoint,
      {
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.0",
          "content-length": body.length,
          "x-amz-target": "DynamoDB_20120810.PutItem",
          authorization:
            "AWS4-HMAC-SHA256 Credential=t/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
          "x-amz-date": "20260101T000000Z",
        },
      },
      (answer) => {
        let text = "";
        answer.on("data", (data) => {
          text += data;
        });
        answer.on("end", () => {
          const name = /#(\w+)"/.exec(text)?.[1];
          seen(`${answer.statusCode}${name === undefined ? "" : ` ${name}`}`);
        });
        answer.on("error", () => seen(`${answer.statusCode} and ${text.length > 0 ? "half" : ""}`));
      },
    );
    sent.on("error", (error: NodeJS.ErrnoException) => seen(`${error.code} ${error.message}`));
    sent.end(body);
  });
}

test.each<[FaultName, string, boolean]>([
  ["pass", "200", true],
  ["lose request", "ECONNRESET socket hang up", false],
  ["lose response", "ECONNRESET socket hang up", true],
  ["reset before", "ECONNRESET read ECONNRESET", false],
  ["reset after", "ECONNRESET read ECONNRESET", true],
  ["cut body", "200 and half", true],
  ["blank", "200", false],
  ["blank after", "200", true],
  ["fail", "500 InternalServerError", false],
  ["fail after", "500 InternalServerError", true],
  ["throttle", "400 ThrottlingException", false],
  ["deny", "400 AccessDeniedException", false],
  ["fail condition", "400 ConditionalCheckFailedException", false],
  ["late", "ECONNRESET socket hang up", false],
])("%s: the client sees %s, and the row is there: %s", async (fault, seen, written) => {
  const alias = fault.replace(" ", "-");
  if (fault === "cut body") await put(alias);
  proxy.plan("PutItem", [fault]);
  expect(await put(alias)).toBe(seen);
  expect((await getRaw(direct, alias)) !== undefined).toBe(written);
  if (fault !== "late") return;
  expect(await proxy.deliver()).toEqual([200]);
  expect(await getRaw(direct, alias)).toBeDefined();
});

test("turns go to those who wait, as chosen, and held ones after the others", async () => {
  const told: string[] = [];
  const actor = (name: string, delay: number) => async () => {
    for (let step = 1; step <= 2; step++) {
      await turns.wait(delay);
      told.push(`${name}${step}`);
      await new Promise(setImmediate);
    }
  };
  const turns = new Turns(() => 0);
  turns.later(1, async () => void told.push("late"));
  await turns.run([actor("a", 2), actor("b", 0)]);
  expect(told).toEqual(["b1", "late", "a1", "b2", "a2"]);
});
