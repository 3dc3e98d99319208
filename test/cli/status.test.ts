import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { aliasJson } from "../../src/cli/dashboard/alias-json";
import { CopyRates } from "../../src/cli/status/copy-rates";
import type { AliasStatus } from "../../src/cli/status/read-status";
import { type StatusJson, statusJson } from "../../src/cli/status/status-json";
import { statusLines } from "../../src/cli/status/status-lines";
import {
  MigrationStore,
  readTableIds,
  type StartedFacts,
  type TableIds,
} from "../../src/migration";
import { NOW, ready, START } from "../unit/migration/facts";
import { type Database, goRow, startDatabase } from "./database";
import { live } from "./live";
import { startProxy } from "./proxy";
import { ownRow } from "./rows";
import { AWS_ENV, BASE_ENV, BIN, jsonOf, swap } from "./swap";
import { hasTerminal, startOnTerminal, terminal } from "./terminal";

const GRACE = 86_400_000;
const described = (ItemCount: number) => ({ TableStatus: "ACTIVE", ItemCount });
const status = (version: number) => ({ role: "ahead", barred: false, retired: false, version });

/** An alias whose version 3 is copied to version 4; half of it is done. */
const copying: AliasStatus = {
  alias: "orders",
  now: NOW,
  row: {
    alias: "orders",
    version: 3,
    activatedAt: NOW - 3_600_000,
    previous: 2,
    foreign: false,
    history: [
      { version: 2, at: START - 1_000, kind: "set" },
      { version: 3, at: NOW - 3_600_000, kind: "set" },
    ],
    barred: [],
    retired: [],
  },
  versions: [
    { ...status(4), table: "orders_v4", status: status(4), description: described(0) },
    {
      version: 3,
      table: "orders_v3",
      status: { role: "active", barred: false, retired: false },
      description: described(98_000_000),
    },
  ] as AliasStatus["versions"],
  migrations: [
    {
      sourceItems: 98_000_000,
      tables: ready.started.tables,
      parked: Array.from({ length: 7 }, (_, index) => ({
        key: `{"pk":"c#${index}"}`,
        reason: "the transform failed: no total\u001b[31m",
      })),
      strays: [],
      facts: {
        ...ready,
        started: { ...ready.started, replayFrom: undefined },
        segments: ready.segments.map((each) => ({
          ...each,
          done: each.segment === 0,
          read: 20_600_056,
          written: 20_600_050,
          leftOut: 6,
        })),
        verification: undefined,
        replay: { minutes: [], failing: [], running: [] },
        reverse: { minutes: [], failing: [], running: [] },
        wayBack: undefined,
        strays: [],
        control: {
          rate: { by: "bob@bastion", at: NOW - 60_000, perSecond: 500, reason: "peak hours" },
        },
      },
    },
  ],
};

const withFacts = (
  facts: Partial<typeof ready>,
  tables: TableIds = ready.started.tables,
): AliasStatus => ({
  ...copying,
  migrations: [
    {
      sourceItems: 98_000_000,
      tables,
      parked: [],
      strays: [],
      facts: { ...ready, ...facts },
    },
  ],
});

const linesOf = (seen: AliasStatus, width: number | undefined) =>
  statusLines(statusJson(seen, GRACE, undefined), { colour: false, width });

describe("what is shown", () => {
  test.each([60, 80, 120])("of a copy, at %d columns", (width) => {
    const lines = linesOf(copying, width);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines.join("\n")).toMatchSnapshot();
  });

  test("of a replay that fails", () => {
    const failing = [
      {
        sequence: "1",
        changedAt: NOW - 90_000,
        since: NOW - 80_000,
        lastAt: NOW,
        reason: "denied",
      },
    ];
    expect(
      linesOf(withFacts({ replay: { ...ready.replay, failing } }), 80).join("\n"),
    ).toMatchSnapshot();
  });

  test("of a migration that is ready, paused, or cancelled", () => {
    const note = { by: "alice", at: NOW - 120_000 };
    for (const control of [{}, { paused: note }, { cancelled: { ...note, reason: "wrong key" } }])
      expect(linesOf(withFacts({ control }), 80).join("\n")).toMatchSnapshot();
  });

  test("parked keys are what is next, before any wait, unless nothing can help", () => {
    const parked = [
      { sourceKey: { pk: { S: "a" } }, kind: "transform" as const, reason: "no total", at: NOW },
    ];
    const next = (facts: Partial<typeof ready>) =>
      statusJson(withFacts({ parked, ...facts }), GRACE, undefined).migrations[0]?.next;
    const begins = /^correct the items in version 3 whose keys are parked; /;
    const notBegun = { ...ready.started, replayFrom: undefined };
    const half = ready.segments.map((each) => ({ ...each, done: each.segment === 0 }));
    expect(next({ started: notBegun, segments: half })).toMatch(begins);
    expect(next({ started: notBegun })).toMatch(begins);
    expect(next({ started: notBegun })).toMatch(/; meanwhile wait a minute; /);
    expect(next({})).toMatch(begins);
    expect(next({})).not.toContain("meanwhile");
    expect(next({ started: { ...ready.started, from: 2 } })).not.toMatch(begins);
    const back = parked.map((each) => ({ ...each, back: true as const }));
    expect(next({ parked: back, started: notBegun })).toMatch(/^wait a minute/);
  });

  test("of what is next for a copy of one process, and a pause of a day", () => {
    const next = (facts: Partial<typeof ready>, now = NOW) =>
      statusJson({ ...withFacts(facts), now }, GRACE, undefined).migrations[0]?.next;
    const started = { ...ready.started, engine: undefined, replayFrom: undefined };
    const verification = ready.verification as NonNullable<typeof ready.verification>;
    const differs = { ...verification, counts: { ...verification.counts, missing: 5 } };
    expect(next({ started })).toContain("activeVersion: 4");
    expect(next({ started, verification: differs })).toBe(
      "swap migrate repair orders --from 3 --to 4, then swap verify orders 3 4",
    );
    expect(next({ started }, NOW + 3_600_000)).toContain("swap verify orders 3 4;");
    const paused = { by: "alice", at: NOW };
    // A change that was made 40 s before waits.
    const call = { sequence: "1", changedAt: NOW - 40_000, since: NOW, lastAt: NOW };
    const held = { replay: { ...ready.replay, running: [call] }, control: { paused } };
    expect(next(held, NOW + 68_359_999)).toBe("swap migrate resume orders 4");
    const last = new Date(NOW + 82_760_000).toISOString();
    expect(next(held, NOW + 82_759_999)).toMatch(
      `swap migrate resume orders 4 by ${last} at the latest`,
    );
    expect(next(held, NOW + 82_760_000)).toMatch(/^swap migrate cancel orders 4/);
  });

  test.each([
    ["deleted", ""],
    ["created again", "another"],
  ])("of a migration whose table was %s", (_, target) => {
    const shown = (engine: "lambda" | undefined, tables?: TableIds) => {
      const seen = withFacts({ started: { ...ready.started, engine } }, tables);
      const { readiness, status } = aliasJson(seen, GRACE, new CopyRates(2));
      const [migration] = status?.migrations ?? [];
      const { passes } = readiness[0]?.answers.at(-1) ?? {};
      return [migration?.phase, passes, migration?.next];
    };
    const other = { source: "s", target };
    for (const [engine, phase, fix] of [
      ["lambda", "catching up", "take migrateFrom out"],
      [undefined, "copied", "--restart"],
    ] as const) {
      expect(shown(engine)).toEqual(["ready", true, expect.stringContaining("activeVersion: 4")]);
      expect(shown(engine, other)).toEqual([phase, false, expect.stringContaining(fix)]);
    }
  });

  test("of a replay whose call was killed, and of one without changes since", () => {
    const replayOf = (running: typeof ready.replay.running, minute: number) => {
      const minutes = ready.replay.minutes.map((each) => ({ ...each, minute }));
      return linesOf(withFacts({ replay: { ...ready.replay, minutes, running } }), undefined).find(
        (line) => line.startsWith("replay"),
      );
    };
    const call = { sequence: "1", changedAt: NOW - 1_200_000, since: NOW - 960_001, lastAt: NOW };
    expect(replayOf([call], 1)).toMatch(/fails, .*lag 20 min: a call .* has not ended/);
    expect(replayOf([], 1)).toMatch(/lag 900 ms, last change/);
  });

  test("control characters of what others wrote are escaped", () => {
    expect(linesOf(copying, undefined).join("\n")).not.toContain("\u001b");
  });
});

describe("the rate", () => {
  const copyOf = (seen: AliasStatus, rates?: Map<number, number | undefined>) =>
    statusJson(seen, GRACE, rates).migrations[0]?.copy;
  const readBy = (now: number, read: number): AliasStatus => {
    const seen = withFacts({
      started: { ...ready.started, replayFrom: undefined },
      segments: [{ ...(ready.segments[0] as (typeof ready.segments)[0]), done: false, read }],
    });
    return { ...seen, now };
  };

  test("is the average from the start to the last save", () => {
    expect(copyOf(readBy(NOW, 36_000))).toMatchObject({ perSecond: 10, secondsLeft: 9_796_400 });
  });

  test("counts no pause, neither in the average nor in the last looks", () => {
    const withPauses = (seen: AliasStatus, control: StartedFacts["control"]): AliasStatus => ({
      ...seen,
      migrations: seen.migrations.map((each) => ({ ...each, facts: { ...each.facts, control } })),
    });
    // The copy took an hour up to the last save; half of that it was paused, and for a minute after it.
    const last = { from: START + 3_600_000, until: START + 3_660_000 };
    const pauses = { totalMs: 1_860_000, last };
    const seen = withPauses(readBy(NOW, 36_000), { pauses });
    expect(copyOf(seen)).toMatchObject({ perSecond: 20 });
    // Two pauses since the last save: how much of the time before it was paused, nobody knows.
    const later = { ...last, from: last.from + 1 };
    const twice = withPauses(readBy(NOW, 36_000), { pauses: { ...pauses, last: later } });
    expect(copyOf(twice)).toMatchObject({ perSecond: null });
    const rates = new CopyRates(3);
    const look = (seconds: number, read: number, control: StartedFacts["control"] = {}) => {
      const looked = withPauses(readBy(NOW + seconds * 1_000, read), control);
      return copyOf(looked, rates.update(looked))?.perSecond;
    };
    const paused = { by: "alice", at: NOW };
    expect([look(0, 100), look(1, 200), look(50, 300, { paused }), look(60, 300)]).toEqual([
      null,
      100,
      null,
      null,
    ]);
    expect(look(61, 400)).toBe(100);
  });

  test("says when the copy ends after its deadline, and by when a paused one has to go on", () => {
    const read = { ...(ready.segments[0] as (typeof ready.segments)[0]), done: false };
    const migrationOf = (each: number, control: StartedFacts["control"], now = NOW) => {
      const started = { ...ready.started, replayFrom: undefined };
      const segments = [{ ...read, read: each, savedAt: START + 3_600_000 }];
      const seen = { ...withFacts({ started, segments, control }), now };
      const json = statusJson(seen, GRACE, undefined);
      return {
        migration: json.migrations[0],
        lines: statusLines(json, { colour: false, width: undefined }),
      };
    };
    const lineOf = ({ lines }: ReturnType<typeof migrationOf>, label: string) =>
      lines.find((line) => line.startsWith(label));
    // 1,000,000 of 98,000,000 items in an hour: 97 more hours.
    expect(lineOf(migrationOf(1_000_000, {}), "deadline")).toMatch(
      /at this rate the copy ends 3 d 4 h after it$/,
    );
    expect(lineOf(migrationOf(49_000_000, {}), "deadline")).toMatch(/23 h after the start$/);
    // Half of it in an hour: the other half takes one, too.
    const paused = { by: "alice", at: START + 3_600_000 };
    const early = migrationOf(49_000_000, { paused });
    const resumeBy = new Date(START + 22 * 3_600_000).toISOString();
    expect(early.migration).toMatchObject({ paused: { resumeBy }, pausedSeconds: 5_400 });
    expect(lineOf(early, "paused")).toMatch(
      new RegExp(`by alice on [^;]*; to be resumed on ${resumeBy} at the latest$`),
    );
    expect(lineOf(early, "deadline")).toMatch(/, paused or not$/);
    const late = migrationOf(49_000_000, { paused }, START + 22.5 * 3_600_000);
    expect(late.migration?.next).toContain("it ends after the deadline");
    expect(lineOf(late, "paused")).toMatch(new RegExp(`had to be resumed by ${resumeBy}$`));
    const before = { totalMs: 60_000, last: { from: START, until: START + 60_000 } };
    expect(lineOf(migrationOf(1, { paused, pauses: before }), "paused")).toMatch(
      /; 1 h 31 min in all; /,
    );
    const cancelled = { by: "bob", at: paused.at + 60_000 };
    const held = (control: StartedFacts["control"], now = NOW) =>
      migrationOf(1, control, now).migration?.pausedSeconds;
    expect(held({ paused, cancelled }, NOW + 7 * 86_400_000)).toBe(60);
    // By a clock that is ahead of this one.
    const ahead = { from: NOW + 1, until: NOW + 1_001 };
    expect(held({ pauses: { totalMs: 9_000, last: ahead } })).toBe(9);
    const pauses = { totalMs: 7_200_000, last: { from: START, until: START + 60_000 } };
    expect(lineOf(migrationOf(1, { pauses }), "pauses")).toMatch(/2 h in all, now over$/);
  });

  test.each([
    ["a copy that has read more than DynamoDB counted", 99_000_000, START + 3_600_000],
    ["a copy whose position has no time", 1, undefined],
    ["a copy that has read nothing", 0, START + 3_600_000],
  ])("says of %s that nobody knows by when a pause has to end", (_what, read, savedAt) => {
    const segment = { ...(ready.segments[0] as (typeof ready.segments)[0]), done: false, read };
    const started = { ...ready.started, replayFrom: undefined };
    const control: StartedFacts["control"] = { paused: { by: "alice", at: NOW } };
    const shown = (more: Partial<StartedFacts>) => {
      const segments = [{ ...segment, savedAt }];
      const json = statusJson(withFacts({ started, segments, control, ...more }), GRACE, undefined);
      expect(json.migrations[0]?.paused).toMatchObject({ resumeBy: null });
      const lines = statusLines(json, { colour: false, width: undefined });
      return lines.find((line) => line.startsWith("paused"));
    };
    expect(shown({})).toMatch(/; to be resumed soon: by when is not known$/);
    const cancelled = { ...control, cancelled: { by: "bob", at: NOW } };
    for (const over of [{ control: cancelled }, { started: { ...started, engine: undefined } }])
      expect(shown(over)).toMatch(/^paused +by alice on [^;]*$/);
  });

  test("is not known where a position has no time, or nothing was read", () => {
    const seen = readBy(NOW, 36_000);
    const [{ facts } = { facts: ready }] = seen.migrations;
    for (const segment of facts.segments) delete segment.savedAt;
    expect(copyOf(seen)).toMatchObject({ perSecond: null, secondsLeft: null });
    expect(copyOf(readBy(NOW, 0))).toMatchObject({ perSecond: null, secondsLeft: null });
  });

  test("is that of the last looks with --watch, from the second one on", () => {
    const rates = new CopyRates(3);
    const look = (seconds: number, read: number) => {
      const seen = readBy(NOW + seconds * 1_000, read);
      return copyOf(seen, rates.update(seen))?.perSecond;
    };
    expect([look(0, 100), look(1, 300), look(2, 600), look(3, 1_500)]).toEqual([
      null,
      200,
      250,
      600,
    ]);
    // A run that was started over.
    expect([look(4, 10), look(6, 20)]).toEqual([null, 5]);
  });

  test("nothing is said of the rate of a copy that is done, and 100 % only then", () => {
    expect(copyOf(withFacts({}))).toMatchObject({ percent: 100, perSecond: null });
    expect(copyOf(readBy(NOW, 98_000_000))).toMatchObject({ percent: 99, secondsLeft: null });
  });
});

test("the grace period of the version before counts down, and is over at its end", () => {
  const left = (now: number) => statusJson({ ...copying, now }, GRACE, undefined).previous;
  expect(left(NOW)).toMatchObject({ version: 2, secondsLeft: 82_800 });
  expect(left(NOW + 82_800_000)).toMatchObject({ graceUntil: null, secondsLeft: null });
});

describe("swap status", () => {
  let db: Database;
  beforeAll(async () => {
    db = await startDatabase();
    await db.putAll([
      goRow("orders", 3),
      ownRow("carts", [{ version: 1, at: 1 }]),
      goRow("old", 5),
    ]);
    for (const table of ["orders_v3", "orders_v4", "carts_v1", "carts_v2", "old_v5"])
      await db.createTable(table);
    const store = new MigrationStore({ client: db.client }, "orders", 4);
    await store.createTable();
    const tables = await readTableIds(db.client, { source: "orders_v3", target: "orders_v4" });
    const { run } = await store.start({
      tables,
      from: 3,
      transform: "none",
      segments: 2,
      startedAt: Date.now() - 60_000,
      engine: "lambda",
    });
    const counts = { read: 5, written: 5, leftOut: 0, parked: 1 };
    await store.saveSegment(await store.openSession(run), { segment: 0, done: true, ...counts });
    const parked = await store.parkedKeys([{ name: "pk", type: "S" }]);
    await parked.park({ sourceKey: { pk: { S: "a" } }, kind: "refused", reason: "too large" });
    const started = await store.started();
    const note = { by: "alice", at: Date.now(), reason: "peak" };
    await store.changeControl(started as NonNullable<typeof started>, { kind: "pause" }, note);
  });
  afterAll(() => db.stop());

  test("shows a migration with its next step, and exits with 0", async () => {
    const ran = await swap(["status", "orders"], db.env);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    for (const text of [
      "version 3 is active",
      "Migration of version 3 to 4",
      "1 of 2",
      "too large",
    ])
      expect(ran.stdout).toContain(text);
    expect(ran.stdout).toMatch(/next +swap migrate resume orders 4\n/);
  });

  test("has all of it in JSON", async () => {
    const json = jsonOf(await swap(["status", "orders", "4", "--json"], db.env)) as StatusJson;
    expect(json).toMatchObject({ alias: "orders", active: 3, previous: null });
    expect(json.versions.map(({ version, copied }) => [version, copied])).toEqual([
      [4, 5],
      [3, null],
    ]);
    expect(json.migrations).toMatchObject([
      {
        from: 3,
        to: 4,
        phase: "paused",
        engine: "lambda",
        copy: { read: 5, segmentsDone: 1, segments: 2 },
        parked: { count: 1, first: [{ key: '{"pk":"a"}', reason: "too large" }] },
        replay: { since: null, failing: null },
        verification: null,
        paused: { by: "alice", reason: "peak" },
        cancelled: null,
      },
    ]);
    expect(json.migrations[0]?.refusals).toHaveLength(3);
  });

  test("lists the versions of an alias without migrations", async () => {
    const json = jsonOf(await swap(["status", "carts", "--json"], db.env)) as StatusJson;
    expect(json.migrations).toEqual([]);
    expect(json.versions.map(({ version, state }) => [version, state])).toEqual([
      [2, "ACTIVE"],
      [1, "ACTIVE"],
    ]);
  });

  test.each([
    [["status", "cart"], 3, "carts"],
    [["status", "carts", "9"], 2, "swap versions carts"],
    [["status", "carts", "x"], 2, "whole number"],
    [["status", "carts", "--grace", "soon"], 2, "--grace"],
  ])("%j is refused in one line", async (args, code, text) => {
    const ran = await swap(args, db.env);
    expect([ran.code, ran.stdout]).toEqual([code, ""]);
    expect(ran.stderr).toContain(text);
  });

  test("--watch prints an object a line, sees a change, and ends at Ctrl-C", async () => {
    const watch = live(["status", "carts", "--watch", "--json", "--interval", "100ms"], db.env);
    expect(JSON.parse(await watch.line(() => true))).toMatchObject({ active: 1 });
    await db.put(goRow("carts", 2));
    await watch.line((line) => (JSON.parse(line) as StatusJson).active === 2);
    watch.interrupt();
    expect(await watch.end).toMatchObject({ code: 130, stderr: "" });
  });

  test("--watch ends with its pipe", async () => {
    const command = `"${process.execPath}" "${BIN}" status old --watch --interval 100ms | head -1`;
    const { stdout } = await promisify(execFile)("sh", ["-c", command], {
      env: { ...BASE_ENV, ...AWS_ENV, ...db.env },
    });
    expect(stdout).toContain("version 5 is active");
  });

  const onTerminal = hasTerminal ? test : test.skip;
  onTerminal(
    "--watch leaves what it has shown above a note, and says what it left out",
    async () => {
      const proxy = await startProxy(
        db.endpoint,
        new Set(["GetItem", "ListTables", "DescribeTable"]),
      );
      try {
        const args = ["status", "old", "--watch", "--interval", "100ms"];
        const child = startOnTerminal(
          args,
          { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url },
          48,
        );
        let out = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          out += text;
        });
        const seen = async (text: string) => {
          while (!out.includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
        };
        await seen("no room for TABLE");
        proxy.broken = true;
        await seen("trying again");
        proxy.broken = false;
        await seen("reading again");
        out = out.slice(out.indexOf("reading again"));
        await seen("\u001b[J");
        child.kill("SIGKILL");
        const [next = ""] = out.split("\u001b[J");
        expect(next).toContain("version 5 is active");
        expect(next).toContain(`\u001b[${next.split("\n").slice(1, -1).length}A`);
      } finally {
        await proxy.stop();
      }
    },
  );

  onTerminal("--watch replaces what it has shown on a terminal", async () => {
    const args = ["status", "old", "--watch", "--interval", "100ms"];
    const { code, out } = await terminal(args, db.env, { until: "\u001b[J", columns: 80 });
    expect(code).toBe(130);
    expect(out.match(/version 5 is active/g)?.length).toBeGreaterThanOrEqual(1);
    // Three lines of the pointer's facts and the table, and the empty one between.
    expect(out).toContain("\u001b[4A");
  });
});
