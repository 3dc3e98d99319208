import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { MigrationStore } from "../../src/migration";
import { lineStart } from "../support/refused-inputs";
import { CONTROL_TABLE, type Database, goRow, startDatabase } from "./database";
import { startFake } from "./fake-endpoint";
import { live } from "./live";
import { startProxy } from "./proxy";
import { ownRow } from "./rows";
import { jsonOf, swap } from "./swap";

let db: Database;
const at = 1_760_000_000_000;

beforeAll(async () => {
  db = await startDatabase();
  await db.putAll([goRow("orders", 1, at), goRow("carts", 4, at), goRow("waited", 1, at)]);
});
afterAll(() => db.stop());

describe("swap watch", () => {
  test("prints the active versions, then a line per change, and ends with 130 on SIGINT", async () => {
    const watch = live(["watch", "orders", "later", "--interval", "100ms"], db.env);
    expect(await watch.line((line) => line.includes("orders"))).toMatch(
      /^\d{4}-\S+Z {2}orders {2}1 {2}orders_v1 {2}by another writer$/,
    );
    await watch.line((line) => line.endsWith("later  no row"));

    await db.put(
      ownRow("orders", [
        { version: 1, at },
        { version: 2, at: at + 1, by: "deploy", why: "new index" },
      ]),
    );
    expect(await watch.line((line) => line.includes("orders"))).toMatch(
      / {2}orders {2}1 -> 2 {2}orders_v2 {2}by deploy \(new index\)$/,
    );
    await db.put(goRow("later", 1, at));
    await watch.line((line) => line.includes("later  1  later_v1"));

    watch.interrupt();
    expect(await watch.end).toMatchObject({ code: 130, stderr: "" });
  });

  test("says which alias was probably meant", async () => {
    const watch = live(["watch", "order", "--interval", "100ms"], db.env);
    await watch.line((line) => line.endsWith("order  no row"));
    const meant = /^swap: alias "order" .*"orders"\?$/;
    const waited = live(["wait", "order", "--version", "1"], db.env);
    await waited.remark((line) => meant.test(line));
    for (const each of [waited, watch]) each.interrupt();
    expect(await waited.end).toMatchObject({ code: 130 });
    expect((await watch.end).stderr).toMatch(/^swap: alias "order" .*"orders"\?$/m);
  });

  test("--json prints an object a line, for every alias when none is named", async () => {
    const watch = live(["watch", "--json", "--interval", "100ms"], db.env);
    const event = async (alias: string) =>
      JSON.parse(await watch.line((line) => line.includes(`"${alias}"`)));
    expect(await event("carts")).toEqual({
      observed: expect.any(String),
      event: "initial",
      alias: "carts",
      version: 4,
      from: null,
      table: "carts_v4",
      since: new Date(at).toISOString(),
      kind: "foreign",
      by: null,
      why: null,
      previous: null,
      barred: false,
      retired: false,
    });
    await db.put({ pk: { S: "carts" }, ver: { S: "x" } });
    expect(await event("carts")).toMatchObject({
      event: "malformed",
      error: { code: "swap.malformed-row" },
    });
    await db.put(goRow("carts", 5, at + 5));
    expect(await event("carts")).toMatchObject({ event: "changed", from: null, version: 5 });
    await db.client.send(
      new DeleteItemCommand({ TableName: CONTROL_TABLE, Key: { pk: { S: "carts" } } }),
    );
    expect(await event("carts")).toMatchObject({ event: "absent" });
    watch.interrupt();
    expect(await watch.end).toMatchObject({ code: 130, stderr: "" });
  });

  test("survives an endpoint that fails for a while, and says so once", async () => {
    const proxy = await startProxy(db.endpoint, new Set(["GetItem"]));
    try {
      const args = ["watch", "waited", "--interval", "100ms", "--endpoint-url", proxy.url];
      const watch = live(args, db.env);
      await watch.line((line) => line.includes("waited  1"));
      proxy.broken = true;
      await watch.remark((line) => line.endsWith("; trying again"));
      proxy.broken = false;
      await watch.remark((line) => line === "swap: reading again");
      watch.interrupt();
      const { code, stderr } = await watch.end;
      expect(code).toBe(130);
      expect(stderr.trimEnd().split("\n")).toHaveLength(2);
    } finally {
      await proxy.stop();
    }
  });

  test("does not start on a control table that is not there", async () => {
    const ran = await swap(["watch", "--control-table", "nowhere"], db.env);
    expect(ran).toMatchObject({ code: 4, stdout: "" });
  });

  test("ends with one line of JSON when the control table goes away", async () => {
    const proxy = await startProxy(db.endpoint, new Set(["GetItem"]));
    try {
      const args = ["watch", "waited", "--json", "--interval", "100ms"];
      const watch = live([...args, "--endpoint-url", proxy.url], db.env);
      await watch.line((line) => line.includes('"initial"'));
      proxy.refuse();
      const { code, stdout } = await watch.end;
      expect(code).toBe(6);
      const lines = stdout.trimEnd().split("\n");
      expect(lines).toHaveLength(2);
      expect(JSON.parse(lines[1] as string)).toMatchObject({
        error: { code: "swap.access-denied" },
      });
    } finally {
      await proxy.stop();
    }
  });

  test("refuses an interval that Node's timers can't keep", async () => {
    expect(await swap(["watch", "--interval", "30d"], db.env)).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(`swap: ${lineStart("flag --interval", '"30d"')}`),
    });
  });

  test("refuses an interval that would only cost", async () => {
    expect(await swap(["watch", "--interval", "1ms"], db.env)).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(`swap: ${lineStart("flag --interval", '"1ms"')}`),
    });
  });
});

describe("swap wait", () => {
  test("ends at once when the version is already reached", async () => {
    expect(await swap(["wait", "waited", "--version", "1"], db.env)).toEqual({
      code: 0,
      stdout: "1\n",
      stderr: "",
    });
  });

  test("reports the active version, and ends when the wanted or a greater one is active", async () => {
    await db.put(goRow("waited", 1, at));
    const wait = live(["wait", "waited", "--version", "2", "--interval", "100ms"], db.env);
    await wait.remark((line) => /^swap: alias "waited" .*\b1\b.*\b5m\b.*\b2\b/.test(line));
    await db.put(goRow("waited", 3, at));
    expect(await wait.end).toMatchObject({ code: 0, stdout: "3\n" });
  });

  test("exits with 9 when the time is up", async () => {
    const args = ["wait", "waited", "--version", "99", "--interval", "100ms", "--timeout"];
    expect(await swap([...args, "0s"], db.env)).toEqual({
      code: 9,
      stdout: "",
      stderr: expect.stringMatching(
        /^swap: alias "waited" .*\b3\b.*\b99\b.*\b0s\n {2}fix: .*swap history waited.*--timeout\n$/,
      ),
    });
    // Long enough for a first look on a slow machine.
    const json = await swap([...args, "5s", "--json"], db.env);
    expect(json).toMatchObject({ code: 9, stderr: "" });
    expect(jsonOf(json)).toMatchObject({
      error: { code: "swap.wait-timed-out", alias: "waited", wanted: 99, active: 3 },
    });
  });

  test("waits for the phase of a migration, and refuses one that there is not", async () => {
    const store = new MigrationStore({ client: db.client }, "copied", 2);
    await db.put(goRow("copied", 1, at));
    const args = ["wait", "copied", "--phase", "copied", "--to", "2", "--interval", "100ms"];
    const wait = live(args, db.env);
    await wait.remark((line) => line.includes("phase copied of the migration to version 2"));
    await store.createTable();
    const tables = { source: "s", target: "t" };
    const start = { from: 1, transform: "none", segments: 1, startedAt: at, tables };
    const { run } = await store.start(start);
    const counts = { read: 1, written: 1, leftOut: 0, parked: 0 };
    await store.saveSegment(
      await store.openSession(run),
      { segment: 0, done: true, ...counts },
      at,
    );
    expect(await wait.end).toMatchObject({ code: 0, stdout: "1\n" });
    // A verification that would make it ready, if these were still the tables of the copy.
    const verification = await store.startVerification({ ...start, startedAt: Date.now() });
    const found = { differences: [], sourceItems: 1, leftOut: 0, targetItems: 1, complete: true };
    await store.finishVerification(verification, found, Date.now());
    const ready = ["wait", "copied", "--phase", "ready", "--to", "2", "--timeout", "0s"];
    expect(await swap(ready, db.env)).toMatchObject({ code: 9 });
    for (const [phase, more] of [
      ["copid", ["--to", "2"]],
      ["copied", []],
    ] as const)
      expect(await swap(["wait", "copied", "--phase", phase, ...more], db.env)).toMatchObject({
        code: 2,
      });
  });

  test("keeps its time on an endpoint that never answers", async () => {
    let requests = 0;
    const silent = await startFake(() => {
      requests += 1;
    });
    try {
      const args = ["wait", "waited", "--version", "99", "--timeout", "2s"];
      expect(await swap([...args, "--endpoint-url", silent.url], db.env)).toEqual({
        code: 9,
        stdout: "",
        stderr: expect.stringMatching(
          /^swap: alias "waited" .*\b99\b.*\b2s\n {2}fix: .*swap get waited.*--timeout\n$/,
        ),
      });
      // A try is given up after 5 s: a second one shows that the wait outlived its 2 s.
      expect(requests).toBe(1);
    } finally {
      await silent.stop();
    }
  });

  test("ends at once on a row that can't be read", async () => {
    await db.put({ pk: { S: "broken" } });
    expect(await swap(["wait", "broken", "--version", "1"], db.env)).toMatchObject({ code: 5 });
  });

  test.each(["abc", "1.5", "0", "9007199254740993"])("refuses --version %s", async (version) => {
    const ran = await swap(["wait", "waited", "--version", version], db.env);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain(`swap: ${lineStart("version", JSON.stringify(version))}`);
  });

  test("waits for exactly one version, smaller or greater than the active one", async () => {
    await db.put(goRow("exact", 3, at));
    const args = ["wait", "exact", "--interval", "100ms", "--exactly"];
    const once = await swap([...args, "2", "--timeout", "0s"], db.env);
    expect(once).toMatchObject({ code: 9, stderr: expect.stringMatching(/3, not at exactly 2/) });
    const wait = live([...args, "2"], db.env);
    await wait.remark((line) => line.endsWith("for exactly 2"));
    await db.put(goRow("exact", 2, at));
    expect(await wait.end).toMatchObject({ code: 0, stdout: "2\n" });
  });

  test("waits for a rollback, not for a smaller version without its bar", async () => {
    const barred = { barred: { NS: ["4"] } };
    await db.put(goRow("back", 3, at));
    const args = ["wait", "back", "--rolled-back-from", "4", "--interval", "100ms"];
    expect(await swap([...args, "--timeout", "0s"], db.env)).toMatchObject({ code: 9 });
    await db.put({ ...goRow("back", 5, at), ...barred });
    expect(await swap([...args, "--timeout", "0s"], db.env)).toMatchObject({ code: 9 });
    const wait = live(args, db.env);
    await wait.remark((line) => line.includes("smaller version than 4"));
    await db.put({ ...goRow("back", 3, at), ...barred });
    expect(await wait.end).toMatchObject({ code: 0, stdout: "3\n" });
  });

  test.each([
    { given: [] },
    { given: ["--version", "2", "--exactly", "2"] },
    { given: ["--exactly", "2", "--rolled-back-from", "3"] },
  ])("wants one of its three goals: $given", async ({ given }) => {
    const ran = await swap(["wait", "waited", ...given], db.env);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toMatch(/^swap: .*flag --version, .*\n {2}fix: .*wait --help/);
  });

  test("SIGINT ends it with 130", async () => {
    const wait = live(["wait", "waited", "--version", "99"], db.env);
    await wait.remark((line) => line.includes("5m"));
    wait.interrupt();
    expect(await wait.end).toMatchObject({ code: 130, stdout: "" });
  });
});
