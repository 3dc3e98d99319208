import { randomUUID } from "node:crypto";
import {
  DeleteTableCommand,
  type DynamoDBClient,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  type ItemDifference,
  MigrationStore,
  readTableIds,
  type Verification,
} from "../../../src/migration";
import { type Candidate, createGates, runGates, verified } from "../../../src/readiness";
import { deny, interfere } from "./interfere";
import { createTable, fill, onEachStore } from "./stores";

const NOW = Date.parse("2026-01-14T12:00:00Z");
const MINUTE = 60_000;

const found = (differences: ItemDifference[] = [], complete = true): Verification => ({
  sourceItems: 10,
  leftOut: 1,
  targetItems: 9,
  differences,
  complete,
  readUnits: 5,
});

const missing: ItemDifference = { kind: "missing", sourceKey: { pk: { S: "a" } } };

async function deleteTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists({ client, maxWaitTime: 300, minDelay: 1 }, { TableName });
}

type CutOver = Candidate & { activeTable: string; store: MigrationStore };

/** A cut-over from version 3 to version 4 of a new alias, whose tables exist. */
async function cutOver(client: DynamoDBClient): Promise<CutOver> {
  const alias = `verified-${randomUUID()}`;
  for (const version of [3, 4]) await createTable(client, `${alias}_v${version}`, { pk: "S" });
  return {
    client,
    alias,
    version: 4,
    table: `${alias}_v4`,
    activeTable: `${alias}_v3`,
    store: new MigrationStore({ client }, alias, 4),
  };
}

async function record(
  { client, activeTable, table, store }: CutOver,
  { from = 3, transform = "none", startedAt = NOW - 5 * MINUTE, result = found() } = {},
): Promise<void> {
  await store.createTable();
  const tables = await readTableIds(client, { source: activeTable, target: table });
  const begun = await store.startVerification({ from, transform, startedAt, tables });
  await store.finishVerification(begun, result, startedAt + MINUTE);
}

const gate = (options: Partial<Parameters<typeof verified>[0]> = {}) =>
  verified({ within: "1h", ...options }, () => NOW);

onEachStore(({ client }) => {
  test("a recent verification without differences passes, with its figures", async () => {
    const candidate = await cutOver(client());
    await record(candidate);
    expect(await gate().check(candidate)).toEqual({
      ready: true,
      note: "0 differences: 10 items of version 3 and 9 of version 4, 1 left out, transform none, begun 5 min ago",
    });
  });

  test.each<
    [string, Parameters<typeof record>[1], Partial<Parameters<typeof verified>[0]>, RegExp]
  >([
    ["one that is too old", { startedAt: NOW - 61 * MINUTE }, {}, /too old: .*begun 61 min ago/],
    ["one of another source", { from: 2 }, {}, /compared version 2, and version 3 is active/],
    ["one with another transform", {}, { transform: "0123456789abcdef" }, /used transform none/],
    ["one without a time", { startedAt: 0 }, {}, /has no time/],
    ["one of the future", { startedAt: NOW + 2 * MINUTE }, {}, /in the future/],
    ["one with differences", { result: found([missing]) }, {}, /found 1 differences \(1 missing\)/],
    [
      "one of an empty target",
      { result: { ...found(), leftOut: 10, targetItems: 0 } },
      {},
      /10 items .*none/,
    ],
    ["one that stopped early", { result: found([], false) }, {}, /at least 0 differences/],
  ])("%s is refused", async (_what, recorded, options, reason) => {
    const candidate = await cutOver(client());
    await record(candidate, recorded);
    const verdict = await gate(options).check(candidate);
    expect(verdict).toMatchObject({ ready: false, reason: expect.stringMatching(reason) });
    expect(verdict).not.toMatchObject({ final: true });
  });

  test.each([3, 4])("one of a table v%i that was recreated since is refused", async (version) => {
    const db = client();
    const candidate = await cutOver(db);
    await record(candidate);
    const table = `${candidate.alias}_v${version}`;
    await deleteTable(db, table);
    await createTable(db, table, { pk: "S" });
    expect(await gate().check(candidate)).toMatchObject({
      ready: false,
      reason: expect.stringMatching(new RegExp(`table "${table}" .*created again`)),
    });
  });

  test("for functions, the fix of a recreated table is a new copy, of differences their verification", async () => {
    const db = client();
    const candidate = await cutOver(db);
    const { alias, store, table } = candidate;
    await record(candidate, { result: found([missing]) });
    const start = { from: 3, transform: "none", segments: 4, startedAt: NOW };
    const started = await store.start({
      ...start,
      tables: { source: "1", target: "2" },
      engine: "lambda",
    });
    await store.beginReplay(started.run, NOW);
    expect(await gate().check(candidate)).toMatchObject({
      fix: `run swap migrate repair ${alias} --from 3 --to 4, then swap migrate verify ${alias} 4`,
    });
    await deleteTable(db, table);
    await createTable(db, table, { pk: "S" });
    expect(await gate().check(candidate)).toMatchObject({
      fix: expect.stringMatching(/take migrateFrom out .*declare it again$/),
    });
  });

  test("one of a table that is gone is refused", async () => {
    const db = client();
    const candidate = await cutOver(db);
    await record(candidate);
    await deleteTable(db, candidate.table);
    expect(await gate().check(candidate)).toMatchObject({ ready: false, missing: true });
  });

  test.each([
    ["none", "4"],
    ["0123456789abcdef", "4 --transform FILE"],
  ])(
    "the fix for differences with transform %s is a repair and a verification",
    async (transform, end) => {
      const candidate = await cutOver(client());
      await record(candidate, { transform, result: found([missing]) });
      const { alias } = candidate;
      const to = end.replace("4", "--to 4");
      expect(await gate().check(candidate)).toMatchObject({
        fix: `run swap migrate repair ${alias} --from 3 ${to}, then swap verify ${alias} 3 ${end}`,
      });
    },
  );

  test("what it refuses is not read by the gates that follow", async () => {
    const db = client();
    const candidate = await cutOver(db);
    await record(candidate, { result: found([missing]) });
    const actions: string[] = [];
    interfere(db, ({ action, go }) => {
      actions.push(action);
      return go();
    });
    const { gates } = createGates(
      { verify: { within: "1h" }, minItems: { count: 1 } },
      { now: () => NOW },
    );
    await expect(runGates(candidate, gates)).rejects.toMatchObject({
      payload: { gate: "verify", reason: expect.stringContaining("1 differences") },
    });
    expect(actions).toContain("GetItem");
    expect(actions).not.toContain("Scan");
  });

  test("differences up to the permitted number pass", async () => {
    const candidate = await cutOver(client());
    await record(candidate, { result: found([missing]) });
    expect(await gate({ differences: 1 }).check(candidate)).toMatchObject({ ready: true });
  });

  test("one that gets too old while other gates run is refused", async () => {
    const db = client();
    const candidate = await cutOver(db);
    await fill(db, candidate.table, [{ pk: { S: "a" } }]);
    await record(candidate);
    let now = NOW;
    interfere(db, ({ action, go }) => {
      if (action === "Scan") now += 60 * MINUTE;
      return go();
    });
    const { gates } = createGates(
      { verify: { within: "1h" }, minItems: { count: 1 } },
      { now: () => now },
    );
    await expect(runGates(candidate, gates)).rejects.toMatchObject({
      code: "swap.not-ready",
      payload: { gate: "verify", reason: expect.stringContaining("too old") },
    });
  });

  test("the figures of a verification are reported once", async () => {
    const db = client();
    const candidate = await cutOver(db);
    await fill(db, candidate.table, [{ pk: { S: "a" } }]);
    await record(candidate, { startedAt: Date.now() });
    const { gates } = createGates({ verify: { within: "1h" }, minItems: { count: 1 } });
    const notes = await runGates(candidate, gates);
    expect(notes.filter((note) => note.startsWith("verify"))).toHaveLength(1);
  });

  test("one with another transform than the recorded copy is refused", async () => {
    const candidate = await cutOver(client());
    await candidate.store.createTable();
    const transform = "0123456789abcdef";
    const tables = { source: "1", target: "2" };
    await candidate.store.start({ from: 3, transform, segments: 4, startedAt: NOW, tables });
    await record(candidate);
    expect(await gate().check(candidate)).toMatchObject({
      ready: false,
      reason: expect.stringContaining(`used transform none, ${transform} is wanted`),
      fix: expect.stringMatching(/--transform FILE.*--restart/),
    });
  });

  test("one that is running, or was interrupted, replaces an older good one", async () => {
    const candidate = await cutOver(client());
    await record(candidate);
    const tables = { source: "1", target: "2" };
    const start = { from: 3, transform: "none", startedAt: NOW, tables };
    await candidate.store.startVerification(start);
    expect(await gate().check(candidate)).toMatchObject({
      ready: false,
      reason: expect.stringContaining("has not finished"),
      fix: expect.stringContaining(`swap verify ${candidate.alias} 3 4`),
    });
  });

  test("one that functions gave up says why, and how to ask them for another", async () => {
    const candidate = await cutOver(client());
    const { store, alias } = candidate;
    await store.createTable();
    const tables = { source: "1", target: "2" };
    const start = { from: 3, transform: "none", startedAt: NOW, tables };
    const started = await store.start({ ...start, segments: 4, engine: "lambda" });
    const { run } = await store.startVerification(start);
    await store.failVerification(run, "it timed out");
    const fixed = async (fix: unknown) =>
      expect(await gate().check(candidate)).toMatchObject({ ready: false, fix });
    expect(await gate().check(candidate)).toMatchObject({
      reason: expect.stringMatching(/given up: it timed out$/),
    });
    await fixed(expect.stringMatching(/^wait: /));
    await store.beginReplay(started.run, NOW);
    await fixed(`run swap migrate verify ${alias} 4`);
    const note = { by: "alice", at: NOW };
    await store.changeControl(started, { kind: "pause" }, note);
    await fixed(`run swap migrate resume ${alias} 4`);
    await store.changeControl(started, { kind: "cancel" }, note);
    await fixed(expect.stringMatching(/^take migrateFrom out .*declare it again$/));
  });

  test.each([
    ["lambda" as const, /^take migrateFrom out/],
    [undefined, /--restart/],
  ])("a copy (engine: %s) that was cancelled can't be repaired", async (engine, fix) => {
    const candidate = await cutOver(client());
    const { store } = candidate;
    await store.createTable();
    const start = { from: 3, transform: "none", segments: 4, startedAt: NOW };
    const tables = { source: "1", target: "2" };
    const started = await store.start({ ...start, tables, ...(engine && { engine }) });
    await store.changeControl(started, { kind: "cancel" }, { by: "alice", at: NOW });
    await record(candidate, { result: found([missing]) });
    const verdict = await gate().check(candidate);
    expect(verdict).toMatchObject({ ready: false, fix: expect.stringMatching(fix) });
  });

  test("without a record, and without its table, it is refused with the command to run", async () => {
    const candidate = await cutOver(client());
    const { alias } = candidate;
    const refused = {
      ready: false,
      reason: expect.stringContaining(`none is recorded in "${alias}_migration"`),
      fix: expect.stringMatching(`^run swap verify ${alias} 3 4\\b.*--transform FILE`),
    };
    expect(await gate().check(candidate)).toEqual(refused);
    await candidate.store.createTable();
    expect(await gate().check(candidate)).toEqual(refused);
  });

  test("a first activation has nothing to compare with", async () => {
    const { activeTable: _none, ...candidate } = await cutOver(client());
    expect(await gate().check(candidate)).toMatchObject({
      ready: true,
      note: expect.stringContaining("skipped"),
    });
  });

  test("it fails closed: a refused read stops the cut-over", async () => {
    const db = client();
    const candidate = await cutOver(db);
    await record(candidate);
    deny(db, "GetItem");
    const { gates } = createGates({ table: false, verify: { within: "1h" } });
    await expect(runGates(candidate, gates)).rejects.toMatchObject({
      code: "swap.not-ready",
      payload: { gate: "verify", reason: expect.stringContaining("GetItem") },
    });
  });
});
