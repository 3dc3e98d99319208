// `make test`: the static checks, then every kind of test; ends with one line that counts them all.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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

function jest(title, args) {
  const report = join(reports, "jest.json");
  const ok = ran(title, "jest", [...args, "--json", `--outputFile=${report}`]);
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

check("lint and format", "npm", ["run", "--silent", "lint"]);
check("types of the tests and examples", "npm", ["run", "--silent", "typecheck"]);
nodeTests("tools", ["tools/pulumi-engine/*.test.mjs", "tools/prose/*.test.mjs"]);
jest("unit, contract, CLI, docs, package and engine tests", ["--ci", "--maxWorkers=2"]);
rmSync(reports, { recursive: true, force: true });

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
