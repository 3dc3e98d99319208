// `npm run coverage` after a build: what each kind of test reaches of src, and whether all of them
// together reach every branch of the parts that decide. Exits with 1 where they do not.
// `npm run coverage -- unit cli` measures these kinds alone.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import libCoverage from "istanbul-lib-coverage";
import { entered } from "./entered.mjs";
import { share } from "./share.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "swap-coverage-"));

const asked = process.argv.slice(2);
const wanted = (kind) => asked.length === 0 || asked.includes(kind);

/** Kinds that call the sources in the test's own process. */
const IN_PROCESS = ["unit", "contract", "bad-input", "faults"];
/** Kinds that start the compiled code: Node itself counts there. */
const PROCESSES = ["cli", "engine"];
const SOURCES = ["--collectCoverageFrom=src/**/*.ts"];
const DECIDING = /^src\/(pointer|readiness|retention)\//;

const all = libCoverage.createCoverageMap();
const rows = [];
let failed = false;

for (const kind of IN_PROCESS.filter(wanted)) {
  const folder = join(work, kind);
  test(kind, ["--coverage", "--coverageReporters=json", `--coverageDirectory=${folder}`]);
  const map = JSON.parse(readFileSync(join(folder, "coverage-final.json"), "utf8"));
  all.merge(map);
  rows.push(row(kind, libCoverage.createCoverageMap(map)));
}
rows.push(row("together", all));

const processes = PROCESSES.filter(wanted).map((kind) => {
  const folder = join(work, kind);
  test(kind, [], { NODE_V8_COVERAGE: folder });
  return [kind, entered(folder, join(root, "dist"))];
});

console.log("\nbranches reached by kind of test, in the test's own process");
for (const line of table(["kind", "pointer, readiness, retention", "src"], rows)) console.log(line);
console.log("\nfunctions entered, of those that the started processes loaded");
for (const line of table(
  ["kind", "pointer, readiness, retention", "dist"],
  processes.map(([kind, counts]) => [kind, counts.deciding, counts.all]),
))
  console.log(line);

const missed = all.files().flatMap(missedOf);
for (const line of missed) console.log(line);
if (missed.length > 0)
  console.log(`${missed.length} branches of the parts that decide are not reached`);
rmSync(work, { recursive: true, force: true });
process.exitCode = failed || missed.length > 0 ? 1 : 0;

function test(kind, args, env = {}) {
  const jest = ["--selectProjects", kind, "--silent", ...SOURCES, ...args];
  const { status, stderr } = spawnSync("jest", jest, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  if (status !== 0) {
    failed = true;
    console.log(`${kind}: its tests fail\n${stderr}`);
  }
}

function row(kind, map) {
  const of = (files) => {
    const { total, covered } = files
      .map((file) => map.fileCoverageFor(file).toSummary().data.branches)
      .reduce(
        (sum, { total, covered }) => ({ total: sum.total + total, covered: sum.covered + covered }),
        {
          total: 0,
          covered: 0,
        },
      );
    return share(covered, total);
  };
  const deciding = map.files().filter((file) => DECIDING.test(relative(root, file)));
  return [kind, of(deciding), of(map.files())];
}

function missedOf(file) {
  const name = relative(root, file);
  if (!DECIDING.test(name)) return [];
  const { branchMap, b } = all.fileCoverageFor(file);
  return Object.entries(branchMap).flatMap(([id, { type, loc, locations }]) =>
    locations.flatMap(({ start }, index) => {
      if (b[id][index] > 0) return [];
      // An else that is not written has no place of its own.
      const { line, column } = start.line === undefined ? loc.start : start;
      return [`not reached: ${name}:${line}:${column} (${type})`];
    }),
  );
}

function* table(head, lines) {
  const widths = head.map((each, at) =>
    Math.max(each.length, ...lines.map((line) => line[at].length)),
  );
  for (const line of [head, ...lines])
    yield `  ${line.map((each, at) => each.padEnd(widths[at])).join("  ")}`.trimEnd();
}
