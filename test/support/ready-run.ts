import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type MigrationStart, MigrationStore, readTableIds } from "../../src/migration";

const MINUTE = 60_000;

/** What the functions of a program record of a migration that is copied, replayed, and verified a minute ago. */
export interface ReadyRun {
  store: MigrationStore;
  started: MigrationStart;
}

/** Records such a migration between the tables of two versions, which are there. */
export async function recordReadyRun(
  client: DynamoDBClient,
  alias: string,
  from: number,
  to: number,
  transform = "none",
): Promise<ReadyRun> {
  const [source, target] = [`${alias}_v${from}`, `${alias}_v${to}`];
  const tables = await readTableIds(client, { source, target });
  const store = new MigrationStore({ client }, alias, to);
  await store.createTable();
  const now = Date.now();
  const copy = { from, transform, tables };
  const begun = now - 60 * MINUTE;
  const started = await store.start({ ...copy, segments: 1, startedAt: begun, engine: "lambda" });
  const counts = { read: 1, written: 1, leftOut: 0, parked: 0 };
  const segment = { segment: 0, done: true, ...counts };
  await store.saveSegment(await store.openSession(started.run), segment, begun + MINUTE);
  await store.beginReplay(started.run, begun + 2 * MINUTE);
  const verification = await store.startVerification({ ...copy, startedAt: now - MINUTE });
  const agreed = { sourceItems: 1, leftOut: 0, targetItems: 1, differences: [], readUnits: 1 };
  await store.finishVerification(verification, { ...agreed, complete: true }, now);
  return { store, started };
}

/** Changes a description of a table, for a store without streams, such that the table has one. */
export function withStream(table: object): void {
  Object.assign(table, {
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    LatestStreamArn: "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/s",
  });
}
