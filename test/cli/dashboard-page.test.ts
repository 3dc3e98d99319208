import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from "playwright-core";
import type { DashboardJson } from "../../src/cli/dashboard/dashboard-json";
import { cutOver, fillDashboard, HOSTILE, SECOND_TABLE } from "./dashboard-data";
import { CONTROL_TABLE, type Database, startDatabase } from "./database";
import { type Live, live } from "./live";
import { CHECKOUT, HOME, standingAt, swap } from "./swap";

/** How Playwright launches a Chromium; null without one. */
const CHROMIUM: LaunchOptions | null = JSON.parse(
  execFileSync(process.execPath, [join(CHECKOUT, "tools/test/chromium.mjs")], { encoding: "utf8" }),
);
if (CHROMIUM === null)
  process.stderr.write(
    "SKIPPED: the page of swap dashboard in a browser: no Chromium (npm install brings one for Linux on x64; apt-get install chromium, or CHROMIUM_PATH)\n",
  );

const REPORT = join(HOME, "page.html");
const REPORT_WITH_FAULTS = join(HOME, "page-with-faults.html");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Which thirds of the last chart have a line above them: code for the page. */
const filledColumns = `(() => {
  const canvas = [...document.querySelectorAll("canvas")].at(-1);
  const left = 88 * devicePixelRatio;
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const amber = (x) => {
    for (let y = 0; y < height; y++) {
      const [red, , blue] = data.slice((y * width + x) * 4, (y * width + x) * 4 + 4);
      if (red > blue + 40) return true;
    }
    return false;
  };
  const at = (part) => (amber(Math.floor(left + (width - left) * part)) ? "filled" : "empty");
  return [0.1, 0.5, 0.9].map(at).join(", ");
})()`;

(CHROMIUM === null ? describe.skip : describe)("in a browser", () => {
  let db: Database;
  let browser: Browser;
  let run: Live;
  let url: string;
  const faults: string[] = [];

  beforeAll(async () => {
    db = await startDatabase();
    const now = Date.now();
    await fillDashboard(db, now);
    const tables = ["--control-table", CONTROL_TABLE, "--control-table", SECOND_TABLE];
    run = live(["dashboard", "--port", "0", "--json", "--interval", "100ms", ...tables], db.env);
    url = JSON.parse(await run.line((line) => line.includes("listening"))).url;
    await swap(["report", "--html", REPORT], { ...db.env, ...standingAt(now) });
    browser = await chromium.launch(CHROMIUM ?? {});
  });
  afterAll(async () => {
    await browser?.close();
    run?.interrupt();
    await run?.end;
    await db?.stop();
    for (const file of [REPORT, REPORT_WITH_FAULTS]) rmSync(file, { force: true });
  });
  afterEach(() => expect(faults.splice(0)).toEqual([]));

  /** Opens an alias, and notes what the console says. */
  async function opened(address: string, alias: string, options: BrowserContextOptions = {}) {
    const page = await browser.newPage({ viewport: { width: 1_200, height: 900 }, ...options });
    // Half of what Jest gives a test, so that a failure names what was waited for.
    page.setDefaultTimeout(600_000);
    page.on("pageerror", ({ message }) => faults.push(message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) faults.push(message.text());
    });
    page.on("request", (request) => {
      const asked = request.url();
      if (!asked.startsWith(address) && !asked.startsWith("data:")) faults.push(`asked ${asked}`);
    });
    await page.goto(`${address}#${CONTROL_TABLE}/${alias}`);
    await page.waitForSelector("#moves");
    return page;
  }

  const sectionOf = (page: Page, id: string) => page.textContent(`#${id}`);

  test("shows versions, moves, the migration, what is missing and what doctor finds", async () => {
    const page = await opened(url, "orders");
    await page.locator("#doctor li").first().waitFor();
    for (const text of ["being filled", "live", "blocked", "in grace", "retired"])
      expect(await sectionOf(page, "versions")).toContain(text);
    expect(await sectionOf(page, "versions")).toContain("not counted");
    for (const text of ["rollback", "pipeline-417", HOSTILE])
      expect(await sectionOf(page, "moves")).toContain(text);
    for (const text of ["486,000", "2 of 8", "Next:", "peak hours", "customer#<b>7"])
      expect(await sectionOf(page, "migration-5")).toContain(text);
    expect(await sectionOf(page, "readiness")).toContain("1 source key is parked");
    expect(await sectionOf(page, "doctor")).toContain("deletion-protection-off");
    expect(await page.locator("#timeline circle").count()).toBe(5);
    expect(await page.locator("canvas").count()).toBe(1);
    expect(await page.textContent("#aliases")).toContain(SECOND_TABLE);
    expect(await page.title()).toBe("orders - swap dashboard");
    expect(await page.locator("img").count()).toBe(0);
    const fill = "getComputedStyle(document.querySelector('#timeline .state.live')).fill";
    expect(await page.evaluate(fill)).toBe("rgb(20, 115, 58)");
    await page.close();
  });

  test("is worked by keys: filter, next, previous, theme", async () => {
    const page = await opened(url, "billing");
    const current = () => page.textContent("li a[aria-current]");
    await page.keyboard.press("j");
    expect(await current()).toContain("carts");
    await page.keyboard.press("k");
    expect(await current()).toContain("billing");
    const atOnce = (keys: string, result: string) =>
      page.evaluate(`for (const key of ${JSON.stringify([...keys])})
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      ${result}`);
    // Keys that come before the browser reports the new address.
    const shown = "document.querySelector('li a[aria-current]').textContent";
    expect(await atOnce("jjk", shown)).toContain("carts");
    const theme = "document.documentElement.dataset.chosen";
    expect(await atOnce("tt", theme)).toBe("dark");
    expect(await atOnce("t", theme)).toBe("auto");
    const zoomed = "document.querySelector('.zoom span').textContent";
    expect(await atOnce("++", zoomed)).toContain("outside");
    expect(await atOnce("--", zoomed)).toBe("");
    expect(await atOnce("+0", zoomed)).toBe("");
    // What is typed into the filter chooses no alias.
    const before = await current();
    expect(await atOnce("/jj", "document.activeElement.id")).toBe("filter");
    expect(await current()).toBe(before);
    await page.keyboard.type("ord");
    expect(await page.locator("#aliases li").allInnerTexts()).toEqual([
      expect.stringContaining("orders"),
    ]);
    await page.keyboard.press("Escape");
    expect(await page.locator("#aliases li").count()).toBe(6);
    const themes = [];
    for (let presses = 0; presses < 3; presses++) {
      await page.keyboard.press("t");
      themes.push(await page.getAttribute("html", "data-theme"));
    }
    expect(themes).toEqual(["light", "dark", "light"]);
    await page.close();
  });

  test("an alias that a key chose is shown from its head, and in the list", async () => {
    const page = await opened(pathToFileURL(REPORT).href, "billing", {
      viewport: { width: 1_200, height: 200 },
    });
    const isSeen = `["li a[aria-current]", "#head h2"].every((part) => {
      const { top, bottom } = document.querySelector(part).getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    })`;
    await page.evaluate("scrollTo(0, 1e6)");
    expect(await page.evaluate(isSeen)).toBe(false);
    const last = page.locator("#aliases li a").last();
    while ((await last.getAttribute("aria-current")) === null) {
      await page.keyboard.press("j");
      expect(await page.evaluate(isSeen)).toBe(true);
    }
    await page.close();
  });

  test("a live version without a table, and a row that can't be read, look like neither", async () => {
    const page = await opened(url, "lost");
    expect(await sectionOf(page, "head")).toContain("Its table lost_v4 does not exist.");
    expect(await page.locator("#head .is.bad").count()).toBe(1);
    await page.fill("#filter", "no table");
    expect(await page.locator("#aliases li").allInnerTexts()).toEqual([
      expect.stringContaining("lost"),
    ]);
    expect(await page.locator("#aliases h2").first().textContent()).toContain("1 of 6");
    await page.evaluate(`location.hash = "#${CONTROL_TABLE}/torn"`);
    await page.locator("#head", { hasText: "torn" }).waitFor();
    expect(await sectionOf(page, "head")).toContain("want a whole number");
    const parts = await page.locator("main > *").evaluateAll((all) => all.map(({ id }) => id));
    expect(parts).toEqual(["head", "doctor"]);
    await page.close();
  });

  test("an address that names nothing is said to, and shows nothing else", async () => {
    const page = await opened(url, "orders");
    for (const name of ["test_swp/orders", `${CONTROL_TABLE}/ordres`, "orders%"]) {
      await page.evaluate(`location.hash = "#${name}"`);
      await page.locator("main .failure", { hasText: `shown here: ${name}.` }).waitFor();
      expect(await page.locator("main > *").count()).toBe(1);
      expect(await page.locator("[aria-current]").count()).toBe(0);
    }
    await page.evaluate(`location.hash = "#${CONTROL_TABLE}"`);
    await page.locator("#head", { hasText: "6 aliases" }).waitFor();
    await page.focus(".skip");
    await page.keyboard.press("Enter");
    await page.locator("#main:focus").waitFor();
    expect(page.url()).toMatch(new RegExp(`#${CONTROL_TABLE}$`));
    await page.close();
  });

  /** Writes the report with other facts. */
  function reportWith(change: (facts: DashboardJson) => void): string {
    const text = readFileSync(REPORT, "utf8").replace(
      /(?<=<script id="facts" type="application\/json">)[^<]+/,
      (json) => {
        const facts: DashboardJson = JSON.parse(json);
        change(facts);
        return JSON.stringify(facts).replace(/</g, "\\u003c");
      },
    );
    writeFileSync(REPORT_WITH_FAULTS, text);
    return pathToFileURL(REPORT_WITH_FAULTS).href;
  }

  test("what was not read is said in words", async () => {
    const report = reportWith((facts) => {
      const failure = { since: facts.observed, code: "", message: "no answer", hint: null };
      const [table] = facts.controlTables;
      for (const each of table?.aliases ?? []) {
        if (each.alias === "orders") each.failure = failure;
        if (each.alias === "carts") each.observed = null;
      }
      facts.controlTables.push({ name: SECOND_TABLE, failure, aliases: [], doctor: null });
    });
    const page = await opened(report, "orders");
    const badge = (alias: string) =>
      page.locator("#aliases li", { hasText: alias }).locator("span").last().textContent();
    expect(await badge("orders")).toContain("v4, not read");
    expect(await badge("carts")).toContain("v1, not read yet");
    const tables = await page.locator("#aliases h2").allTextContents();
    expect(tables.map((each) => each.includes("not read"))).toEqual([false, true]);
    // A table that can't be read may have the alias.
    await page.evaluate(`location.hash = "#${SECOND_TABLE}/new"`);
    await page.locator("#head", { hasText: "no answer" }).waitFor();
    await page.close();
  });

  test("a version that was rolled back from is not shown as ready", async () => {
    const report = reportWith((facts) => {
      for (const alias of facts.controlTables[0]?.aliases ?? []) {
        const version = alias.versions.find((each) => each.version === 5);
        const migration = alias.status?.migrations.find(({ to }) => to === 5);
        if (alias.alias !== "orders" || !version || !migration) continue;
        Object.assign(version, { is: "blocked", graceUntil: "2099-11-28T22:00:00.000Z" });
        migration.phase = "ready";
      }
    });
    const page = await opened(report, "orders");
    expect(await page.textContent("li a[aria-current]")).toContain("v5 blocked");
    expect(await sectionOf(page, "migration-5")).toContain("Version 5 is blocked");
    expect(await page.locator("#migration-5 .is.good").count()).toBe(0);
    expect(await sectionOf(page, "versions")).toContain(
      "blocked, its table is kept until 2099-11-28T22:00:00Z",
    );
    await page.close();
  });

  test("while writers are held, the next step is to wait", async () => {
    const report = reportWith((facts) => {
      for (const alias of facts.controlTables[0]?.aliases ?? [])
        if (alias.alias === "orders") alias.fencedFor = 5;
    });
    const page = await opened(report, "orders");
    expect(await page.textContent("#migration-5 .next")).toContain("wait: the cut-over");
    await page.close();
  });

  test("many findings with the same fix are one, which opens by a key", async () => {
    const report = reportWith(({ controlTables: [table] }) => {
      const [finding] = table?.doctor?.findings ?? [];
      if (!table?.doctor || !finding) throw new Error("doctor found nothing");
      table.doctor.findings = Array.from({ length: 30 }, (_, n) => ({
        ...finding,
        alias: `many${n}`,
        table: `many${n}_v1`,
      }));
    });
    const page = await opened(report, "orders");
    await page.evaluate(`location.hash = "#${CONTROL_TABLE}"`);
    await page.locator("#head", { hasText: "6 aliases" }).waitFor();
    expect(await page.locator("#doctor li").count()).toBe(1);
    const others = page.locator("#doctor details");
    expect(await others.locator("summary").textContent()).toBe("The same of 29 more");
    expect(await others.evaluate((each) => each.hasAttribute("open"))).toBe(false);
    await others.locator("summary").focus();
    await page.keyboard.press("Enter");
    await page.locator("#doctor details[open]").waitFor();
    expect(await others.textContent()).toContain("many29_v1");
    await page.close();
  });

  test("no live region changes with each look", async () => {
    const page = await opened(url, "orders");
    await page.locator("#connection", { hasText: "Live, " }).waitFor();
    const regions = await page
      .locator("[aria-live], [role=status]")
      .evaluateAll(
        (all) => all.filter(({ textContent }) => /Live, /.test(textContent ?? "")).length,
      );
    expect(regions).toBe(0);
    await page.close();
  });

  test("shows the way back, its lag with a gap, and strays", async () => {
    const page = await opened(url, "shipments");
    for (const text of ["1,000 sampled", "2: 1 written, 1 deleted, 2 not settled", "shipment#204"])
      expect(await sectionOf(page, "migration-2")).toContain(text);
    await page.close();
    // A page that is live draws its charts again while keys are pressed.
    const file = await opened(pathToFileURL(REPORT).href, "shipments");
    expect(await sectionOf(file, "migration-2")).toContain("proven 1 h 15 min ago");
    const figure = file.locator("figure", { hasText: "lag of the way back: " });
    const box = figure.locator("[tabindex]");
    await box.locator("canvas").waitFor();
    await box.focus();
    const values: (string | undefined)[] = [];
    for (const key of ["Home", ...Array.from({ length: 10 }, () => "ArrowRight")]) {
      await file.keyboard.press(key);
      values.push((await figure.locator("[role=status]").textContent())?.split("Z: ")[1]);
    }
    expect(values).toEqual([
      "800 ms",
      "1 s",
      "2 s",
      "5 s",
      "10 s",
      "14 s",
      "8 s",
      "3 s",
      "1 s",
      "900 ms",
      "unknown",
    ]);
    // Drawn: from the left edge on there is colour down to the axis, but not in the middle, where no lag is known.
    expect(await file.evaluate(filledColumns)).toBe("filled, empty, filled");
    await box.hover({ position: { x: 400, y: 60 } });
    expect(await figure.locator("[role=status]").textContent()).toMatch(/^\d\d:\d\d:\d\dZ: /);
    await file.close();
  });

  test("zooms and pans its timeline by keys and buttons, and keeps the focus", async () => {
    // A page that is live draws its buttons again, maybe between the press of one and its release.
    const page = await opened(pathToFileURL(REPORT).href, "orders");
    const shown = async () => ({
      moves: await page.locator("#timeline circle").count(),
      said: await page.textContent(".zoom span"),
    });
    expect(await shown()).toEqual({ moves: 5, said: "" });
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press("+");
    expect(await shown()).toMatchObject({ moves: 3, said: expect.stringContaining("2 moves are") });
    const earlier = page.getByRole("button", { name: "Earlier" });
    await earlier.focus();
    for (let presses = 0; presses < 30; presses++) await page.keyboard.press("Enter");
    expect(await shown()).toMatchObject({ moves: 1, said: expect.stringContaining("4 moves are") });
    expect(await page.locator("#earlier:focus").count()).toBe(1);
    expect(await earlier.getAttribute("aria-disabled")).toBe("true");
    await page.keyboard.press("-");
    expect((await shown()).moves).toBe(1);
    await page.keyboard.press("0");
    expect(await shown()).toEqual({ moves: 5, said: "" });
    for (let presses = 0; presses < 40; presses++) await page.keyboard.press("+");
    // A minute: the move of five hours ago is left of it, its version goes through it.
    expect((await shown()).moves).toBe(0);
    expect(await page.locator("#timeline rect.live:not(.past)").count()).toBe(1);
    await page.getByRole("button", { name: "All of the time" }).click();
    expect((await shown()).moves).toBe(5);
    await page.close();
  });

  test.each([
    ["live, light", "light", 1_200],
    ["live, dark, at phone width", "dark", 360],
    ["report, light, at phone width", "light", 360],
    ["report, dark", "dark", 1_200],
  ] as const)(
    "%s: axe finds nothing, and the page is not wider than the screen",
    async (name, colorScheme, width) => {
      const address = name.startsWith("report") ? pathToFileURL(REPORT).href : url;
      // The page's policy would keep axe out.
      const page = await opened(address, "orders", {
        bypassCSP: true,
        colorScheme,
        viewport: { width, height: 800 },
      });
      await page.waitForSelector("canvas");
      await page.evaluate(AXE);
      const found = await page.evaluate<{
        violations: { id: string; nodes: { html: string }[] }[];
      }>("axe.run()");
      expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual(
        [],
      );
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      const cut =
        "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth).length";
      expect(await page.evaluate(cut)).toBe(0);
      const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(back).toBe(colorScheme === "dark" ? "rgb(18, 21, 27)" : "rgb(255, 255, 255)");
      await page.close();
    },
  );

  test("shows a cut-over while it is open, and keeps what has focus or is pressed", async () => {
    const pressed = await opened(url, "orders");
    await pressed.locator('[id="zoom+"]').hover();
    await pressed.mouse.down();
    const page = await opened(url, "orders");
    await page.focus("#theme");
    await cutOver(db, Date.now());
    await page.locator("#head", { hasText: "version 5 is live" }).waitFor();
    expect(await page.textContent("li a[aria-current]")).toContain("v5");
    expect(await sectionOf(page, "moves")).toContain("the night of the cut-over");
    expect(await page.textContent("#announced")).toBe("orders: version 5 is live");
    expect(await page.locator("#theme:focus").count()).toBe(1);
    await page.close();
    await pressed.mouse.up();
    await pressed.locator("#head", { hasText: "version 5 is live" }).waitFor();
    expect(await pressed.getAttribute('[id="zoom-"]', "aria-disabled")).toBeNull();
    await pressed.close();
  });
});
