import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { onEveryBackend } from "../../support/backends";
import { clientsOf } from "../readiness/stores";

export interface OpenStore {
  name: string;
  /** dynalite has no transactions. */
  transactions: boolean;
  client: () => DynamoDBClient;
  endpoint: () => string;
}

/** Runs the tests on each store. */
export function onEachStore(tests: (store: OpenStore) => void): void {
  onEveryBackend(({ name }, endpoint) =>
    tests({ name, transactions: name !== "dynalite", endpoint, client: clientsOf(endpoint) }),
  );
}
