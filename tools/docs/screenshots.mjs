// Takes the pictures of README and docs/screenshots.md: npm run docs:screenshots, after a build. Needs a Chromium. The
// clock stands still and the data is that of the browser test, so that each run shows the same.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { findChromium } from "../test/chromium.mjs";

/** When all of it happens. */
const NOW = Date.UTC(2026, 10, 28, 22, 40);
const SHOTS = [
  // That of README is in the package: small, and coarse.
  {
    name: "page",
    alias: "orders",
    colorScheme: "light",
    width: 1_000,
    height: 540,
    scale: 0.75,
    quality: 25,
  },
  { name: "dashboard-light", alias: "orders", colorScheme: "light", width: 1_200, height: 1_130 },
  { name: "dashboard-dark", alias: "shipments", colorScheme: "dark", width: 1_200, height: 1_130 },
  { name: "dashboard-phone", alias: "orders", colorScheme: "dark", width: 360, height: 780 },
];

const root = fileURLToPath(new URL("../../", import.meta.url));
const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "swap-screenshots-"));
const data = join(root, "build/screenshots-data.cjs");
const clock = join(folder, "clock.cjs");
const report = join(folder, "report.html");

/** What makes `Date` stand still in a process. */
const stillClock = `globalThis.Date = class extends Date {
  constructor(...given) { given.length === 0 ? super(${NOW}) : super(...given); }
  static now() { return ${NOW}; }
};`;

let db;
let browser;
try {
  writeFileSync(clock, stillClock);
  await build({
    stdin: {
      contents: `export { fillDashboard } from "./dashboard-data"; export { startDatabase } from "./database";`,
      resolveDir: join(root, "test/cli"),
    },
    outfile: data,
    bundle: true,
    packages: "external",
    platform: "node",
    logLevel: "warning",
  });
  require(clock);
  const { fillDashboard, startDatabase } = require(data);
  db = await startDatabase();
  await fillDashboard(db, NOW, "no field total");
  const { PATH } = process.env;
  const aws = { AWS_ACCESS_KEY_ID: "docs", AWS_SECRET_ACCESS_KEY: "docs", AWS_REGION: "eu-west-1" };
  // The rows of an alias can't be read: that is reported, and the exit code says so.
  await promisify(execFile)(
    process.execPath,
    ["--require", clock, join(root, "bin/run.js"), "report", "--keys", "--html", report],
    { env: { PATH, ...aws, ...db.env } },
  ).catch(({ code, stderr }) => {
    if (code !== 1) throw new Error(stderr);
  });
  browser = await chromium.launch(await findChromium());
  for (const { name, alias, scale = 1, quality = 75, colorScheme, width, height } of SHOTS) {
    const viewport = { width, height };
    const page = await browser.newPage({ colorScheme, viewport, deviceScaleFactor: scale });
    await page.goto(`${pathToFileURL(report).href}#test_swap/${alias}`);
    await page.locator("canvas").first().waitFor();
    await page.waitForTimeout(200);
    const devtools = await page.context().newCDPSession(page);
    const shot = await devtools.send("Page.captureScreenshot", { format: "webp", quality });
    const file = join(root, `docs/images/${name}.webp`);
    writeFileSync(file, Buffer.from(shot.data, "base64"));
    process.stdout.write(`${file}: ${Math.round(statSync(file).size / 1024)} KiB\n`);
    await page.close();
  }
} finally {
  await browser?.close();
  await db?.stop();
  rmSync(folder, { recursive: true });
  rmSync(data, { force: true });
}
