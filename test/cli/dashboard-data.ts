import { type MigrationStart, MigrationStore, readTableIds } from "../../src/migration";
import { CONTROL_TABLE, type Database } from "./database";
import { ownRow } from "./rows";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A note that a page must show as text. */
export const HOSTILE = `</script><img src=x onerror="document.title='owned'">&amp;`;
/** Another control table with one alias. */
export const SECOND_TABLE = "test_second_swap";

/**
 * Fills a database with aliases in each state that the page shows: `orders` has versions live, in grace, blocked, being
 * filled and retired; `billing` is written by another writer; `carts` is copied; `lost` has no table; what is written to
 * the new version of `shipments` goes back.
 *
 * @param note a reason of a move, and of a parked key
 */
export async function fillDashboard(db: Database, now: number, note = HOSTILE): Promise<void> {
  const alice = { by: "alice@example.com" };
  await db.putAll([
    ownRow(
      "orders",
      [
        { version: 1, at: now - 30 * DAY, ...alice, why: "first release" },
        { version: 2, at: now - 12 * DAY, ...alice, why: "new sort key" },
        { version: 3, at: now - 3 * DAY, by: "pipeline-417", why: note },
        {
          version: 2,
          at: now - 3 * DAY + 2 * HOUR,
          kind: "rollback",
          ...alice,
          why: "totals were wrong",
        },
        { version: 4, at: now - 5 * HOUR, by: "pipeline-431", why: "totals corrected" },
      ],
      [3],
      [1],
    ),
    ownRow("shipments", [
      { version: 1, at: now - 20 * DAY, ...alice },
      { version: 2, at: now - 50 * MINUTE, by: "pipeline-439", why: "weights in grams" },
    ]),
    ownRow("carts", [{ version: 1, at: now - 2 * DAY, ...alice }]),
    { pk: { S: "billing" }, ver: { N: "2" }, at: { N: String(now - DAY) } },
    ownRow("lost", [{ version: 4, at: now - DAY }]),
    { pk: { S: "torn" }, ver: { S: "two" } },
  ]);
  const tables = ["orders_v2", "orders_v3", "orders_v4", "orders_v5", "carts_v1", "carts_v2"];
  const more = ["billing_v1", "billing_v2", "shipments_v1", "shipments_v2", SECOND_TABLE];
  for (const table of [...tables, ...more]) await db.createTable(table);
  await fillMigration(db, now, note);
  await fillWayBack(db, now);
  await copied(db, "carts", now);
}

/** The migration of orders to version 5: two of eight segments are done, one key is parked, and it has a limit. */
async function fillMigration(db: Database, now: number, reason: string): Promise<void> {
  const { store, started } = await begun(db, "orders", 4, 5, 8, now - 40 * MINUTE, "lambda");
  const session = await store.openSession(started.run);
  for (const segment of [0, 1, 2, 3])
    await store.saveSegment(session, {
      segment,
      done: segment < 2,
      read: 120_000 + segment * 1_000,
      written: 119_998,
      leftOut: 2,
      parked: segment === 1 ? 1 : 0,
    });
  const parked = await store.parkedKeys([{ name: "pk", type: "S" }]);
  await parked.park({
    sourceKey: { pk: { S: "customer#<b>7" } },
    kind: "refused",
    reason: `the transform failed: ${reason}`,
  });
  const note = { by: "bob@bastion", at: now - 5 * MINUTE, reason: "peak hours" };
  await store.changeControl(started, { kind: "throttle", perSecond: 500 }, note);
}

/** The migration of shipments, whose changes go back: there were none for 20 minutes, and two others wrote to version 1. */
async function fillWayBack(db: Database, now: number): Promise<void> {
  const { store, started } = await begun(db, "shipments", 1, 2, 1, now - 3 * HOUR, "lambda");
  const { run } = started;
  const session = await store.openSession(run);
  const counts = { read: 81_204, written: 81_204, leftOut: 0, parked: 0 };
  await store.saveSegment(session, { segment: 0, done: true, ...counts }, now - 2 * HOUR);
  await store.endCopy(run, now - 2 * HOUR);
  await store.beginReplay(run, now - 2 * HOUR);
  await store.declareInverse(run, "same");
  const sampled = { sampled: 1_000, changed: 0, failed: 0, lossy: false };
  await store.recordProof(run, "same", { at: now - 75 * MINUTE, ...sampled }, true);
  for (const [minute, lagMs] of LAGS.entries()) {
    const at = now - (48 - minute) * MINUTE;
    const stream = minute < 4 ? "source" : "target";
    if (lagMs > 0)
      await store.recordReplay(
        run,
        { first: `${minute}`, records: 140, changedAt: at - lagMs },
        at,
        stream,
      );
  }
  await store.recordStrays(
    run,
    [
      { sequence: "1", version: 1, key: { pk: { S: "shipment#118" } }, deleted: false },
      { sequence: "2", version: 1, key: { pk: { S: "shipment#204" } }, deleted: true },
    ],
    now - 5 * MINUTE,
  );
}

/** Lags by minute, in milliseconds; 0 without changes. */
const LAGS = [
  900, 700, 1_100, 650, 800, 1_200, 2_400, 5_200, 9_800, 14_000, 8_100, 3_000, 1_100, 900,
].concat(
  Array.from({ length: 20 }, () => 0),
  [700, 800, 750, 1_300, 900, 700, 800, 1_000, 700, 800, 900, 650, 700],
);

/** The copy of carts by one process, which is done. */
async function copied(db: Database, alias: string, now: number): Promise<void> {
  const { store, started } = await begun(db, alias, 1, 2, 1, now - 2 * HOUR, undefined);
  await store.saveSegment(await store.openSession(started.run), {
    segment: 0,
    done: true,
    read: 5_000,
    written: 5_000,
    leftOut: 0,
    parked: 0,
  });
}

async function begun(
  db: Database,
  alias: string,
  from: number,
  to: number,
  segments: number,
  startedAt: number,
  engine: "lambda" | undefined,
): Promise<{ store: MigrationStore; started: MigrationStart }> {
  const store = new MigrationStore({ client: db.client }, alias, to);
  await store.createTable();
  await store.start({
    from,
    transform: "none",
    segments,
    startedAt,
    tables: await readTableIds(db.client, {
      source: `${alias}_v${from}`,
      target: `${alias}_v${to}`,
    }),
    engine,
  });
  return { store, started: (await store.started()) as MigrationStart };
}

/** Moves orders to version 5, as pulumi up does. */
export async function cutOver(db: Database, at: number): Promise<void> {
  await db.put(
    ownRow(
      "orders",
      [
        { version: 4, at: at - 5 * HOUR, by: "pipeline-431", why: "totals corrected" },
        { version: 5, at, by: "pipeline-440", why: "the night of the cut-over" },
      ],
      [3],
      [1],
    ),
  );
}

export { CONTROL_TABLE };
