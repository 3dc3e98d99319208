import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Backend, onEveryBackend } from "../../support/backends";
import { clientsOf } from "../readiness/stores";

export interface OpenStore extends Pick<Backend, "name" | "transactions" | "batchCapacity"> {
  client: () => DynamoDBClient;
  endpoint: () => string;
}

/** Runs the tests on each store. */
export function onEachStore(tests: (store: OpenStore) => void): void {
  onEveryBackend(({ name, transactions, batchCapacity }, endpoint) =>
    tests({ name, transactions, batchCapacity, endpoint, client: clientsOf(endpoint) }),
  );
}
