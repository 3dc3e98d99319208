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

/** What the SDK throws, the code it becomes, and the whole line that people read. */
const cases: [string, Error, SwapErrorCode, string][] = [
  [
    "no such table",
    failure("ResourceNotFoundException", "Requested resource not found"),
    "swap.control-table-missing",
    `control table "swap" does not exist in region eu-west-1 at ${endpoint}; ` +
      "check its name, the region and the account; the ControlTable component creates it",
  ],
  [
    "a denial",
    failure("AccessDeniedException", denial),
    "swap.access-denied",
    `GetItem on "swap" was refused: ${denial}; allow dynamodb:GetItem on the table's ARN for this caller`,
  ],
  [
    "a denial over two lines",
    failure("AccessDeniedException", "no\n  way"),
    "swap.access-denied",
    'GetItem on "swap" was refused: no way; allow dynamodb:GetItem on the table\'s ARN for this caller',
  ],
  [
    "an expired token",
    failure("ExpiredTokenException", "The security token is expired"),
    "swap.access-denied",
    'GetItem on "swap" was refused: The security token is expired; ' +
      "provide valid AWS credentials: environment variables, a profile, SSO or an instance role",
  ],
  [
    "no credentials",
    failure("CredentialsProviderError", "Could not load credentials from any providers"),
    "swap.access-denied",
    'GetItem on "swap" was refused: Could not load credentials from any providers; ' +
      "provide valid AWS credentials: environment variables, a profile, SSO or an instance role",
  ],
  [
    "a token's file that is not there",
    failure("Error", "ENOENT: no such file or directory, open '/token'", {
      code: "ENOENT",
      syscall: "open",
      path: "/token",
    }),
    "swap.access-denied",
    "GetItem on \"swap\" was refused: ENOENT: no such file or directory, open '/token'; " +
      "provide valid AWS credentials: environment variables, a profile, SSO or an instance role",
  ],
  [
    "a role that may not be assumed",
    failure("AccessDenied", "User is not authorized to perform: sts:AssumeRole"),
    "swap.access-denied",
    'GetItem on "swap" was refused: User is not authorized to perform: sts:AssumeRole; ' +
      "allow this caller to assume the role, and have the role's trust policy name the caller",
  ],
  [
    "no region",
    failure("Error", "Region is missing"),
    "swap.input-invalid",
    "no AWS region given; " + "set AWS_REGION, the profile's region, or pass a region",
  ],
  [
    "an impossible region",
    failure("Error", 'Region not accepted: region="eu/west" is not a valid hostname component.'),
    "swap.input-invalid",
    'AWS region "eu/west" is not valid: it can\'t be part of a host name; name a region such as eu-west-1',
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
  ).map(([name, error]): [string, Error, SwapErrorCode, string] => [
    name,
    error,
    "swap.unreachable",
    `no answer from ${endpoint} to GetItem: ${error.message}; ` +
      "check the region, the endpoint and the network, then try again",
  ]),
  [
    "a request DynamoDB can't make sense of",
    failure("ValidationException", "The provided key element does not match the schema", {
      $metadata: { httpStatusCode: 400, requestId: "R1" },
    }),
    "swap.service-error",
    'GetItem on "swap" failed: ValidationException: The provided key element does not match the schema; ' +
      "see the DynamoDB error reference for this message (request R1)",
  ],
];

test.each(cases)("%s gives one line, its cause kept", async (_case, error, code, line) => {
  const told = await fromAws(error, context);
  expect([told.code, told.line]).toEqual([code, line]);
  expect(told.cause).toBe(error);
});

test("a dual-stack connection refused twice, which has no message of its own, names both", async () => {
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
  expect(error.line).toBe(
    "no answer from https://dynamodb.example to GetItem: what answered (HTTP 302) is not a DynamoDB endpoint; " +
      "check the region, the endpoint and the network, then try again",
  );
  secure.destroy();
});

test("without an endpoint of one's own the region is named", async () => {
  const missing = await fromAws(failure("ResourceNotFoundException", "not found"), {
    ...context,
    client: regional,
  });
  expect(missing.payload).toEqual({ controlTable: "swap", region: "eu-west-1" });
  const silent = await fromAws(failure("TimeoutError", "x"), { ...context, client: regional });
  expect(silent.message).toBe("no answer from DynamoDB in region eu-west-1 to GetItem: x");
});

test("a client whose region is not known, and one with a profile, are named by what is known", async () => {
  const lost = createClient({ region: "eu-west-1", profile: "shop" });
  lost.config.region = async () => {
    throw new Error("Region is missing");
  };
  const of = async (name: string) =>
    (await fromAws(failure(name, "x"), { ...context, client: lost })).line;
  expect(await of("TimeoutError")).toMatch(
    /^no answer from DynamoDB in region \(no region\) to GetItem/,
  );
  expect(await of("ResourceNotFoundException")).toMatch(/^control table "swap" does not exist; /);
  expect(await of("CredentialsProviderError")).toMatch(
    / was refused: x \(profile "shop"\); provide /,
  );
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

test("an error of ours passes through as it is", async () => {
  const ours = new SwapError("swap.no-active-version", { alias: "a", controlTable: "t" });
  expect(await fromAws(ours, context)).toBe(ours);
});

test("what is thrown without being an error is shown as it is", async () => {
  const told = await fromAws("out of order", context);
  expect(told.line).toMatch(/^GetItem on "swap" failed: out of order; /);
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
