import { type ItemDifference, type MigrationStart, MigrationStore } from "../../src/migration";
import { type Database, startDatabase } from "./database";
import { jsonOf, swap } from "./swap";

const USAGE = 2;
const DIFFERS = 10;
const alice = { by: "alice@bastion", at: 1_760_000_000_000, reason: "peak hours" };
const tables = { source: "1", target: "2" };

let db: Database;
let made = 0;
beforeAll(async () => {
  db = await startDatabase();
});
afterAll(() => db.stop());

interface Run {
  alias: string;
  store: MigrationStore;
  started: MigrationStart;
}

async function newRun(engine: "lambda" | undefined, replays = true): Promise<Run> {
  made += 1;
  const alias = `verified${made}`;
  const store = new MigrationStore({ client: db.client }, alias, 2);
  await store.createTable();
  const started = await store.start({
    from: 1,
    transform: "none",
    segments: 2,
    startedAt: Date.now(),
    tables,
    engine,
  });
  if (replays) await store.beginReplay(started.run, Date.now());
  return { alias, store, started };
}

const ask = ({ alias }: Run, ...flags: string[]) =>
  swap(["migrate", "verify", alias, "2", ...flags], db.env);

/** Waits for a request, as the functions do, and returns what identifies it. */
async function requested({ store }: Run): Promise<string> {
  for (;;) {
    const run = await store.requestedVerification();
    if (run !== undefined) return run;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const begin = async (of: Run, run?: string) =>
  of.store.startVerification({
    from: 1,
    transform: "none",
    startedAt: 5,
    tables,
    ...(run && { run }),
  });

/** Does the work of the functions, which find these differences. */
async function verifies(of: Run, differences: ItemDifference[], leftOut = 2): Promise<void> {
  const record = await begin(of, await requested(of));
  const sourceItems = 1_200;
  const counts = { sourceItems, leftOut, targetItems: sourceItems - leftOut, complete: true };
  await of.store.finishVerification(record, { ...counts, differences }, 9);
}

test("without a terminal it asks and ends; the row says who asked", async () => {
  const of = await newRun("lambda");
  const asked = await ask(of, "--json");
  expect(jsonOf(asked)).toEqual({
    event: "requested",
    alias: of.alias,
    to: 2,
    run: await of.store.requestedVerification(),
  });
  expect((await ask(of)).stderr).toContain(`next: swap status ${of.alias} 2`);
});

test("with --wait it ends with what the functions found", async () => {
  const same = await newRun("lambda");
  const [agreed] = await Promise.all([ask(same, "--wait"), verifies(same, [])]);
  expect(agreed).toMatchObject({ code: 0 });
  expect(agreed.stdout).toContain("1,200 items, 2 left out, 1,198 in the target: they agree");

  const key = { pk: { S: "k1" } };
  const differs = [
    { kind: "missing" as const, sourceKey: key, targetKey: key },
    { kind: "failed" as const, sourceKey: { pk: { S: "k2" } }, reason: "it threw" },
  ];
  const other = await newRun("lambda");
  const [found] = await Promise.all([ask(other, "--wait", "--json"), verifies(other, differs)]);
  expect(found.code).toBe(DIFFERS);
  expect(jsonOf(found)).toMatchObject({
    event: "verified",
    from: 1,
    to: 2,
    differences: 2,
    counts: { missing: 1, failed: 1 },
    samples: { missing: [{ key: '{"pk":"k1"}' }], failed: [{ reason: "it threw" }] },
  });
  const again = await newRun("lambda");
  const [shown] = await Promise.all([ask(again, "--wait"), verifies(again, differs)]);
  expect(shown.stderr).toContain(`swap migrate repair ${again.alias} --from 1 --to 2`);
});

test("a copy that left out each item is no success: no verification of it counts", async () => {
  const empty = await newRun("lambda");
  const [told] = await Promise.all([ask(empty, "--wait"), verifies(empty, [], 1_200)]);
  expect(told.code).toBe(DIFFERS);
  expect(told.stderr).toMatch(/leaves out each item.*declare it again/);
});

test("it counts the keys that it does not name, and suggests no repair that can't help", async () => {
  const missing = Array.from({ length: 12 }, (_, n): ItemDifference => {
    const key = { pk: { S: `k${n}` } };
    return { kind: "missing", sourceKey: key, targetKey: key };
  });
  const many = await newRun("lambda");
  const [shown] = await Promise.all([ask(many, "--wait"), verifies(many, missing)]);
  expect(shown.stdout).toMatch(/^missing +12 +\S+, \S+, \S+ and 9 more$/m);

  const failing = await newRun("lambda");
  const failed = { kind: "failed" as const, sourceKey: { pk: { S: "k" } }, reason: "it threw" };
  const [told] = await Promise.all([ask(failing, "--wait"), verifies(failing, [failed])]);
  expect(told.stderr).toContain("it threw");
  expect(told.stderr).not.toContain("migrate repair");
});

test("with --wait it ends when the functions give up, or another one comes in between", async () => {
  const failing = await newRun("lambda");
  const [failed] = await Promise.all([
    ask(failing, "--wait"),
    (async () => {
      const { run } = await begin(failing, await requested(failing));
      await failing.store.failVerification(run, "the transform is another one");
    })(),
  ]);
  expect(failed.code).not.toBe(0);
  expect(failed.stderr).toContain("the transform is another one");

  const other = await newRun("lambda");
  const [replaced] = await Promise.all([
    ask(other, "--wait"),
    requested(other).then(() => other.store.requestVerification(alice)),
  ]);
  expect(replaced).toMatchObject({ code: USAGE });
});

test("a run that no function can verify now is refused, with what to do", async () => {
  expect((await ask(await newRun(undefined))).stderr).toContain("run swap verify");
  expect((await ask(await newRun("lambda", false))).stderr).toContain("by themselves");
  const held = await newRun("lambda");
  await held.store.changeControl(held.started, { kind: "pause" }, alice);
  expect((await ask(held)).stderr).toContain(`run swap migrate resume ${held.alias} 2`);
  await held.store.changeControl(held.started, { kind: "cancel" }, alice);
  const cancelled = await ask(held);
  expect(cancelled).toMatchObject({ code: USAGE });
  expect(cancelled.stderr).toContain(alice.by);
  expect(await held.store.requestedVerification()).toBeUndefined();
});
