import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { STORES } from "../readiness/stores";

export interface OpenStore {
  name: string;
  /** dynalite has no transactions. */
  transactions: boolean;
  client: () => DynamoDBClient;
  endpoint: () => string;
}

/** Runs the tests on each store; where one can't run here, a skipped test says so. */
export function onEachStore(tests: (store: OpenStore) => void): void {
  for (const { name, available, start } of STORES) {
    const on = available ? describe : describe.skip;
    on(`on ${name}`, () => {
      let endpoint = "";
      let stop = async () => {};
      const clients: DynamoDBClient[] = [];
      beforeAll(async () => {
        ({ endpoint, stop } = await start());
      });
      afterEach(() => {
        for (const client of clients.splice(0)) client.destroy();
      });
      afterAll(() => stop());
      tests({
        name,
        transactions: name !== "dynalite",
        endpoint: () => endpoint,
        client: () => {
          const client = new DynamoDBClient({
            endpoint,
            region: "us-east-1",
            maxAttempts: 1,
            credentials: { accessKeyId: "local", secretAccessKey: "local" },
          });
          clients.push(client);
          return client;
        },
      });
    });
  }
}
