import "../../support/one-realm";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { Agent } from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { type Connection, createClient } from "../../../src/aws/connection";
import { findActive, setActive } from "../../../src/pointer";
import { REFUSING } from "../../support/ports";
import { refused } from "../../support/refused";

/** Both a read and a write, since only the write has an outcome that could be called unknown. */
const operations: [string, string, typeof findActive][] = [
  ["a read", "GetItem", findActive],
  ["a write", "UpdateItem", (ref, alias) => setActive(ref, alias, 4) as never],
];
const noCredentials = expect.stringContaining("AWS credentials");
const credentials = { accessKeyId: "test", secretAccessKey: "test" };

let home: string;
const servers: Server[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pulumi-swap-"));
  environment({});
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(home, { recursive: true });
});

/** Nothing of the machine's own AWS settings, plus what a test sets. */
function environment(variables: Record<string, string>): void {
  jest.replaceProperty(process, "env", {
    HOME: home,
    AWS_EC2_METADATA_DISABLED: "true",
    ...variables,
  });
}

function settings(config: string): void {
  mkdirSync(join(home, ".aws"));
  writeFileSync(join(home, ".aws", "config"), config);
}

async function serving(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const refAt = (connection: Connection, overrides?: DynamoDBClientConfig) => ({
  client: createClient(connection, overrides),
  controlTable: "swap",
});

describe.each(operations)("%s", (_kind, action, operation) => {
  test("without credentials is refused before anything is sent", async () => {
    const seen = jest.fn();
    const endpoint = await serving(seen);
    const ref = refAt({ region: "eu-west-1", endpoint });
    const { payload } = await refused(operation(ref, "orders"), "swap.access-denied");
    expect(payload).toEqual({
      action,
      resource: "swap",
      reason: "Could not load credentials from any providers",
      fix: noCredentials,
    });
    expect(seen).not.toHaveBeenCalled();
  });

  test("with a profile that does not exist is refused, the profile named", async () => {
    const ref = refAt({ region: "eu-west-1", profile: "nobody" });
    const { payload } = await refused(operation(ref, "orders"), "swap.access-denied");
    expect(payload).toEqual({
      action,
      resource: "swap",
      reason: 'Could not load credentials from any providers (profile "nobody")',
      fix: noCredentials,
    });
  });

  test("without a region must name one", async () => {
    const { payload } = await refused(
      operation(refAt({}, { credentials }), "orders"),
      "swap.input-invalid",
    );
    expect(payload).toMatchObject({ name: "AWS region", value: "(none)" });
  });

  test("with a region that can be no host name is refused", async () => {
    const ref = refAt({ region: "eu west" }, { credentials });
    const { payload } = await refused(operation(ref, "orders"), "swap.input-invalid");
    expect(payload).toMatchObject({ name: "AWS region", value: '"eu west"' });
  });

  test("in an unknown region is unreachable, the region named", async () => {
    const asked: string[] = [];
    const lookup: LookupFunction = (host, _options, answer) => {
      asked.push(host);
      const failure = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
        code: "ENOTFOUND",
        syscall: "getaddrinfo",
      });
      answer(failure, "");
    };
    const requestHandler = { httpsAgent: new Agent({ lookup }) };
    const ref = refAt({ region: "xx-nowhere-1" }, { credentials, requestHandler });
    const { payload } = await refused(operation(ref, "orders"), "swap.unreachable");
    expect(payload).toEqual({
      endpoint: "DynamoDB in region xx-nowhere-1",
      action,
      reason: "getaddrinfo ENOTFOUND dynamodb.xx-nowhere-1.amazonaws.com",
    });
    expect(new Set(asked)).toEqual(new Set(["dynamodb.xx-nowhere-1.amazonaws.com"]));
  });

  test("at an endpoint that nothing listens on is unreachable, the endpoint named", async () => {
    const endpoint = REFUSING;
    const ref = refAt({ region: "eu-west-1", endpoint }, { credentials });
    const { payload } = await refused(operation(ref, "orders"), "swap.unreachable");
    expect(payload).toEqual({
      endpoint,
      action,
      reason: `connect ECONNREFUSED ${endpoint.slice("http://".length)}`,
    });
  });

  test("through a role that may not be assumed is refused, and DynamoDB is not asked", async () => {
    const seen = jest.fn();
    const endpoint = await serving(seen);
    const sts = await serving((_request, response) => {
      response.writeHead(403, { "content-type": "text/xml" });
      response.end(
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>" +
          "<Message>User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole</Message>" +
          "</Error><RequestId>R1</RequestId></ErrorResponse>",
      );
    });
    environment({
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_STS: sts,
    });
    const assumeRole = { roleArn: "arn:aws:iam::123456789012:role/deploy" };
    const ref = refAt({ region: "eu-west-1", endpoint, assumeRole });
    const { payload } = await refused(operation(ref, "orders"), "swap.access-denied");
    expect(payload).toEqual({
      action,
      resource: "swap",
      reason:
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole",
      fix: expect.stringContaining("trust policy"),
    });
    expect(seen).not.toHaveBeenCalled();
  });
});

/** Answers that there is no such table, and tells whom it was asked as. */
async function servingNoTable(): Promise<{ endpoint: string; callers: string[] }> {
  const callers: string[] = [];
  const endpoint = await serving((request, response) => {
    callers.push(/Credential=([^,]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
    response.end('{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}');
  });
  return { endpoint, callers };
}

describe("settings that are left out come from the SDK's own chain", () => {
  test("the environment: region, credentials and endpoint", async () => {
    const { endpoint, callers } = await servingNoTable();
    environment({
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "from-env",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    });
    const { payload } = await refused(
      findActive(refAt({}), "orders"),
      "swap.control-table-missing",
    );
    expect(payload).toMatchObject({ controlTable: "swap", region: "eu-central-1" });
    expect(payload.endpoint).toMatch(new RegExp(`^${endpoint}/?$`));
    expect(callers).toEqual([expect.stringMatching(/^from-env\/\d{8}\/eu-central-1\/dynamodb\//)]);
  });

  test("the profile that is named: its region and credentials", async () => {
    const { endpoint, callers } = await servingNoTable();
    settings(
      "[profile prod]\nregion = eu-north-1\naws_access_key_id = from-profile\naws_secret_access_key = x\n" +
        "[default]\nregion = eu-south-1\n",
    );
    const ref = refAt({ profile: "prod", endpoint });
    const { payload } = await refused(findActive(ref, "orders"), "swap.control-table-missing");
    expect(payload.region).toBe("eu-north-1");
    expect(callers).toEqual([expect.stringMatching(/^from-profile\/\d{8}\/eu-north-1\//)]);
  });
});
