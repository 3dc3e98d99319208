import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { send } from "../../../src/aws";
import { createClient } from "../../../src/aws/connection";
import { rememberEndpoint } from "../../../src/aws/endpoint";
import { SwapError, type SwapErrorCode } from "../../../src/errors";
import { fromAws } from "../../../src/pointer";

import "../../support/one-realm";

const endpoint = "http://127.0.0.1:8123";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const client = createClient({ region: "eu-west-1", endpoint });
const regional = createClient({ region: "eu-west-1" });
afterAll(() => {
  client.destroy();
  regional.destroy();
});
const context = { client, action: "GetItem", controlTable: "swap" };

const failure = (name: string, message: string, rest: object = {}) =>
  Object.assign(new Error(message), { name, ...rest });
const denial = "User: arn:aws:iam::1:user/a is not authorized to perform: dynamodb:GetItem";

/** A fix for each way of being refused; their wording is in the snapshot of all messages. */
const fix = {
  allow: expect.stringContaining("dynamodb:GetItem"),
  login: expect.stringContaining("AWS credentials"),
  trust: expect.stringContaining("trust policy"),
};
const denied = (reason: string, fix: unknown) => ({
  action: "GetItem",
  resource: "swap",
  reason,
  fix,
});
const silent = (reason: string) => ({ endpoint, action: "GetItem", reason });

/** What the SDK throws, the code it becomes, and what it carries. */
const cases: [string, Error, SwapErrorCode, object][] = [
  [
    "no such table",
    failure("ResourceNotFoundException", "Requested resource not found"),
    "swap.control-table-missing",
    { controlTable: "swap", region: "eu-west-1", endpoint },
  ],
  [
    "a denial",
    failure("AccessDeniedException", denial),
    "swap.access-denied",
    denied(denial, fix.allow),
  ],
  [
    "a denial over two lines",
    failure("AccessDeniedException", "no\n  way"),
    "swap.access-denied",
    denied("no way", fix.allow),
  ],
  [
    "an expired token",
    failure("ExpiredTokenException", "The security token is expired"),
    "swap.access-denied",
    denied("The security token is expired", fix.login),
  ],
  [
    "no credentials",
    failure("CredentialsProviderError", "Could not load credentials from any providers"),
    "swap.access-denied",
    denied("Could not load credentials from any providers", fix.login),
  ],
  [
    "a token's file that is not there",
    failure("Error", "ENOENT: no such file or directory, open '/token'", {
      code: "ENOENT",
      syscall: "open",
      path: "/token",
    }),
    "swap.access-denied",
    denied("ENOENT: no such file or directory, open '/token'", fix.login),
  ],
  [
    "a role that may not be assumed",
    failure("AccessDenied", "User is not authorized to perform: sts:AssumeRole"),
    "swap.access-denied",
    denied("User is not authorized to perform: sts:AssumeRole", fix.trust),
  ],
  [
    "no region",
    failure("Error", "Region is missing"),
    "swap.input-invalid",
    { name: "AWS region", value: "(none)" },
  ],
  [
    "an impossible region",
    failure("Error", 'Region not accepted: region="eu/west" is not a valid hostname component.'),
    "swap.input-invalid",
    { name: "AWS region", value: '"eu/west"' },
  ],
  ...(
    [
      ["a refused connection", failure("Error", "connect ECONNREFUSED", { code: "ECONNREFUSED" })],
      ["an unknown host", failure("Error", "getaddrinfo ENOTFOUND x", { code: "ENOTFOUND" })],
      ["a time-out", failure("TimeoutError", "no answer in 10000 ms")],
      ["throttling", failure("ThrottlingException", "Rate exceeded")],
      ["spent capacity", failure("ProvisionedThroughputExceededException", "too many reads")],
      [
        "a server fault",
        failure("InternalServerError", "try later", { $metadata: { httpStatusCode: 500 } }),
      ],
    ] as [string, Error][]
  ).map(([name, error]): [string, Error, SwapErrorCode, object] => [
    name,
    error,
    "swap.unreachable",
    silent(error.message),
  ]),
  [
    "a request DynamoDB can't make sense of",
    failure("ValidationException", "The provided key element does not match the schema", {
      $metadata: { httpStatusCode: 400, requestId: "R1" },
    }),
    "swap.service-error",
    {
      action: "GetItem",
      resource: "swap",
      reason: "ValidationException: The provided key element does not match the schema",
      requestId: "R1",
    },
  ],
];

test.each(cases)(
  "%s: its code and payload, its cause kept",
  async (_case, error, code, payload) => {
    const told = await fromAws(error, context);
    expect(told).toMatchObject({ code, payload });
    expect(told.cause).toBe(error);
  },
);

test("a dual-stack connection that is refused twice, without a message, names both addresses", async () => {
  const both = ["connect ECONNREFUSED ::1:1", "connect ECONNREFUSED 127.0.0.1:1"];
  const error = Object.assign(new AggregateError(both.map((each) => new Error(each))), {
    code: "ECONNREFUSED",
  });
  expect(await fromAws(error, context)).toMatchObject({
    code: "swap.unreachable",
    payload: { endpoint, action: "GetItem", reason: both.join(", ") },
  });
});

test("an endpoint without a port is named without one, and a foreign answer by its status", async () => {
  const secure = createClient({ region: "eu-west-1", endpoint: "https://dynamodb.example" });
  const page = failure("SyntaxError", "Unexpected token. Deserialization error: see $response", {
    $response: { statusCode: 302 },
  });
  const error = await fromAws(page, { ...context, client: secure });
  expect(error).toMatchObject({
    code: "swap.unreachable",
    payload: { endpoint: "https://dynamodb.example", reason: expect.stringContaining("HTTP 302") },
  });
  secure.destroy();
});

test("without a custom endpoint the region is named", async () => {
  const missing = await fromAws(failure("ResourceNotFoundException", "not found"), {
    ...context,
    client: regional,
  });
  expect(missing.payload).toEqual({ controlTable: "swap", region: "eu-west-1" });
  const { payload } = await fromAws(failure("TimeoutError", "x"), { ...context, client: regional });
  expect(payload).toEqual({ ...silent("x"), endpoint: "DynamoDB in region eu-west-1" });
});

test("a client with an unknown region, and one with a profile, are named by what is known", async () => {
  const lost = createClient({ region: "eu-west-1", profile: "shop" });
  lost.config.region = async () => {
    throw new Error("Region is missing");
  };
  const of = async (name: string) =>
    (await fromAws(failure(name, "x"), { ...context, client: lost })).payload;
  expect(await of("TimeoutError")).toMatchObject({ endpoint: "DynamoDB in region (no region)" });
  expect(await of("ResourceNotFoundException")).toEqual({ controlTable: "swap" });
  expect(await of("CredentialsProviderError")).toEqual(denied('x (profile "shop")', fix.login));
  lost.destroy();
});

test("an endpoint of the environment is named without the password in it", async () => {
  process.env.AWS_ENDPOINT_URL_DYNAMODB = "http://user:hunter2@127.0.0.1:1/x";
  const named = createClient({ region: "eu-west-1" }, { credentials, maxAttempts: 1 });
  const command = new GetItemCommand({ TableName: "shop_swap", Key: { pk: { S: "a" } } });
  const error = await fromAws(await send(named, command).catch((thrown) => thrown), {
    ...context,
    client: named,
  });
  delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
  expect(error.payload).toMatchObject({ endpoint: "http://127.0.0.1:1" });
  expect(error.message).not.toContain("hunter2");
  named.destroy();
});

test("DynamoDB's own endpoint is named by its Region, another one by its origin", async () => {
  for (const [hostname, endpoint] of [
    ["dynamodb.eu-west-1.amazonaws.com", "DynamoDB in region eu-west-1"],
    ["dynamodb-fips.eu-west-1.api.aws", "DynamoDB in region eu-west-1"],
    ["123456789012.ddb.eu-west-1.amazonaws.com", "DynamoDB in region eu-west-1"],
    ["vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com", undefined],
  ] as const) {
    const client = createClient({ region: "eu-west-1" });
    rememberEndpoint(client, { protocol: "https:", hostname });
    expect((await fromAws(failure("TimeoutError", "x"), { ...context, client })).payload).toEqual({
      endpoint: endpoint ?? `https://${hostname}`,
      action: "GetItem",
      reason: "x",
    });
  }
});

test.each([
  ["a code of something else", failure("Error", "x", { code: "MISSED" })],
  ["a code in small letters", failure("Error", "x", { code: "EXpired" })],
  ["a code with ERR_ in it", failure("Error", "x", { code: "XERR_A" })],
  ["a name with a time-out in it", failure("NoTimeoutError", "x")],
  [
    "a name that ends as an unknown one",
    failure("NotUnknown", "x", { $metadata: { httpStatusCode: 400 } }),
  ],
  [
    "a name that begins as an unknown one",
    failure("UnknownThing", "x", { $metadata: { httpStatusCode: 400 } }),
  ],
  ["an unknown error without an answer", failure("UnknownError", "x")],
])("%s is no failure of the network", async (_what, error) => {
  expect((await fromAws(error, context)).code).toBe("swap.service-error");
});

test("a socket that can't be connected is no answer, not a file that can't be read", async () => {
  const socket = { code: "ENOENT", syscall: "connect", path: "/run/dynamodb.sock" };
  const told = await fromAws(
    failure("Error", "connect ENOENT /run/dynamodb.sock", socket),
    context,
  );
  expect(told.code).toBe("swap.unreachable");
});

test("a reason over lines is one line in the payload, and is cut after 500 characters", async () => {
  const reason = async (message: string) =>
    (await fromAws(failure("TimeoutError", message), context)).payload;
  expect(await reason("no\nway")).toMatchObject({ reason: "no way" });
  expect(await reason("x".repeat(500))).toMatchObject({ reason: "x".repeat(500) });
  expect(await reason("x".repeat(501))).toMatchObject({ reason: `${"x".repeat(500)}…` });
});

test("a SwapError passes through unchanged", async () => {
  const ours = new SwapError("swap.no-active-version", { alias: "a", controlTable: "t" });
  expect(await fromAws(ours, context)).toBe(ours);
});

test("a thrown value that is no Error is shown unchanged", async () => {
  const told = await fromAws("out of order", context);
  expect(told).toMatchObject({ code: "swap.service-error", payload: { reason: "out of order" } });
});

test("a table other than the control table that does not exist says nothing of the control table", async () => {
  const gone = failure("ResourceNotFoundException", "Requested resource not found: x_v1");
  for (const action of ["ListTagsOfResource", "UpdateTable"]) {
    const error = await fromAws(gone, { client, action, table: "x_v1" });
    expect(error).toMatchObject({
      code: "swap.service-error",
      payload: { resource: "x_v1", action },
    });
  }
});

test("an error of that name from behind the credentials is no missing table", async () => {
  const wrapped = failure("ResourceNotFoundException", "no such role", { tryNextLink: false });
  expect((await fromAws(wrapped, context)).code).toBe("swap.access-denied");
});
