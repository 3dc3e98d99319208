import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
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

test("a client has the region, the endpoint, the tries and the time-outs", async () => {
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

test("a request that gets no answer ends after the time-out", async () => {
  const server = createServer(() => {});
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const client = createClient(
    { region: "eu-west-1", endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    { credentials: { accessKeyId: "k", secretAccessKey: "s" }, maxAttempts: 1 },
    { timeoutMs: 100 },
  );
  try {
    await expect(client.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: "TimeoutError",
      message: expect.stringMatching(/\b100 ms\b/),
    });
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
});
