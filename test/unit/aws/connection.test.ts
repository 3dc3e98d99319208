import { type Connection, checkConnection, createClient } from "../../../src/aws/connection";
import { match } from "../../../src/errors";

function lineFor(connection: unknown): string {
  try {
    createClient(connection as Connection);
  } catch (error) {
    if (!match(error, "swap.input-invalid")) throw error;
    return error.line;
  }
  throw new Error("it was taken");
}

const text = (name: string, field = name) =>
  `is not valid: it is empty or not text; name a ${field}, or leave it out`;
const url =
  "is not valid: want an http:// or https:// URL; pass a URL such as http://127.0.0.1:8000, or leave it out for AWS";
const arn =
  "is not valid: want the ARN of an IAM role; pass an ARN such as arn:aws:iam::123456789012:role/deploy";
const names =
  "region, profile, endpoint, assumeRole, assumeRoles, assumeRoleWithWebIdentity, useFipsEndpoint, useDualstackEndpoint, customCaBundle, stsRegion, stsEndpoint, standalone";
const fields = `use one of ${names}`;
const roleFields =
  "roleArn, sessionName, externalId, policy, policyArns, sourceIdentity, tags, transitiveTagKeys";
const role = "arn:aws:iam::123456789012:role/deploy";

test.each<[unknown, string]>([
  [{ region: "" }, `region "" ${text("region")}`],
  [{ region: " " }, `region " " ${text("region")}`],
  [{ region: 1 }, `region 1 ${text("region")}`],
  [{ region: null }, `region null ${text("region")}`],
  [{ profile: "" }, `profile "" ${text("profile")}`],
  [{ profile: ["a"] }, `profile (a list of 1) ${text("profile")}`],
  [{ endpoint: "" }, `endpoint "" ${url}`],
  [{ endpoint: "localhost:8000" }, `endpoint "localhost:8000" ${url}`],
  [{ endpoint: "ftp://localhost" }, `endpoint "ftp://localhost" ${url}`],
  [{ endpoint: "http://" }, `endpoint "http://" ${url}`],
  [{ endpoint: "http://host:99999" }, `endpoint "http://host:99999" ${url}`],
  [{ endpoint: 8000 }, `endpoint 8000 ${url}`],
  [{ assumeRole: { roleArn: "deploy" } }, `assumeRole.roleArn "deploy" ${arn}`],
  [{ assumeRole: { roleArn: "" } }, `assumeRole.roleArn "" ${arn}`],
  [{ assumeRole: {} }, `no assumeRole.roleArn given; ${arn.split("; ")[1]}`],
  [
    { assumeRole: { roleArn: "arn:aws:iam::123456789012:user/x" } },
    `assumeRole.roleArn "arn:aws:iam::123456789012:user/x" ${arn}`,
  ],
  [
    { assumeRole: { roleArn: "arn:aws:iam::1234:role/x" } },
    `assumeRole.roleArn "arn:aws:iam::1234:role/x" ${arn}`,
  ],
  [
    { assumeRole: { roleArn: role, sessionName: "" } },
    `assumeRole.sessionName "" ${text("assumeRole.sessionName", "sessionName")}`,
  ],
  [
    { assumeRole: { roleArn: role, externalId: 7 } },
    `assumeRole.externalId 7 ${text("assumeRole.externalId", "externalId")}`,
  ],
  [
    { assumeRole: { arn: role } },
    `assumeRole "arn" is not valid: there is no such field; use one of ${roleFields}`,
  ],
  [
    { assumeRole: null },
    `assumeRole null is not valid: want an object; pass an object with any of ${roleFields}, or leave it out`,
  ],
  [{ endpont: "http://a" }, `connection "endpont" is not valid: there is no such field; ${fields}`],
  [
    { secretAccessKey: "hunter2" },
    `connection "secretAccessKey" is not valid: there is no such field; ${fields}`,
  ],
  [
    "eu-west-1",
    `connection "eu-west-1" is not valid: want an object; pass an object with any of ${names}, or leave it out`,
  ],
  [
    { useFipsEndpoint: "true" },
    'useFipsEndpoint "true" is not valid: want true or false; leave it out for false',
  ],
  [{ assumeRoles: [{ roleArn: "deploy" }] }, `assumeRoles[0].roleArn "deploy" ${arn}`],
  [
    { assumeRole: { roleArn: role }, assumeRoles: [{ roleArn: role }] },
    "assumeRoles (a list of 1) is not valid: assumeRole is given as well; leave out one of assumeRole and assumeRoles",
  ],
])("%j is refused", (connection, line) => {
  expect(lineFor(connection)).toBe(line);
});

test.each<Connection>([
  {},
  { region: "eu-west-1", profile: "prod" },
  { endpoint: "http://127.0.0.1:8000" },
  { endpoint: "https://dynamodb.eu-west-1.amazonaws.com" },
  { assumeRole: { roleArn: role } },
  { assumeRole: { roleArn: "arn:aws-us-gov:iam::123456789012:role/path/x", externalId: "e" } },
  { region: undefined, endpoint: undefined } as unknown as Connection,
])("%j is taken", (connection) => {
  expect(() => checkConnection(connection)).not.toThrow();
});

test("a client takes region and endpoint, and a request without an answer ends", async () => {
  const client = createClient({ region: "eu-west-1", endpoint: "http://127.0.0.1:8000" });
  expect(await client.config.region()).toBe("eu-west-1");
  expect(await client.config.endpoint?.()).toMatchObject({ hostname: "127.0.0.1", port: 8000 });
  expect(await client.config.maxAttempts()).toBe(3);
  const handler = client.config.requestHandler as unknown as { configProvider: Promise<object> };
  expect(await handler.configProvider).toMatchObject({
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
  });
});
