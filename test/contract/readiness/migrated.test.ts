import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { MigrationStore, readTableIds } from "../../../src/migration";
import { type Candidate, createGates, migrated, runGates } from "../../../src/readiness";
import { compared, grants } from "../../engine/policies-page";
import { deny, interfere } from "./interfere";
import { createTable, onEachStore } from "./stores";

const NOW = Date.parse("2026-01-14T12:00:00Z");
const MINUTE = 60_000;

const agreed = {
  sourceItems: 10,
  leftOut: 0,
  targetItems: 10,
  differences: [],
  complete: true,
  readUnits: 5,
};

type CutOver = Candidate & { activeTable: string; store: MigrationStore; run: string };

/** A cut-over to version 4, which functions fill from version 3: copied, replayed, verified 20 min ago. */
async function cutOver(client: DynamoDBClient): Promise<CutOver> {
  const alias = `migrated-${randomUUID()}`;
  for (const version of [3, 4]) await createTable(client, `${alias}_v${version}`, { pk: "S" });
  const store = new MigrationStore({ client }, alias, 4);
  await store.createTable();
  const [source, target] = [`${alias}_v3`, `${alias}_v4`];
  const tables = await readTableIds(client, { source, target });
  const { run } = await store.start({
    tables,
    from: 3,
    transform: "none",
    segments: 1,
    startedAt: NOW - 120 * MINUTE,
    engine: "lambda",
  });
  const counts = { read: 10, written: 10, leftOut: 0, parked: 0 };
  const segment = { segment: 0, done: true, ...counts };
  await store.saveSegment(await store.openSession(run), segment, NOW - 60 * MINUTE);
  await store.beginReplay(run, NOW - 59 * MINUTE);
  // Deletions by time to live, after the last change of a writer.
  const changedAt = NOW - MINUTE - 1_500;
  await store.recordReplayBegin(run, { first: "1", changedAt, newestAt: NOW - 30 * MINUTE }, NOW);
  const batch = { first: "1", records: 7, changedAt };
  await store.recordReplay(run, batch, NOW - MINUTE);
  const startedAt = NOW - 20 * MINUTE;
  const begun = await store.startVerification({ from: 3, transform: "none", startedAt, tables });
  await store.finishVerification(begun, agreed, NOW - 19 * MINUTE);
  return { client, alias, version: 4, table: target, activeTable: source, store, run };
}

const check = (candidate: Candidate, options: Parameters<typeof migrated>[0] = {}) =>
  migrated(options, () => NOW).check(candidate);

onEachStore(({ client }) => {
  test("a migration that is copied, caught up and verified passes, with its figures", async () => {
    expect(await check(await cutOver(client()))).toEqual({
      ready: true,
      note: "10 items of version 3 copied, 7 changes replayed in the last 5 minutes with a lag of 1.5 s at most, nothing parked, 0 differences in a verification begun 20 min ago; one way: a rollback abandons writes",
    });
  });

  test.each<[string, Parameters<typeof migrated>[0], RegExp]>([
    ["lag", { lag: "1s" }, /lag .* is 1.5 s, at most 1.0 s wanted/],
    ["age", { verifiedWithin: "10m" }, /began 20 min ago, at most 10 min wanted/],
  ])("the bound of the %s is the option", async (_what, options, reason) => {
    const verdict = await check(await cutOver(client()), options);
    expect(verdict).toMatchObject({ ready: false, reason: expect.stringMatching(reason) });
    expect(verdict).not.toHaveProperty("final");
  });

  test("changes after the verification began are left to the drain of the switch", async () => {
    const candidate = await cutOver(client());
    const late = { first: "2", changedAt: NOW, newestAt: NOW - 19 * MINUTE };
    await candidate.store.recordReplayBegin(candidate.run, late, NOW);
    expect(await check(candidate)).toMatchObject({ ready: true });
  });

  test("a run that is paused and a key that is parked are named together", async () => {
    const candidate = await cutOver(client());
    const { store } = candidate;
    const started = await store.started();
    const note = { by: "alice", at: NOW };
    await store.changeControl(started as NonNullable<typeof started>, { kind: "pause" }, note);
    const parked = await store.parkedKeys([{ name: "pk", type: "S" }]);
    await parked.park({ sourceKey: { pk: { S: "a" } }, kind: "refused", reason: "too large" });
    expect(await check(candidate)).toMatchObject({
      ready: false,
      reason: expect.stringMatching(/paused by alice.*; 1 source key is parked/),
      fix: expect.stringContaining(`swap migrate resume ${candidate.alias} 4`),
    });
  });

  test("a table that was created again since is refused for good, on either side", async () => {
    const candidate = await cutOver(client());
    const { alias, client: db } = candidate;
    await createTable(db, `${alias}_v5`, { pk: "S" });
    for (const other of [{ table: `${alias}_v5` }, { activeTable: `${alias}_v5` }])
      expect(await check({ ...candidate, activeVersion: 3, ...other })).toMatchObject({
        ready: false,
        final: true,
        reason: expect.stringMatching(/_v5" .*created again since/),
      });
  });

  test("another active version than the one that was copied is refused for good", async () => {
    const candidate = await cutOver(client());
    expect(await check({ ...candidate, activeVersion: 2 })).toMatchObject({
      ready: false,
      final: true,
    });
  });

  test("an alias without a migration is refused", async () => {
    const db = client();
    const alias = `migrated-${randomUUID()}`;
    const candidate = { client: db, alias, version: 4, table: `${alias}_v4` };
    expect(await check({ ...candidate, activeTable: `${alias}_v3` })).toMatchObject({
      ready: false,
      reason: expect.stringContaining("no copy to version 4"),
    });
    expect(await check(candidate)).toMatchObject({ ready: true });
  });

  test.each(["GetItem", "Query", "DescribeTable"])("it fails closed without %s", async (action) => {
    const candidate = await cutOver(client());
    deny(candidate.client, action);
    const gates = createGates({ table: false, migration: true }, { now: () => NOW }).gates;
    await expect(runGates(candidate, gates)).rejects.toMatchObject({
      code: "swap.not-ready",
      payload: { gate: "migration" },
    });
  });

  test("a missing table of the version is its own refusal", async () => {
    const candidate = await cutOver(client());
    expect(await check({ ...candidate, table: `${candidate.alias}_v9` })).toMatchObject({
      ready: false,
      missing: true,
    });
  });

  test("it asks for what its policy adds to the deployer's, and reads only", async () => {
    const candidate = await cutOver(client());
    const asked: string[] = [];
    interfere(candidate.client, async ({ action, input, go }) => {
      asked.push(`${action} ${String(input.TableName).replace(candidate.alias, "orders")}`);
      return go();
    });
    await check(candidate);
    expect(asked).toHaveLength(11);
    expect(compared(asked, grants("deployer", "migration")).refused).toEqual([]);
    expect(compared(asked, grants("migration")).unused).toEqual([]);
  });
});

test("the gate is off with false, and is also the last one behind gates that take long", () => {
  const namesOf = (options: Parameters<typeof createGates>[0]) =>
    createGates(options).gates.map(({ name }) => name);
  expect(namesOf({ migration: false })).toEqual(["table"]);
  expect(namesOf({ migration: true })).toEqual(["table", "migration"]);
  expect(namesOf({ migration: {}, verify: { within: "1h" }, minItems: { count: 1 } })).toEqual([
    "table",
    "migration",
    "verify",
    "minItems",
    "migration",
    "verify",
  ]);
});
