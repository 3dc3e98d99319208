import { type Connection, checkConnection, createClient } from "../../../src/aws/connection";
import { thrownBy } from "../../support/refused";
import { CONNECTIONS } from "../../support/refused-inputs";

const role = "arn:aws:iam::123456789012:role/deploy";

test.each(CONNECTIONS)("%j is refused", (connection, name, value) => {
  for (const act of [checkConnection, createClient]) {
    const refused = thrownBy(() => act(connection as Connection), "swap.input-invalid");
    expect(refused.payload).toMatchObject({ name, value });
  }
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
