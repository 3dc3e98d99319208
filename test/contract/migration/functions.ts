import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { listSegments } from "../../../src/migration/lambda/copy-handlers";
import type { StreamRecord } from "../../../src/migration/lambda/events";
import type { Migration } from "../../../src/migration/lambda/open";
import { replayRecords } from "../../../src/migration/lambda/replay-handlers";
import { createControlTable, setActive } from "../../../src/pointer";
import { fill, numbered } from "../readiness/stores";
import { newPair } from "./tables";

/** Contexts of a function: with plenty of time, and with none left. */
export const plenty = { getRemainingTimeInMillis: () => 900_000 };
export const none = { getRemainingTimeInMillis: () => 0 };

/** What a function opens: a source with numbered items, which is active, and an empty target. */
export async function newMigration(client: DynamoDBClient, items = 0): Promise<Migration> {
  const { source, target, mapping, store } = await newPair(client);
  const { alias, from, to } = mapping.context;
  const control = { client, controlTable: `${alias}-control` };
  await createControlTable(control);
  await setActive(control, alias, from);
  await fill(client, source, numbered(items));
  return {
    alias,
    from,
    to,
    controlTable: control.controlTable,
    source,
    target,
    transformFile: undefined,
    transformHash: "none",
    inverseFile: undefined,
    inverseHash: "none",
    lossy: false,
    inverse: undefined,
    concurrency: undefined,
    client,
    control,
    mapping,
    tables: { source: "s", target: "t" },
    store,
  };
}

/** Records as the stream of a table holds them. */
export const streamed = (table: string, records: readonly StreamRecord[]): StreamRecord[] =>
  records.map((record) => ({
    eventSourceARN: `arn:aws:dynamodb:eu-west-1:000000000000:table/${table}/stream/2026-01-01T00:00:00.000`,
    ...record,
  }));

/** Replays a batch of the source's stream. */
export const replaySource = (
  migration: Migration,
  { Records }: { Records: readonly StreamRecord[] },
  ...rest: Rest<Parameters<typeof replayRecords>>
): ReturnType<typeof replayRecords> =>
  replayRecords(migration, { Records: streamed(migration.source, Records) }, ...rest);

type Rest<P> = P extends [unknown, unknown, ...infer R] ? R : never;

/** Records of a stream that insert numbered items. */
export const inserted = (count: number): StreamRecord[] =>
  numbered(count).map((item, index) => ({
    dynamodb: { SequenceNumber: String(index), NewImage: item as Record<string, never> },
  }));

/** A migration of which nothing is copied any more, so that its replay may begin. */
export async function newCopied(client: DynamoDBClient): Promise<Migration> {
  const migration = await newMigration(client);
  const [task] = await listSegments(migration, { segments: 1 });
  await migration.store.endCopy(task?.session.run ?? "", Date.now());
  return migration;
}
