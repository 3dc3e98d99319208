import { SwapError } from "../../src/errors";
import { deny } from "../support/forward";
import { REFUSING } from "../support/ports";
import { lineStart } from "../support/refused-inputs";
import { type Database, startDatabase } from "./database";
import { type FakeEndpoint, startFake } from "./fake-endpoint";
import { ended, jsonOf, printed, start, swap } from "./swap";

/** How the line begins that says that nothing answered a read. */
const silence = (endpoint: string) =>
  `swap: ${new SwapError("swap.unreachable", { endpoint, action: "GetItem", reason: "" }).message}`;

let db: Database;
beforeAll(async () => {
  db = await startDatabase();
});
afterAll(() => db.stop());

test("a missing control table exits with 4 and names Region and endpoint", async () => {
  expect(
    await swap(
      ["get", "orders", "--control-table", "nowhere", "--endpoint-url", db.endpoint],
      db.env,
    ),
  ).toEqual({
    code: 4,
    stdout: "",
    stderr: printed("swap.control-table-missing", {
      controlTable: "nowhere",
      region: "eu-west-1",
      endpoint: db.endpoint,
    }),
  });
});

test("a closed port exits with 7", async () => {
  const url = REFUSING;
  const ran = await swap(["get", "orders", "--endpoint-url", url], db.env);
  expect(ran).toEqual({
    code: 7,
    stdout: "",
    stderr: printed("swap.unreachable", {
      endpoint: url,
      action: "GetItem",
      reason: `connect ECONNREFUSED ${url.slice(7)}`,
    }),
  });
});

test("an endpoint that takes the connection and stays silent exits with 7", async () => {
  const silent = await startFake(() => {});
  try {
    const ran = await swap(["get", "orders", "--endpoint-url", silent.url], db.env);
    expect(ran).toMatchObject({ code: 7, stdout: "" });
    expect(ran.stderr).toContain(silence(silent.url));
    expect(ran.stderr.trimEnd().split("\n")).toHaveLength(2);
  } finally {
    await silent.stop();
  }
});

test("an endpoint whose response begins and does not end exits with 7", async () => {
  const trickling = await startFake((_request, response) => {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
    response.write("{");
    const trickle = setInterval(() => response.write(" "), 500);
    response.on("close", () => clearInterval(trickle));
  });
  try {
    const ran = await swap(["get", "orders", "--endpoint-url", trickling.url], db.env);
    expect(ran).toMatchObject({ code: 7, stdout: "" });
    expect(ran.stderr).toContain(silence(trickling.url));
  } finally {
    await trickling.stop();
  }
});

describe("refused", () => {
  let refusing: FakeEndpoint;
  beforeAll(async () => {
    refusing = await startFake((_request, response, operation) => deny(response, operation));
  });
  afterAll(() => refusing.stop());

  test("access denied exits with 6 and names the action to allow", async () => {
    expect(await swap(["resolve", "orders", "--endpoint-url", refusing.url], db.env)).toEqual({
      code: 6,
      stdout: "",
      stderr: expect.stringMatching(
        /^swap: .*: User: arn:aws:iam::123456789012:user\/ops is not authorized to perform: dynamodb:GetItem\n {2}fix: .*dynamodb:GetItem.*\n$/,
      ),
    });
  });

  test("--json keeps the exit code and the payload", async () => {
    const ran = await swap(["get", "orders", "--json", "--endpoint-url", refusing.url], db.env);
    expect(ran).toMatchObject({ code: 6, stderr: "" });
    expect(jsonOf(ran)).toMatchObject({
      error: { code: "swap.access-denied", action: "GetItem", resource: "test_swap" },
    });
  });
});

test("no credentials exit with 6", async () => {
  const ran = await ended(start(["get", "orders"], { ...db.env, AWS_REGION: "eu-west-1" }));
  expect(ran).toMatchObject({ code: 6, stdout: "" });
  expect(ran.stderr).toMatch(
    /^swap: GetItem on "test_swap" .*: Could not load credentials from any providers\n {2}fix: .*AWS credentials.*\n$/,
  );
});

test("a profile that does not exist exits with 6", async () => {
  const env = { ...db.env, AWS_REGION: "eu-west-1" };
  const ran = await ended(start(["get", "orders", "--profile", "nobody"], env));
  expect(ran).toMatchObject({ code: 6, stdout: "" });
  expect(ran.stderr).toMatch(/^swap: .*\(profile "nobody"\)\n {2}fix: .*AWS credentials/m);
});

test("an SDK warning is one line, and none with --json", async () => {
  const args = ["get", "orders", "--profile", "nobody"];
  const ran = await swap(args, db.env);
  expect(ran).toMatchObject({ code: 6, stdout: "" });
  const [remark, ...failure] = ran.stderr.trimEnd().split("\n");
  expect(remark).toMatch(/^swap: Multiple credential sources detected: /);
  expect(failure).toHaveLength(2);
  expect(await swap([...args, "--json"], db.env)).toMatchObject({ code: 6, stderr: "" });
});

test("keys of the environment go before AWS_PROFILE, without a remark", async () => {
  const env = { ...db.env, AWS_PROFILE: "nobody" };
  expect(await swap(["get", "live"], env)).toEqual(await swap(["get", "live"], db.env));
});

test("AWS_DEFAULT_REGION is the Region where AWS_REGION is not set", async () => {
  const env = { ...db.env, AWS_REGION: "", AWS_DEFAULT_REGION: "eu-central-1" };
  const ran = await swap(["get", "orders", "--control-table", "nowhere", "--json"], env);
  expect(jsonOf(ran)).toMatchObject({
    error: { code: "swap.control-table-missing", region: "eu-central-1" },
  });
});

test.each(["HTTP_PROXY", "http_proxy"])("%s is honoured", async (name) => {
  const proxy = await startFake((_request, response, operation) => deny(response, operation));
  const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: "http://dynamodb.test", [name]: proxy.url };
  expect(await swap(["get", "orders"], env)).toMatchObject({ code: 6 });
  await proxy.stop();
});

test("no Region exits with 2 and says how to name one", async () => {
  const { SWAP_CONTROL_TABLE } = db.env;
  const ran = await ended(
    start(["get", "orders"], {
      SWAP_CONTROL_TABLE: SWAP_CONTROL_TABLE as string,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    }),
  );
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toMatch(
    new RegExp(`^swap: ${lineStart("AWS region", "(none)")}\\n {2}fix: .*AWS_REGION.*\\n$`),
  );
});
