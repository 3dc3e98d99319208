import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient, TableDescription } from "@aws-sdk/client-dynamodb";
import { description } from "./live";

const FIRST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 500;
const LIMIT_MS = 10 * 60_000;

/** Waits until the table and all of its global indexes are ACTIVE. */
export function untilActive(client: DynamoDBClient, name: string): Promise<void> {
  return until(client, name, "become ACTIVE", (table) => {
    const indexes = table?.GlobalSecondaryIndexes ?? [];
    const statuses = indexes.map((index) => index.IndexStatus);
    // DynamoDB Local gives an index made with its table no status at all.
    return (
      table?.TableStatus === "ACTIVE" && statuses.every((s) => s === "ACTIVE" || s === undefined)
    );
  });
}

/** Waits until there is no such table. */
export function untilGone(client: DynamoDBClient, name: string): Promise<void> {
  return until(client, name, "be deleted", (table) => table === undefined);
}

async function until(
  client: DynamoDBClient,
  name: string,
  what: string,
  reached: (table: TableDescription | undefined) => boolean,
): Promise<void> {
  const startedMs = Date.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    if (reached(await description(client, name))) return;
    if (Date.now() - startedMs > LIMIT_MS) {
      throw new Error(`table ${name} did not ${what} within ${LIMIT_MS / 60_000} minutes`);
    }
    await sleep(pause);
  }
}
