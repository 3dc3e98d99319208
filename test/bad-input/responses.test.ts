import "../support/one-realm";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createClient } from "../../src/aws/connection";
import { match, type SwapErrorCode } from "../../src/errors";
import {
  getActive,
  liftBar,
  listAliases,
  releaseActive,
  resolveTable,
  setActive,
} from "../../src/pointer";
import { createResolver } from "../../src/reader";
import { type FakeEndpoint, startFake } from "../cli/fake-endpoint";
import { refused } from "../support/refused";
import { expectClear, planted } from "./clear";

let answer: { status: number; headers: Record<string, string>; body: string };
let endpoint: FakeEndpoint;
let client: DynamoDBClient;
beforeAll(async () => {
  endpoint = await startFake((_request, response) => {
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  client = createClient(
    { region: "eu-west-1", endpoint: endpoint.url },
    {
      credentials: {
        accessKeyId: planted.AWS_ACCESS_KEY_ID,
        secretAccessKey: planted.AWS_SECRET_ACCESS_KEY,
        sessionToken: planted.AWS_SESSION_TOKEN,
      },
      maxAttempts: 1,
    },
  );
});
afterAll(async () => {
  client.destroy();
  await endpoint.stop();
});

const json = { "content-type": "application/x-amz-json-1.0" };
const html = { "content-type": "text/html" };
const exception = (name: string, message?: unknown) =>
  JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message });

const unreachable = "swap.unreachable";
const denied = "swap.access-denied";
const service = "swap.service-error";
/** What a line holds of the answer; the code says what was made of it. */
const foreign = (status: number) => `(HTTP ${status})`;

/** An answer of the service, and what a read makes of it. A write gives the same, or unknown. */
const answers: [
  what: string,
  status: number,
  headers: object,
  body: string,
  SwapErrorCode,
  line: string,
][] = [
  ["a web page", 200, html, "<html><body>Welcome</body></html>", unreachable, foreign(200)],
  ["no JSON", 200, json, "Welcome", unreachable, foreign(200)],
  ["nothing", 200, {}, "", unreachable, foreign(200)],
  ["nothing, called JSON", 200, json, "", unreachable, foreign(200)],
  ["no content", 204, {}, "", unreachable, foreign(204)],
  ["null", 200, json, "null", unreachable, foreign(200)],
  ["a list", 200, json, " []", unreachable, foreign(200)],
  ["half of an answer", 200, json, '{"Item":{"ver":{"N":"4"', unreachable, foreign(200)],
  ["a moved page", 301, { location: "http://elsewhere/" }, "", unreachable, foreign(301)],
  ["an unchanged page", 304, {}, "", unreachable, foreign(304)],
  ["a bare refusal", 400, {}, "", unreachable, foreign(400)],
  ["an empty refusal", 400, json, "{}", unreachable, foreign(400)],
  ["a refusal of another kind", 400, json, '{"message":"no"}', unreachable, foreign(400)],
  ["a page for a refusal", 400, html, "<html>", unreachable, foreign(400)],
  ["a proxy that wants a password", 407, {}, "proxy", unreachable, foreign(407)],
  ["a blocked page", 403, html, "<html>Forbidden</html>", unreachable, foreign(403)],
  ["a missing page", 404, html, "<html>404</html>", unreachable, foreign(404)],
  ["a request too large", 413, {}, "too large", unreachable, foreign(413)],
  ["too many requests", 429, {}, "", unreachable, foreign(429)],
  ["a traceback", 500, {}, 'Traceback:\n  File "/srv/app.py"', unreachable, foreign(500)],
  ["a bad gateway", 502, html, "<html>Bad Gateway</html>", unreachable, foreign(502)],
  ["a gateway that timed out", 504, {}, "", unreachable, foreign(504)],
  ["a server fault", 500, json, exception("InternalServerError", "oops"), unreachable, ": oops; "],
  ["an outage", 503, json, exception("ServiceUnavailable", "later"), unreachable, ": later; "],
  [
    "throttling",
    400,
    json,
    exception("ThrottlingException", "Rate exceeded"),
    unreachable,
    "Rate exceeded",
  ],
  [
    "spent capacity",
    400,
    json,
    exception("ProvisionedThroughputExceededException", "too fast"),
    unreachable,
    ": too fast; ",
  ],
  ["a limit", 400, json, exception("RequestLimitExceeded", "limit"), unreachable, ": limit; "],
  [
    "no such table",
    400,
    json,
    exception("ResourceNotFoundException", "Requested resource not found"),
    "swap.control-table-missing",
    "eu-west-1 at http://127.0.0.1:",
  ],
  [
    "a wrong key",
    400,
    json,
    exception("UnrecognizedClientException", "The security token included is invalid."),
    denied,
    ": The security token included is invalid.; ",
  ],
  [
    "an expired token",
    400,
    json,
    exception("ExpiredTokenException", "The security token included in the request is expired"),
    denied,
    ": The security token included in the request is expired; ",
  ],
  [
    "a late signature",
    400,
    json,
    exception("InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier"),
    denied,
    "Signature expired",
  ],
  [
    "a wrong signature, with the headers that were signed",
    400,
    json,
    exception(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided.\n\n" +
        `The Canonical String for this request should have been\n'POST\n/\n\nhost:dynamodb\n` +
        `x-amz-security-token:${planted.AWS_SESSION_TOKEN}\n'`,
    ),
    denied,
    ": The request signature we calculated does not match the signature you provided.; ",
  ],
  [
    "no signature",
    400,
    json,
    exception("MissingAuthenticationTokenException", "Missing Authentication Token"),
    denied,
    "Missing Authentication Token",
  ],
  [
    "a denial",
    400,
    json,
    exception("AccessDeniedException", "User: x is not authorized to perform this"),
    denied,
    ": User: x is not authorized to perform this; allow dynamodb:GetItem ",
  ],
  [
    "a denial without a word",
    400,
    json,
    exception("AccessDeniedException"),
    denied,
    "dynamodb:GetItem ",
  ],
  [
    "a refusal over lines",
    400,
    json,
    exception("ValidationException", "One or more\n  parameters\n"),
    service,
    ": ValidationException: One or more parameters; ",
  ],
  [
    "a page of reasons",
    400,
    json,
    exception("ValidationException", "x".repeat(9_000)),
    service,
    "x…",
  ],
  ["a reason that is no text", 400, json, exception("ValidationException", { a: 1 }), service, ""],
  ["a number for a reason", 400, json, exception("ValidationException", 7), service, ""],
  [
    "an unknown exception",
    400,
    json,
    exception("NewException", "new"),
    service,
    "NewException: new",
  ],
  ["a limit of the account", 400, json, exception("LimitExceededException", "x"), service, ": x; "],
  ["a number for an exception", 400, json, '{"__type":7,"message":"x"}', service, ": 7: x; "],
  [
    "a condition that nobody set",
    400,
    json,
    exception("ConditionalCheckFailedException", "no"),
    service,
    ": no; ",
  ],
];

async function lineOf(doing: Promise<unknown>, codes: SwapErrorCode[]): Promise<string> {
  const error = await doing.then(
    (value) => new Error(`taken: ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  const found = codes.find((code) => match(error, code));
  if (found === undefined) throw error;
  return (error as { line: string }).line;
}

test.each(answers)(
  "%s: HTTP %d gives one line",
  async (_what, status, headers, body, code, want) => {
    answer = { status, headers: headers as Record<string, string>, body };
    const ref = { client, controlTable: "shop_swap" };
    const line = await lineOf(getActive(ref, "orders"), [code]);
    expect(line).toContain(want);
    expectClear(line);
    const listing = (async () => {
      for await (const _ of listAliases(ref));
    })();
    expectClear(await lineOf(listing, [code]));
    // A write that may have been carried out is never told as refused.
    const isRefusal = status >= 400 && status < 500;
    const told = await lineOf(setActive(ref, "orders", 5), [
      isRefusal ? code : "swap.outcome-unknown",
    ]);
    expectClear(told);
  },
);

test("a client of the caller's own is not fooled by an empty answer either", async () => {
  answer = { status: 200, headers: {}, body: "" };
  const own = new DynamoDBClient({
    region: "eu-west-1",
    endpoint: endpoint.url,
    credentials: { accessKeyId: "own", secretAccessKey: "own" },
    maxAttempts: 1,
  });
  const ref = { client: own, controlTable: "shop_swap" };
  await lineOf(resolveTable(ref, "orders"), [unreachable]);
  await lineOf(setActive(ref, "orders", 5), ["swap.outcome-unknown"]);
  await lineOf(liftBar(ref, "orders", 5), [unreachable]);
  await lineOf(releaseActive(ref, "orders", 5), [unreachable]);
  // Two aliases in one BatchGetItem.
  const readers = ["orders", "invoices"].map((alias) => createResolver({ ...ref, alias }));
  await Promise.all(readers.map((reader) => lineOf(reader.resolve(), [unreachable])));
  for (const reader of readers) reader.stop();
  own.destroy();
});

/** Answers with 200 that hold no row as DynamoDB would send it. */
test.each([
  ["a list for a row", '{"Item":[]}'],
  ["text for a row", '{"Item":"x"}'],
  ["a version without a type", '{"Item":{"pk":{"S":"orders"},"ver":4}}'],
  ["no value", '{"Item":{"ver":null}}'],
  ["an unknown type", '{"Item":{"ver":{"Z":"4"}}}'],
])("%s is a malformed row, not version 0 or 1", async (_what, body) => {
  answer = { status: 200, headers: json, body };
  const ref = { client, controlTable: "shop_swap" };
  const { payload, line } = await refused(getActive(ref, "orders"), "swap.malformed-row");
  expect(payload).toMatchObject({ alias: "orders", attribute: "ver" });
  expectClear(line);
});

test.each([
  ["bars", '{"Item":{"ver":{"N":"4"},"barred":{"NS":"x"}}}'],
  ["a history", '{"Item":{"ver":{"N":"4"},"hist":{"L":"x"}}}'],
])("%s of another type are read as none, and the version is read", async (_what, body) => {
  answer = { status: 200, headers: json, body };
  const row = await getActive({ client, controlTable: "shop_swap" }, "orders");
  expect(row).toMatchObject({ version: 4, barred: [], history: [] });
});
