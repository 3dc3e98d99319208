// `make test`: the build, the static checks, then every kind of test; ends with one line that counts them all.
// It imports no package: it starts before they are installed.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";

const reports = mkdtempSync(join(tmpdir(), "pulumi-swap-reports-"));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs a command in the foreground; true when it exited with 0. */
function ran(title, command, args) {
  console.log(`\n== ${title}`);
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  return status === 0;
}

/** A static check counts as one test. */
function check(title, command, args) {
  total[ran(title, command, args) ? "passed" : "failed"] += 1;
}

/** What a runner reported; a run that failed without a failed test counts as one failed. */
function add(ok, counts) {
  total.passed += counts.passed;
  total.skipped += counts.skipped;
  total.failed += counts.failed > 0 || ok ? counts.failed : 1;
}

function nodeTests(title, files) {
  const report = join(reports, "node.tap");
  const reporters = ["spec", "tap"].map((name) => `--test-reporter=${name}`);
  const targets = ["stdout", report].map((to) => `--test-reporter-destination=${to}`);
  const ok = ran(title, "node", ["--test", ...reporters, ...targets, ...files]);
  const tap = readText(report);
  const count = (name) => Number(new RegExp(`^# ${name} (\\d+)`, "m").exec(tap)?.[1] ?? 0);
  add(ok, { passed: count("pass"), failed: count("fail"), skipped: count("skipped") });
}

/** Many tests wait for processes or for time-outs: two more files fill the gaps of two processors. */
const WORKERS = 4;

function jest(title, args) {
  const report = join(reports, "jest.json");
  rmSync(report, { force: true });
  const fixed = ["--ci", `--maxWorkers=${WORKERS}`, "--json", `--outputFile=${report}`];
  const ok = ran(title, "jest", [...args, ...fixed]);
  const text = readText(report);
  const result = text === "" ? {} : JSON.parse(text);
  add(ok, {
    passed: result.numPassedTests ?? 0,
    failed: (result.numFailedTests ?? 0) + (result.numRuntimeErrorTestSuites ?? 0),
    skipped: result.numPendingTests ?? 0,
  });
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/**
 * Gets the engine in the background: a build from Go modules takes minutes. It has the processors that the
 * rest leaves idle; the tests that need it wait for it.
 */
function startEngine() {
  const child = spawn(process.execPath, ["tools/pulumi-engine/index.mjs"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  process.on("exit", () => child.kill());
  // It names the engine once there is one, and then still clears up after a build.
  return Promise.race([once(child.stdout, "data"), once(child, "close")]);
}

/** The global set-up of Jest's projects is what needs the engine. */
const { projects } = createRequire(import.meta.url)("../../jest.config.cjs");
const names = (needsEngine) =>
  projects
    .filter(({ globalSetup }) => (globalSetup !== undefined) === needsEngine)
    .map(({ displayName }) => displayName);

const engine = startEngine();
if (!ran("build", "make", ["--no-print-directory", "build"])) {
  console.log("\n0 passed, 1 failed");
  process.exit(1);
}
check("lint and format", "npm", ["run", "--silent", "lint"]);
check("types of the tests and examples", "npm", ["run", "--silent", "typecheck"]);
nodeTests("tools", ["tools/pulumi-engine/*.test.mjs", "tools/prose/*.test.mjs"]);
jest("tests without an engine", ["--selectProjects", ...names(false)]);
// Where it failed, the tests' own set-up tries again and reports it.
await engine;
jest("tests with an engine", ["--selectProjects", ...names(true)]);
rmSync(reports, { recursive: true, force: true });

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
