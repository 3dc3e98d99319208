import "../../support/one-realm";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { type Connection, createClient, type UnstoredSettings } from "../../../src/aws/connection";
import { match } from "../../../src/errors";

const tls = (file: string) => resolve(__dirname, "../../support/tls", file);

let home: string;
const closing: (() => void)[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pulumi-swap-"));
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  rmSync(home, { recursive: true });
});

const CONFIG = `
[default]
region = eu-south-1
aws_access_key_id = of-default
aws_secret_access_key = x
[profile prod]
region = eu-north-1
aws_access_key_id = of-prod
aws_secret_access_key = x
[profile other]
region = eu-central-1
aws_access_key_id = of-other
aws_secret_access_key = x
`;

/** A client under these variables, and nothing of the machine's own. */
function clientIn(
  variables: Record<string, string>,
  connection: Connection = {},
  unstored?: UnstoredSettings,
) {
  mkdirSync(join(home, ".aws"), { recursive: true });
  writeFileSync(join(home, ".aws", "config"), CONFIG);
  const env = { HOME: home, AWS_EC2_METADATA_DISABLED: "true", ...variables };
  jest.replaceProperty(process, "env", env);
  const client = createClient(connection, { maxAttempts: 1 }, { unstored });
  closing.push(() => client.destroy());
  return client;
}

const keys = { AWS_ACCESS_KEY_ID: "of-env", AWS_SECRET_ACCESS_KEY: "x" };

test.each<[string, Record<string, string>, Connection, string]>([
  ["the connection before all", { AWS_REGION: "a-1" }, { region: "c-1" }, "c-1"],
  [
    "AWS_REGION before AWS_DEFAULT_REGION",
    { AWS_REGION: "a-1", AWS_DEFAULT_REGION: "d-1" },
    {},
    "a-1",
  ],
  ["AWS_DEFAULT_REGION before the shared files", { AWS_DEFAULT_REGION: "d-1" }, {}, "d-1"],
  ["an empty AWS_REGION as none", { AWS_REGION: "", AWS_DEFAULT_REGION: "d-1" }, {}, "d-1"],
  [
    "AWS_DEFAULT_REGION before a profile given",
    { AWS_DEFAULT_REGION: "d-1" },
    { profile: "prod" },
    "d-1",
  ],
  ["the profile given", {}, { profile: "prod" }, "eu-north-1"],
  ["AWS_PROFILE", { AWS_PROFILE: "prod" }, {}, "eu-north-1"],
  [
    "AWS_PROFILE before AWS_DEFAULT_PROFILE",
    { AWS_PROFILE: "prod", AWS_DEFAULT_PROFILE: "other" },
    {},
    "eu-north-1",
  ],
  ["AWS_DEFAULT_PROFILE", { AWS_DEFAULT_PROFILE: "other" }, {}, "eu-central-1"],
  ["AWS_PROFILE with static keys", { ...keys, AWS_PROFILE: "prod" }, {}, "eu-north-1"],
  ["the default profile", {}, {}, "eu-south-1"],
])("Region: %s", async (_case, env, connection, region) => {
  expect(await clientIn(env, connection).config.region()).toBe(region);
});

const own = { keys: { accessKeyId: "of-stack", secretAccessKey: "x", sessionToken: "t" } };

test.each<[string, Record<string, string>, Connection, UnstoredSettings | undefined, string]>([
  ["keys of the stack before all", { ...keys, AWS_PROFILE: "prod" }, {}, own, "of-stack"],
  [
    "a profile given before keys of the environment",
    keys,
    { profile: "prod" },
    undefined,
    "of-prod",
  ],
  [
    "keys of the environment before AWS_PROFILE",
    { ...keys, AWS_PROFILE: "prod" },
    {},
    undefined,
    "of-env",
  ],
  [
    "keys of the environment before AWS_DEFAULT_PROFILE",
    { ...keys, AWS_DEFAULT_PROFILE: "prod" },
    {},
    undefined,
    "of-env",
  ],
  [
    "half a pair of keys as none",
    { AWS_ACCESS_KEY_ID: "half", AWS_PROFILE: "prod" },
    {},
    undefined,
    "of-prod",
  ],
  ["AWS_PROFILE", { AWS_PROFILE: "prod" }, {}, undefined, "of-prod"],
  ["AWS_DEFAULT_PROFILE", { AWS_DEFAULT_PROFILE: "other" }, {}, undefined, "of-other"],
  ["the default profile", {}, {}, undefined, "of-default"],
])("credentials: %s", async (_case, env, connection, unstored, accessKeyId) => {
  const client = clientIn(env, connection, unstored);
  expect(await client.config.credentials()).toMatchObject({ accessKeyId });
});

const hostOf = async (client: ReturnType<typeof clientIn>) => {
  let host = "";
  client.middlewareStack.add(
    () => async (args) => {
      host = (args.request as { hostname: string }).hostname;
      throw new Error("seen");
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await client.send(new ListTablesCommand({})).catch(() => {});
  return host;
};

const at = { ...keys, AWS_REGION: "us-east-1" };
test.each<[string, Record<string, string>, Connection, string]>([
  ["AWS", {}, {}, "dynamodb.us-east-1.amazonaws.com"],
  ["FIPS", {}, { useFipsEndpoint: true }, "dynamodb-fips.us-east-1.amazonaws.com"],
  [
    "FIPS of the environment",
    { AWS_USE_FIPS_ENDPOINT: "true" },
    {},
    "dynamodb-fips.us-east-1.amazonaws.com",
  ],
  ["dual-stack", {}, { useDualstackEndpoint: true }, "dynamodb.us-east-1.api.aws"],
  [
    "dual-stack of the environment",
    { AWS_USE_DUALSTACK_ENDPOINT: "true" },
    {},
    "dynamodb.us-east-1.api.aws",
  ],
  [
    "an endpoint without FIPS",
    {},
    { endpoint: "http://one.test", useFipsEndpoint: true },
    "one.test",
  ],
  [
    "an endpoint of the environment",
    { AWS_ENDPOINT_URL_DYNAMODB: "http://two.test" },
    {},
    "two.test",
  ],
  [
    "an endpoint before that of the environment",
    { AWS_ENDPOINT_URL_DYNAMODB: "http://two.test" },
    { endpoint: "http://one.test" },
    "one.test",
  ],
  ["a deprecated variable", { AWS_DYNAMODB_ENDPOINT: "http://old.test" }, {}, "old.test"],
  [
    "its newer name before it",
    { AWS_DYNAMODB_ENDPOINT: "http://old.test", TF_AWS_DYNAMODB_ENDPOINT: "http://tf.test" },
    {},
    "tf.test",
  ],
  [
    "AWS_ENDPOINT_URL_DYNAMODB before both",
    { TF_AWS_DYNAMODB_ENDPOINT: "http://tf.test", AWS_ENDPOINT_URL_DYNAMODB: "http://two.test" },
    {},
    "two.test",
  ],
])("endpoint: %s", async (_case, env, connection, host) => {
  expect(await hostOf(clientIn({ ...at, ...env }, connection))).toBe(host);
});

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const tables: RequestListener = (request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
  response.end('{"TableNames":["seen"]}');
};

const listed = (client: ReturnType<typeof clientIn>) =>
  client.send(new ListTablesCommand({})).then(({ TableNames }) => TableNames);

describe("an endpoint whose certificate only a bundle knows", () => {
  const endpoint = async () => {
    const options = {
      key: readFileSync(tls("key.pem")),
      cert: readFileSync(tls("certificate.pem")),
    };
    return `https://127.0.0.1:${await listening(createTlsServer(options, tables) as never)}`;
  };

  test("is refused without it", async () => {
    await expect(listed(clientIn(at, { endpoint: await endpoint() }))).rejects.toThrow(
      /self-signed/,
    );
  });

  test.each<[string, Record<string, string>, Connection]>([
    ["customCaBundle", {}, { customCaBundle: tls("certificate.pem") }],
    ["AWS_CA_BUNDLE", { AWS_CA_BUNDLE: tls("certificate.pem") }, {}],
  ])("is reached with %s", async (_name, env, connection) => {
    const client = clientIn({ ...at, ...env }, { ...connection, endpoint: await endpoint() });
    expect(await listed(client)).toEqual(["seen"]);
  });

  test.each(["/nowhere/ca.pem", __filename])(
    "a file that is no CA bundle is refused: %s",
    (file) => {
      for (const making of [
        () => clientIn({ ...at, AWS_CA_BUNDLE: file }),
        () => clientIn(at, { customCaBundle: file }),
      ])
        expect(making).toThrow(expect.objectContaining({ code: "swap.input-invalid" }));
    },
  );
});

describe("proxies", () => {
  const proxy = async () => {
    const asked: string[] = [];
    const port = await listening(
      createServer((request, response) => {
        asked.push(request.url ?? "");
        tables(request, response);
      }).on("connect", (request, socket) => {
        asked.push(`CONNECT ${request.url}`);
        socket.end("HTTP/1.1 502 no\r\n\r\n");
      }),
    );
    return { url: `http://127.0.0.1:${port}`, asked };
  };

  test.each(["HTTP_PROXY", "http_proxy"])("%s is used for an http endpoint", async (name) => {
    const { url, asked } = await proxy();
    const client = clientIn({ ...at, [name]: url }, { endpoint: "http://dynamodb.test" });
    expect(await listed(client)).toEqual(["seen"]);
    expect(asked).toEqual(["http://dynamodb.test/"]);
  });

  test.each<[string, Record<string, string>, (url: string) => UnstoredSettings]>([
    ["HTTPS_PROXY", { HTTPS_PROXY: "URL" }, () => ({})],
    ["https_proxy", { https_proxy: "URL" }, () => ({})],
    ["the stack's httpsProxy", {}, (url) => ({ proxies: { https: url } })],
    ["the stack's httpProxy", {}, (url) => ({ proxies: { http: url } })],
  ])("%s is used for AWS", async (_case, env, unstored) => {
    const { url, asked } = await proxy();
    const named = Object.fromEntries(Object.keys(env).map((name) => [name, url]));
    const client = clientIn({ ...at, ...named }, {}, unstored(url));
    await expect(listed(client)).rejects.toThrow();
    expect(asked[0]).toBe("CONNECT dynamodb.us-east-1.amazonaws.com:443");
  });

  test("this machine and the hosts of NO_PROXY are reached without one", async () => {
    const { url, asked } = await proxy();
    const port = await listening(createServer(tables));
    const env = { ...at, HTTP_PROXY: url, NO_PROXY: "other.test" };
    expect(await listed(clientIn(env, { endpoint: `http://127.0.0.1:${port}` }))).toEqual(["seen"]);
    await listed(clientIn(env, { endpoint: "http://other.test" })).catch(() => {});
    expect(asked).toEqual([]);
  });
});

test("roles are assumed one after the other, by way of the credentials before them", async () => {
  const calls: { by: string; agent: string | undefined; params: URLSearchParams }[] = [];
  const sts = await listening(
    createServer((request, response) => {
      let body = "";
      request.on("data", (data) => {
        body += data;
      });
      request.on("end", () => {
        const by = /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
        const params = new URLSearchParams(body);
        calls.push({ by, agent: request.headers["user-agent"], params });
        const name = params.get("RoleArn")?.split("/").at(-1);
        response.writeHead(200, { "content-type": "text/xml" });
        response.end(
          `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>as-${name}</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
        );
      });
    }),
  );
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
  const client = clientIn(at, {
    stsEndpoint: `http://127.0.0.1:${sts}`,
    assumeRoles: [
      { roleArn: role("one"), externalId: "e", tags: { team: "shop" } },
      { roleArn: role("two"), sessionName: "deploy" },
    ],
  });
  expect(await client.config.credentials()).toMatchObject({ accessKeyId: "as-two" });
  expect(
    calls.map(({ by, params }) => [by, params.get("RoleArn"), params.get("RoleSessionName")]),
  ).toEqual([
    ["of-env", role("one"), "pulumi-swap"],
    ["as-one", role("two"), "deploy"],
  ]);
  for (const { agent } of calls) expect(agent).toMatch(/ pulumi-swap\/\S+ md\/pulumi-swap#pointer/);
  expect(calls[0]?.params.get("ExternalId")).toBe("e");
  expect(calls[0]?.params.get("Tags.member.1.Key")).toBe("team");
});

test("dual-stack and an endpoint exclude each other", () => {
  let error: unknown;
  try {
    clientIn(at, { endpoint: "http://one.test", useDualstackEndpoint: true });
  } catch (thrown) {
    error = thrown;
  }
  expect(match(error, "swap.input-invalid")).toBe(true);
});
