import { hostname, userInfo } from "node:os";
import { BatchWriteItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { type MigrationStart, MigrationStore } from "../../src/migration";
import { type Database, goRow, startDatabase } from "./database";
import { live } from "./live";
import { jsonOf, swap } from "./swap";
import { hasTerminal, terminal } from "./terminal";

const USAGE = 2;
const INTERRUPTED = 130;
const me = `${userInfo().username}@${hostname()}`;
const alice = { by: "alice@bastion", at: 1_760_000_000_000, reason: "peak hours" };

let db: Database;
let made = 0;

beforeAll(async () => {
  db = await startDatabase();
});
afterAll(() => db.stop());

/** An alias with a run that copies version 1 to 2, by the functions of a program or in one process. */
async function newRun(engine?: "lambda"): Promise<{ alias: string; store: MigrationStore }> {
  made += 1;
  const alias = `held${made}`;
  const store = new MigrationStore({ client: db.client }, alias, 2);
  await store.createTable();
  await store.start({
    from: 1,
    transform: "none",
    segments: 2,
    startedAt: 1_760_000_000_000,
    tables: { source: "1", target: "2" },
    engine,
  });
  return { alias, store };
}

const startOf = async (store: MigrationStore) => (await store.started()) as MigrationStart;
const control = async (store: MigrationStore) => store.control((await startOf(store)).run);
const run = (...args: string[]) => swap(["migrate", ...args], db.env);
const lines = (text: string) => text.trimEnd().split("\n");

test("a run is paused and resumed by who asks for it, with a reason", async () => {
  const { alias, store } = await newRun();
  const paused = await run("pause", alias, "2", "--reason", "peak hours");
  expect(paused).toMatchObject({ code: 0, stdout: `${alias} to version 2: paused\n` });
  expect(lines(paused.stderr)).toEqual([`swap: next: swap migrate resume ${alias} 2`]);
  expect(await control(store)).toEqual({
    paused: { by: me, at: expect.any(Number), reason: "peak hours" },
  });

  const again = await run("pause", alias, "2");
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toContain(`already paused by ${me} at `);
  expect((await control(store)).paused?.reason).toBe("peak hours");

  const resumed = await run("resume", alias, "2");
  expect(resumed.stdout).toMatch(/: resumed, it was paused by .*: peak hours\n$/);
  expect(resumed.stderr).toContain(`swap migrate copy ${alias} --from 1 --to 2`);
  const last = { from: expect.any(Number), until: expect.any(Number) };
  expect(await control(store)).toEqual({ pauses: { last, totalMs: expect.any(Number) } });
  expect((await run("resume", alias, "2")).stdout).toContain("not paused");
});

test("a pause of a program's copy says how long it may last", async () => {
  const { alias } = await newRun("lambda");
  const { stderr } = await run("pause", alias, "2");
  expect(lines(stderr)[0]).toContain("2025-10-10T07:53:20.000Z");
});

test("a limit is set, changed and removed, and says what was before", async () => {
  const { alias, store } = await newRun("lambda");
  const first = await run("throttle", alias, "2", "500");
  expect(first.stdout).toMatch(/: at most 500 items a second; before: no limit\n$/);
  await store.changeControl(await startOf(store), { kind: "throttle", perSecond: 20 }, alice);
  const second = await run("throttle", alias, "2", "off");
  expect(second.stdout).toMatch(/: no limit; before: at most 20 items a second\n$/);
  expect(second.stderr).toContain(alice.by);
  expect(await control(store)).toEqual({});
  expect((await run("throttle", alias, "2", "off")).stdout).toMatch(/already no limit/);
});

test.each(["0", "-5", "1.5", "1000001", "none", ""])("a rate of %j is refused", async (rate) => {
  const { code, stderr } = await run("throttle", "held", "2", "--", rate);
  expect(code).toBe(USAGE);
  expect(stderr).toContain("RATE");
});

test("a run is cancelled for good", async () => {
  const { alias, store } = await newRun();
  expect(await run("cancel", alias, "2", "--yes", "--reason", "wrong transform")).toMatchObject({
    code: 0,
    stdout: `${alias} to version 2: cancelled\n`,
  });
  expect(await control(store)).toMatchObject({ cancelled: { reason: "wrong transform" } });
  expect((await run("cancel", alias, "2", "--yes")).stdout).toContain("already cancelled by");
  for (const args of [["pause"], ["throttle", "5"]]) {
    const [command = "", ...rate] = args;
    const refused = await run(command, alias, "2", ...rate);
    expect([command, refused.code]).toEqual([command, USAGE]);
    expect(refused.stderr).toContain("wrong transform");
  }
});

test("without a terminal a cancellation has to be confirmed by a flag", async () => {
  const { alias, store } = await newRun();
  const refused = await run("cancel", alias, "2");
  expect(refused).toMatchObject({ code: USAGE, stdout: "" });
  expect(refused.stderr).toContain("--yes");
  expect(await control(store)).toEqual({});
});

(hasTerminal ? test.each : test.skip.each)([
  ["yes", 0, true],
  ["no", INTERRUPTED, false],
])("on a terminal the answer %s is obeyed", async (answer, code, cancelled) => {
  const { alias, store } = await newRun();
  const asked = await terminal(["migrate", "cancel", alias, "2"], db.env, {
    until: "Type yes",
    answer: `${answer}\n`,
  });
  expect(asked.code).toBe(code);
  expect((await control(store)).cancelled !== undefined).toBe(cancelled);
});

test("JSON says what is asked of the run now, on one line", async () => {
  const { alias, store } = await newRun();
  await store.changeControl(await startOf(store), { kind: "throttle", perSecond: 20 }, alice);
  const ran = await run("pause", alias, "2", "--json");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(lines(ran.stdout)).toHaveLength(1);
  expect(jsonOf(ran)).toEqual({
    event: "paused",
    alias,
    to: 2,
    run: (await startOf(store)).run,
    changed: true,
    paused: { by: me, at: expect.stringMatching(/^20.*Z$/), reason: null },
    rate: { by: alice.by, at: "2025-10-09T08:53:20.000Z", reason: alice.reason, perSecond: 20 },
    cancelled: null,
  });
});

test.each([
  ["pause", []],
  ["resume", []],
  ["throttle", ["5"]],
  ["cancel", ["--yes"]],
])("%s refuses a version to which no copy was started", async (command, more) => {
  const { alias } = await newRun();
  const missing = await run(command, alias, "3", ...more);
  expect(missing).toMatchObject({ code: USAGE, stdout: "" });
  expect(missing.stderr).toContain(`"${alias}_migration"`);
  const absent = await run(command, "nobody", "2", ...more);
  expect(absent).toMatchObject({ code: USAGE, stdout: "" });
  expect(absent.stderr).toContain('"nobody_migration"');
});

test("a reason that is too long is refused", async () => {
  const { alias, store } = await newRun();
  const refused = await run("pause", alias, "2", "--reason", "x".repeat(257));
  expect(refused.code).toBe(USAGE);
  expect(refused.stderr).toContain("257");
  expect(await control(store)).toEqual({});
});

describe("a copy in one process", () => {
  async function newCopy(items: number): Promise<{ alias: string; store: MigrationStore }> {
    made += 1;
    const alias = `held${made}`;
    await db.put(goRow(alias, 1));
    for (const version of [1, 2]) await db.createTable(`${alias}_v${version}`);
    for (let start = 0; start < items; start += 25)
      await db.client.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [`${alias}_v1`]: Array.from({ length: Math.min(25, items - start) }, (_, at) => ({
              PutRequest: { Item: { pk: { S: `a${start + at}` } } },
            })),
          },
        }),
      );
    return { alias, store: new MigrationStore({ client: db.client }, alias, 2) };
  }
  const copying = (alias: string) => ["migrate", "copy", alias, "--from", "1", "--to", "2"];

  test.each([false, true])("ends when it is paused, and goes on later; json %s", async (json) => {
    const { alias, store } = await newCopy(300);
    const slow = live([...copying(alias), "--rate", "20", ...(json ? ["--json"] : [])], db.env);
    for (;;) {
      const started = await store.started();
      if (started && (await store.segments(started.run)).length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await store.changeControl(await startOf(store), { kind: "pause" }, alice);
    const stopped = await slow.end;
    expect(stopped.code).toBe(INTERRUPTED);
    if (json)
      expect(JSON.parse(lines(stopped.stdout).at(-1) ?? "")).toMatchObject({
        event: "interrupted",
        verb: "copied",
        paused: { by: alice.by, reason: alice.reason },
      });
    else {
      const line = lines(stopped.stderr).at(-1);
      for (const part of [alice.by, alice.reason, `swap migrate resume ${alias} 2`, "copied "])
        expect(line).toContain(part);
    }

    for (const more of [[], ["--restart"]]) {
      const refused = await swap([...copying(alias), ...more], db.env);
      expect([more, refused.code]).toEqual([more, USAGE]);
      expect(refused.stderr).toContain(`run swap migrate resume ${alias} 2`);
    }
    expect((await run("resume", alias, "2")).code).toBe(0);
    expect((await swap(copying(alias), db.env)).stdout).toContain("300 read, 300 written");
  });

  test("a repair ends when its run is paused, and is refused while it is, or was cancelled", async () => {
    const { alias, store } = await newCopy(60);
    await store.createTable();
    const empty = { from: 1, transform: "none", segments: 1, startedAt: 1 };
    const verified = await swap(["verify", alias, "1", "2"], db.env);
    expect(verified.stdout).toContain("60 differences");
    const started = await store.start({ ...empty, tables: { source: "1", target: "2" } });
    const repairing = ["migrate", "repair", alias, "--from", "1", "--to", "2"];
    const slow = live([...repairing, "--rate", "5"], db.env);
    const written = async () =>
      (await db.client.send(new ScanCommand({ TableName: `${alias}_v2`, Select: "COUNT" }))).Count;
    while ((await written()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await store.changeControl(started, { kind: "pause" }, alice);
    expect(await slow.end).toMatchObject({ code: INTERRUPTED });
    const paused = await swap(repairing, db.env);
    expect(paused.code).toBe(USAGE);
    expect(paused.stderr).toContain(`run swap migrate resume ${alias} 2`);
    await store.changeControl(started, { kind: "cancel" }, alice);
    expect((await swap(repairing, db.env)).stderr).toContain("copy with --restart");
  });

  test("a cancelled run is refused, and --restart begins another one", async () => {
    const { alias, store } = await newCopy(3);
    expect((await swap(copying(alias), db.env)).code).toBe(0);
    await run("cancel", alias, "2", "--yes");
    const refused = await swap(copying(alias), db.env);
    expect(refused.code).toBe(USAGE);
    expect(refused.stderr).toContain("--restart");
    expect((await swap([...copying(alias), "--restart"], db.env)).code).toBe(0);
    // The row of the cancelled run is left, and says nothing of the new one.
    expect(await control(store)).toEqual({});
    expect((await run("pause", alias, "2")).code).toBe(0);
    expect(Object.keys(await control(store))).toEqual(["paused"]);
  });
});
