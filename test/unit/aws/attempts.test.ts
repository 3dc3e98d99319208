import "../../support/one-realm";
import { readFileSync } from "node:fs";
import { Agent, createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, Socket } from "node:net";
import { dirname, join } from "node:path";
import { type DynamoDBClientConfig, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { watchAttempts } from "../../../src/aws/attempts";
import { createClient } from "../../../src/aws/connection";
import { neverSent } from "../../../src/aws/network-failures";
import { isSwapError, type SwapErrorCode } from "../../../src/errors";
import { setActive } from "../../../src/pointer";
import { REFUSING } from "../../support/ports";

/** What the SDK makes of real servers: its errors are not made up here. */
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server, scheme = "http"): Promise<string> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const clientOf = (endpoint: string, overrides: DynamoDBClientConfig = {}) =>
  createClient(
    { region: "eu-west-1", endpoint },
    {
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
      ...overrides,
    },
  );

const answering = (status: number, body: string) =>
  createHttpServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
    response.end(body);
  });

/** Its key and certificate are for tests and long expired. */
const testTls = (name: string) =>
  readFileSync(join(dirname(require.resolve("dynalite")), "ssl", name));
const selfMade = () =>
  createHttpsServer({ key: testTls("server-key.pem"), cert: testTls("server-crt.pem") });

/** A socket that stays in connecting, as towards an address that drops every packet. */
function neverConnecting(): DynamoDBClientConfig {
  const httpAgent = new Agent();
  httpAgent.createConnection = () => Object.assign(new Socket(), { connecting: true });
  return { requestHandler: { httpAgent, connectionTimeout: 20 } };
}

interface Case {
  what: string;
  at: () => Promise<string>;
  overrides?: DynamoDBClientConfig;
  maybeApplied: boolean;
  /** What a set there gets. */
  code: SwapErrorCode;
}

const exception = (name: string) => JSON.stringify({ __type: `com.amazonaws#${name}` });
const cutting = () =>
  createHttpServer((_request, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("{", () => response.destroy());
  });

test.each<Case>([
  {
    what: "a port that nothing listens on",
    at: async () => REFUSING,
    maybeApplied: false,
    code: "swap.unreachable",
  },
  {
    what: "a connection that is never made",
    at: async () => "http://127.0.0.1:9",
    overrides: neverConnecting(),
    maybeApplied: false,
    code: "swap.unreachable",
  },
  {
    what: "https where plain http is spoken",
    at: async () => (await listening(answering(200, "{}"))).replace("http", "https"),
    maybeApplied: false,
    code: "swap.unreachable",
  },
  {
    what: "a certificate that is not accepted",
    at: () => listening(selfMade(), "https"),
    maybeApplied: false,
    code: "swap.unreachable",
  },
  {
    what: "a refusal",
    at: () => listening(answering(400, exception("ValidationException"))),
    maybeApplied: false,
    code: "swap.service-error",
  },
  {
    what: "a failed condition",
    at: () => listening(answering(400, exception("ConditionalCheckFailedException"))),
    maybeApplied: false,
    code: "swap.service-error",
  },
  {
    what: "a throttle",
    at: () => listening(answering(400, exception("ThrottlingException"))),
    maybeApplied: false,
    code: "swap.unreachable",
  },
  {
    what: "a refusal that is no JSON, as a proxy sends",
    at: () => listening(answering(403, "<html>blocked</html>")),
    maybeApplied: false,
    code: "swap.unreachable",
  },
  {
    what: "a server fault",
    at: () => listening(answering(500, exception("InternalServerError"))),
    maybeApplied: true,
    code: "swap.outcome-unknown",
  },
  {
    what: "a connection closed without an answer",
    at: () => listening(createTcpServer((socket) => socket.once("data", () => socket.destroy()))),
    maybeApplied: true,
    code: "swap.outcome-unknown",
  },
  {
    what: "an answer cut off",
    at: () => listening(cutting()),
    maybeApplied: true,
    code: "swap.outcome-unknown",
  },
  {
    what: "an answer that is no JSON",
    at: () => listening(answering(200, "<html>welcome</html>")),
    maybeApplied: true,
    code: "swap.outcome-unknown",
  },
  {
    what: "silence",
    at: () => listening(createTcpServer(() => {})),
    overrides: { requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true } },
    maybeApplied: true,
    code: "swap.outcome-unknown",
  },
])("$what: maybe applied is $maybeApplied, a set gets $code", async (each) => {
  const client = clientOf(await each.at(), each.overrides);
  const command = new UpdateItemCommand({ TableName: "swap", Key: { pk: { S: "a" } } });
  const attempts = watchAttempts(command);
  await expect(client.send(command)).rejects.toBeDefined();
  expect(attempts).toEqual({ count: 1, maybeApplied: each.maybeApplied });

  const told = await setActive({ client, controlTable: "swap" }, "orders", 4).catch((e) => e);
  client.destroy();
  if (!isSwapError(told)) throw told;
  expect(told.code).toBe(each.code);
  expect(told.line).not.toMatch(/\n|undefined/);
});

/** What takes its own network to bring about. */
test.each([
  [{ code: "ETIMEDOUT", syscall: "connect" }, true],
  [{ code: "ECONNREFUSED" }, true],
  [{ code: "EAI_FAIL", syscall: "getaddrinfo" }, true],
  [{ code: "ERR_TLS_CERT_ALTNAME_INVALID" }, true],
  [{ code: "SELF_SIGNED_CERT_IN_CHAIN" }, true],
  [{ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }, true],
  [{ code: "ETIMEDOUT", syscall: "read" }, false],
  [{ code: "ETIMEDOUT", name: "TimeoutError", message: "a request has exceeded" }, false],
  [{ code: "ECONNRESET", syscall: "read" }, false],
  [{ code: "EPIPE", syscall: "write" }, false],
  [{ code: "EPROTO", syscall: "write", message: "bad record mac" }, false],
  [{ code: "ECONNRESET", message: "wrong version number" }, false],
  [{ code: "ECONNRESET", message: "did not establish a connection" }, false],
  [{ name: "Error", message: "did not establish a connection" }, false],
  [{}, false],
])("%j was never sent: %p", (failure, never) => {
  expect(neverSent(failure)).toBe(never);
});
