import {
  awsSettings,
  type Connection,
  mergeConnections,
  mergeSettings,
  storableConnection,
} from "../../../src/aws/connection";
import { match } from "../../../src/errors";

const of = (config: Record<string, string>) => awsSettings((name) => config[name]);
const role = "arn:aws:iam::123456789012:role/deploy";

function refusal(run: () => unknown): { name: string; value: string; fix: string } {
  try {
    run();
  } catch (error) {
    if (match(error, "swap.input-invalid")) return error.payload;
    throw error;
  }
  throw new Error("it was taken");
}

test.each<[Record<string, string>, Connection]>([
  [{}, {}],
  [
    { region: "eu-west-1", profile: "prod" },
    { region: "eu-west-1", profile: "prod" },
  ],
  [{ endpoints: '[{"dynamodb":"http://127.0.0.1:1"}]' }, { endpoint: "http://127.0.0.1:1" }],
  [{ endpoints: '{"dynamodb":"http://127.0.0.1:1"}' }, { endpoint: "http://127.0.0.1:1" }],
  [
    { endpoints: '[{"s3":"http://127.0.0.1:2"},{"sts":"http://127.0.0.1:3"}]' },
    { stsEndpoint: "http://127.0.0.1:3" },
  ],
  [
    { assumeRoles: JSON.stringify([{ roleArn: role, externalId: "e", duration: "1h" }]) },
    { assumeRoles: [{ roleArn: role, externalId: "e" }] },
  ],
  [
    { assumeRoleWithWebIdentity: JSON.stringify({ roleArn: role, webIdentityTokenFile: "/t" }) },
    { assumeRoleWithWebIdentity: { roleArn: role, webIdentityTokenFile: "/t" } },
  ],
  [{ useFipsEndpoint: "true", useDualstackEndpoint: "false" }, { useFipsEndpoint: true }],
  [
    { customCaBundle: "/ca.pem", stsRegion: "us-east-1" },
    { customCaBundle: "/ca.pem", stsRegion: "us-east-1" },
  ],
  // What has no say in the place.
  [{ insecure: "false", sharedConfigFiles: "[]", maxRetries: "3", defaultTags: "{}" }, {}],
])("%j is followed", (config, connection) => {
  expect(storableConnection(of(config))).toEqual(connection);
});

test.each<[Record<string, string>, string]>([
  [{ endpoints: "http://127.0.0.1:8000" }, "aws:endpoints"],
  [{ endpoints: '[{"dynamodb":"127.0.0.1:8000"}]' }, "aws:endpoints"],
  [{ endpoints: '[{"dynamodb":8000}]' }, "aws:endpoints"],
  [{ endpoints: '["http://127.0.0.1:8000"]' }, "aws:endpoints"],
  [{ endpoints: '[{"dynamodb":"http://a"},{"dynamodb":"http://b"}]' }, "aws:endpoints"],
  [{ assumeRoles: "deploy" }, "aws:assumeRoles"],
  [{ assumeRoles: '[{"roleArn":"deploy"}]' }, "aws:assumeRoles[0].roleArn"],
  [
    { assumeRoleWithWebIdentity: `{"roleArn":"${role}","webIdentityToken":"hunter2"}` },
    "aws:assumeRoleWithWebIdentity",
  ],
  [{ sharedConfigFiles: '["/a"]' }, "aws:sharedConfigFiles"],
  [{ sharedCredentialsFiles: '["/a"]' }, "aws:sharedCredentialsFiles"],
  [{ ec2MetadataServiceEndpoint: "http://a" }, "aws:ec2MetadataServiceEndpoint"],
  [{ insecure: "true" }, "aws:insecure"],
  [{ accessKey: "a" }, "aws:secretKey"],
])("%j is refused under its own name", (config, name) => {
  const refused = refusal(() => of(config));
  expect(refused.name).toBe(name);
  expect(JSON.stringify(refused)).not.toContain("hunter2");
});

test("a password in an endpoint is not shown", () => {
  for (const endpoints of ['[{"dynamodb":"http://u:hunter2@a"}]', 'oops http://u:hunter2@a"'])
    expect(JSON.stringify(refusal(() => of({ endpoints })))).not.toContain("hunter2");
});

test("keys and proxies are followed, and are no part of a connection", () => {
  const settings = of({ accessKey: "AKIA", secretKey: "hunter2", token: "t" });
  expect(settings.unstored.keys).toEqual({
    accessKeyId: "AKIA",
    secretAccessKey: "hunter2",
    sessionToken: "t",
  });
  expect(settings.connection).toEqual({});
  expect(JSON.stringify(refusal(() => storableConnection(settings)))).not.toMatch(/AKIA|hunter2/);
  const proxied = of({ httpsProxy: "http://u:hunter2@proxy" });
  expect(JSON.stringify(refusal(() => storableConnection(proxied)))).not.toContain("hunter2");
});

const [one, two] = [{ roleArn: role }, { roleArn: `${role}2` }];

test.each<[string, Connection, Connection, Connection]>([
  [
    "fields win",
    { region: "a", endpoint: "http://a" },
    { region: "b" },
    { region: "b", endpoint: "http://a" },
  ],
  [
    "a profile brings its own identity",
    { profile: "a", assumeRoles: [one] },
    { profile: "b" },
    { profile: "b" },
  ],
  [
    "a role builds on the profile",
    { profile: "a" },
    { assumeRole: two },
    { profile: "a", assumeRole: two },
  ],
  [
    "a role replaces roles",
    { profile: "a", assumeRoles: [one] },
    { assumeRole: two },
    { profile: "a", assumeRole: two },
  ],
  [
    "a region keeps roles",
    { assumeRoles: [one] },
    { region: "b" },
    { assumeRoles: [one], region: "b" },
  ],
  [
    "standalone takes nothing",
    { region: "a", profile: "a" },
    { standalone: true },
    { standalone: true },
  ],
])("over the stack's settings %s", (_case, base, own, merged) => {
  expect(mergeConnections(base, own)).toEqual(merged);
});

test("a profile of the resource's own does without the stack's keys", () => {
  const stack = of({ accessKey: "a", secretKey: "b", httpsProxy: "http://p" });
  expect(mergeSettings(stack, {}).unstored.keys).toBeDefined();
  expect(mergeSettings(stack, { profile: "p" }).unstored).toEqual({
    proxies: { https: "http://p" },
  });
  expect(mergeSettings(stack, { standalone: true }).unstored).toEqual({});
});
