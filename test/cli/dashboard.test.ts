import { readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type ChangesJson, withChanges } from "../../src/cli/dashboard/changes";
import type { DashboardJson } from "../../src/cli/dashboard/dashboard-json";
import { EXIT } from "../../src/cli/exit-codes";
import { cutOver, fillDashboard, HOSTILE, SECOND_TABLE } from "./dashboard-data";
import { CONTROL_TABLE, type Database, startDatabase } from "./database";
import { type Live, live } from "./live";
import { startProxy } from "./proxy";
import { HOME, jsonOf, standingAt, swap } from "./swap";

const NOW = Date.now();
let db: Database;
beforeAll(async () => {
  db = await startDatabase();
  await fillDashboard(db, NOW);
});
afterAll(() => db.stop());

interface Answer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A request as a browser, or something that only looks like one, would make it. */
function get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A connection that is kept may be closed by the server just as it is used again.
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body }),
      );
    });
    sent.once("error", reject).end();
  });
}

async function served(args: string[], env = db.env): Promise<{ url: string; run: Live }> {
  const run = live(["dashboard", "--port", "0", "--json", ...args], env);
  const line = await run.line((text) => text.includes("listening"));
  return { url: (JSON.parse(line) as { url: string }).url, run };
}

async function stopped(run: Live): Promise<void> {
  run.interrupt();
  expect(await run.end).toMatchObject({ code: EXIT.interrupted });
}

/** The facts that an open page has after each event. */
async function* eventsOf(url: string): AsyncGenerator<DashboardJson> {
  const response = await fetch(`${url}events`);
  let rest = "";
  let facts: DashboardJson | null = null;
  // Leaving the loop ends the request.
  for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(
    new TextDecoderStream(),
  )) {
    const [next = "", ...whole] = `${rest}${chunk}`.split("\n\n").reverse();
    rest = next;
    for (const text of whole.reverse()) {
      const data = /^data: (.*)$/m.exec(text)?.[1];
      if (data === undefined) continue;
      facts = withChanges(facts, JSON.parse(data) as ChangesJson);
      yield facts;
    }
  }
}

async function untilFacts(url: string, isMet: (facts: DashboardJson) => boolean): Promise<void> {
  for await (const facts of eventsOf(url)) if (isMet(facts)) return;
}

const factsOf = async (args: string[], env = db.env) =>
  jsonOf(
    await swap(["report", "--json", ...args], { ...env, ...standingAt(NOW) }),
  ) as DashboardJson;

const aliasOf = (facts: DashboardJson, name: string) => {
  const found = facts.controlTables[0]?.aliases.find(({ alias }) => alias === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe("the facts", () => {
  test("say what each version is", async () => {
    const { versions } = aliasOf(await factsOf(["--grace", "24h"]), "orders");
    expect(versions.map(({ version, is, state }) => [version, is, state])).toEqual([
      [5, "being filled", "ACTIVE"],
      [4, "live", "ACTIVE"],
      [3, "blocked", "ACTIVE"],
      [2, "in grace", "ACTIVE"],
      [1, "retired", "MISSING"],
    ]);
    expect(versions[3]?.graceUntil).toBe(new Date(NOW + 19 * 3_600_000).toISOString());
    const shorter = aliasOf(await factsOf(["orders", "--grace", "1h"]), "orders");
    expect(shorter.versions[3]).toMatchObject({ is: "retained", graceUntil: null });
  });

  test("have every move, who and why, also of another writer", async () => {
    const facts = await factsOf([]);
    expect(
      aliasOf(facts, "orders").moves.map(({ version, kind, why }) => [version, kind, why]),
    ).toEqual([
      [4, "set", "totals corrected"],
      [2, "rollback", "totals were wrong"],
      [3, "set", HOSTILE],
      [2, "set", "new sort key"],
      [1, "set", "first release"],
    ]);
    expect(aliasOf(facts, "billing").moves).toMatchObject([{ version: 2, kind: "foreign" }]);
  });

  test("say what stands between a version and its cut-over", async () => {
    const facts = await factsOf([]);
    const answers = (alias: string) =>
      aliasOf(facts, alias).readiness.flatMap((each) =>
        each.answers.map(({ gate, passes }) => [each.version, gate, passes]),
      );
    expect(answers("orders")).toEqual([
      [5, "pointer", true],
      [5, "table", true],
      [5, "migration", false],
      [5, "migration", false],
    ]);
    expect(answers("carts")).toEqual([
      [2, "pointer", true],
      [2, "table", true],
      [2, "verify", false],
    ]);
    expect(aliasOf(facts, "orders").status?.migrations).toMatchObject([
      { from: 4, to: 5, phase: "copying", parked: { count: 1 }, rate: { perSecond: 500 } },
    ]);
    expect(aliasOf(facts, "orders").progress).toMatchObject([
      {
        to: 5,
        copied: [
          [expect.any(Number), 0, 0],
          [expect.any(Number), 486_000, 479_992],
        ],
      },
    ]);
  });

  test("say how what is written to the new version goes back, with gaps where no lag is known", async () => {
    const { status, progress } = aliasOf(await factsOf([]), "shipments");
    expect(status?.migrations).toMatchObject([
      {
        phase: "switched",
        wayBack: { proven: true, sampled: 1_000, at: new Date(NOW - 75 * 60_000).toISOString() },
        reverse: { lagMs: 900 },
        strays: { count: 2, deleted: 1, unsettled: 2, first: [] },
      },
    ]);
    const [{ reverse = [], lag = [] } = {}] = progress;
    const gaps = reverse.flatMap(([, value], index) => (value === null ? [index] : []));
    expect([reverse.length, gaps, reverse.at(-1)?.[1]]).toEqual([25, [10], 900]);
    expect(lag.map(([, value]) => value)).toEqual([900, 700, 1_100, 650, null, 650]);
  });

  test("hold what can't be read, and doctor's findings, of several control tables", async () => {
    const { controlTables } = await factsOf([
      ...["--control-table", CONTROL_TABLE, "--control-table", SECOND_TABLE],
    ]);
    expect(controlTables.map(({ name, aliases }) => [name, aliases.length])).toEqual([
      [CONTROL_TABLE, 6],
      [SECOND_TABLE, 0],
    ]);
    const torn = controlTables[0]?.aliases.find(({ alias }) => alias === "torn");
    expect(torn).toMatchObject({
      status: null,
      failure: { message: expect.stringContaining("ver") },
    });
    const found = controlTables[0]?.doctor?.findings.map(({ alias, code }) => `${alias} ${code}`);
    expect(found).toEqual(
      expect.arrayContaining(["torn malformed-row", "lost active-table-missing"]),
    );
  });

  test("take the requests of status and doctor only", async () => {
    const allowed = ["GetItem", "Scan", "Query", "DescribeTable", "ListTables"];
    const proxy = await startProxy(db.endpoint, new Set([...allowed, "DescribeContinuousBackups"]));
    try {
      const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
      await factsOf(["orders", "carts"], env);
      expect([...new Set(proxy.asked)].sort()).toEqual([
        "DescribeContinuousBackups",
        "DescribeTable",
        "GetItem",
        "ListTables",
        "Query",
      ]);
    } finally {
      await proxy.stop();
    }
  });
});

describe("a report", () => {
  const file = join(HOME, "report.html");
  afterEach(() => rmSync(file, { force: true }));

  test("is one file that loads nothing, in which no note ends the element of the facts", async () => {
    const ran = await swap(["report", "orders", "--html", file], db.env);
    expect(ran).toMatchObject({ code: EXIT.ok, stdout: "" });
    expect(ran.stderr).not.toContain("not read");
    const page = readFileSync(file, "utf8");
    const [, text = ""] =
      /<script id="facts" type="application\/json">(.*?)<\/script>/s.exec(page) ?? [];
    expect(aliasOf(JSON.parse(text) as DashboardJson, "orders").moves[2]?.why).toBe(HOSTILE);
    expect(page).toContain("connect-src 'none'");
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page).not.toMatch(/<link rel="stylesheet"|<script[^>]+src=|<img/);
    process.stdout.write(`a report weighs ${Math.round(page.length / 1024)} KiB\n`);
  });

  test("has keys of items only with --keys", async () => {
    const shown = async (...more: string[]) =>
      aliasOf(await factsOf(["orders", ...more]), "orders").status?.migrations[0]?.parked;
    expect(await shown()).toEqual({ count: 1, first: [] });
    const first = { key: expect.stringContaining("customer#"), reason: expect.anything() };
    expect(await shown("--keys")).toEqual({ count: 1, first: [first] });
  });

  test("that could not read a part ends with exit code 1 and says which", async () => {
    const { code, stderr } = await swap(["report", "--html", file], db.env);
    expect(code).toBe(EXIT.unexpected);
    expect(stderr).toMatch(/swap: not read: torn: /);
    expect(await swap(["report", "torn", "--json"], db.env)).toMatchObject({
      code: EXIT.unexpected,
      stderr: "",
    });
  });

  test.each([
    [["report"], "flag --html"],
    [["report", "--html", "/dev/null/a.html"], "ENOTDIR"],
    [["report", "--html", "a.html", "--grace", "soon"], "flag --grace"],
    [["dashboard", "--port", "70000"], "flag --port"],
    [["dashboard", "--host", "0.0.0.0"], "flag --host"],
    [["dashboard", "--token", "short"], "flag --token"],
    [["dashboard", "--interval", "1ms"], "flag --interval"],
  ])("%j is refused with one line and a fix", async (args, text) => {
    const { code, stdout, stderr } = await swap(args, db.env);
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr.trimEnd().split("\n")).toHaveLength(2);
    expect(stderr).not.toContain("short:");
  });

  test("a table that can't be read ends a first look", async () => {
    const args = ["dashboard", "--port", "0", "--control-table", "absent_swap"];
    expect(await swap(args, db.env)).toMatchObject({ code: EXIT.controlTableMissing });
  });
});

describe("the server", () => {
  let url: string;
  let run: Live;
  beforeAll(async () => {
    ({ url, run } = await served(["--interval", "100ms"]));
  });
  afterAll(() => stopped(run));

  test("serves the page with a policy that permits its own script only", async () => {
    const { status, headers, body } = await get(url);
    expect(status).toBe(200);
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; .*frame-ancestors 'none'$/,
    );
    expect(headers["cache-control"]).toBe("no-store");
    expect(body).toContain('data-mode="live"');
    expect(body).not.toContain("orders");
  });

  test.each([
    ["another name, as after DNS rebinding", { host: "evil.example:80" }, "GET", 421],
    ["another origin", { origin: "http://evil.example" }, "GET", 403],
    ["an origin that is null", { origin: "null" }, "GET", 403],
    ["another method", {}, "POST", 405],
    ["another method that reads", {}, "HEAD", 405],
  ])("refuses %s", async (_, headers, method, status) => {
    for (const path of ["", "events"])
      expect((await get(`${url}${path}`, headers as Record<string, string>, method)).status).toBe(
        status,
      );
  });

  test.each(["cross-site", "same-site"])("lets no page that is %s start a look", async (site) => {
    const from = { "sec-fetch-site": site, "sec-fetch-mode": "no-cors" };
    expect((await get(`${url}events`, from)).status).toBe(403);
    const link = { ...from, "sec-fetch-mode": "navigate" };
    expect((await get(`${url}events`, link)).status).toBe(403);
    expect((await get(url, link)).status).toBe(200);
  });

  test("answers its own names, and no other address", async () => {
    const { host, port } = new URL(url);
    for (const name of [host, `localhost:${port}`])
      expect((await get(url, { host: name, origin: `http://${name}` })).status).toBe(200);
    for (const path of ["../etc/passwd", "facts.json"])
      expect((await get(`${url}${path}`)).status).toBe(404);
    expect((await get(`http://${host}//[`, {})).status).toBe(400);
  });

  test("sends a move to a page that is open", async () => {
    let moved = false;
    for await (const facts of eventsOf(url)) {
      const { active } = aliasOf(facts, "orders");
      if (active === 5) break;
      if (!moved) await cutOver(db, Date.now());
      moved = true;
    }
    expect(moved).toBe(true);
  });
});

test("a server with a token answers only those who have it", async () => {
  const token = "a-long-enough-token";
  const { url, run } = await served(["--token", token]);
  try {
    for (const wrong of ["", "?token=", "?token=wrong", `?token=${token}x`])
      expect((await get(url + wrong)).status).toBe(401);
    const entered = await get(`${url}?token=${token}`);
    expect(entered).toMatchObject({ status: 303, headers: { location: "/" } });
    const [cookie = ""] = entered.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax; Path=\/$/);
    expect(cookie).not.toContain(token);
    const [kept = ""] = cookie.split(";");
    expect((await get(url, { cookie: kept })).status).toBe(200);
    expect((await get(url, { cookie: `${kept}0` })).status).toBe(401);
  } finally {
    await stopped(run);
  }
});

test("a server goes on while the control table can't be read, and says so", async () => {
  const allowed = ["GetItem", "Scan", "Query", "DescribeTable", "ListTables"];
  const proxy = await startProxy(db.endpoint, new Set(allowed));
  const env = { ...db.env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
  const { url, run } = await served(["--interval", "100ms", "billing"], env);
  try {
    proxy.refuse();
    await untilFacts(url, ({ controlTables: [table] }) =>
      Boolean(table?.failure?.message.includes("GetItem")),
    );
  } finally {
    await stopped(run);
    await proxy.stop();
  }
});
