#!/usr/bin/env node
// Works out the tables of docs/live-migration.md on paper, from AWS's published prices and limits, and puts them into the
// page; with --check it writes nothing, and exits with 1 where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGE = join(dirname(fileURLToPath(import.meta.url)), "../../docs/live-migration.md");
const BLOCK = /<!-- figures of cost -->[\s\S]*?<!-- end -->/;

/** US dollars in us-east-1. The page names their sources. */
const USD = {
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  gbSecond: 0.0000166667,
  call: 0.2 / 1e6,
  transition: 0.025 / 1e3,
};
const ITEM_BYTES = 1_000;
const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;
const MEMORY_GB = 1;
/** Seconds that a function copies in a call: its time-out of 900 s less the margin of 20 s. */
const CALL_S = 880;
const SEGMENTS = 64;
/** Assumed, not measured: one BatchWriteItem of 25 items, and what comes with it. */
const BATCH_S = 0.02;
const BATCH_ITEMS = 25;
/** Assumed, not measured: items of the source, with those of the target, that a function compares in a second. */
const COMPARED_A_SECOND = 1_250;
/** A row of sums, at most, in KB. */
const SUMS_KB = 330;
const DEADLINE_S = 23 * 3_600;

const SIZES = [
  { name: "1 GB", bytes: 1e9 },
  { name: "100 GB", bytes: 1e11 },
  { name: "1 TB", bytes: 1e12 },
];
const RUNS = [
  { functions: 8, tableWrites: 4_000 },
  { functions: 32, tableWrites: 40_000 },
];

function estimate({ bytes }, { functions, tableWrites }) {
  const items = bytes / ITEM_BYTES;
  const writesAnItem = Math.ceil(ITEM_BYTES / WRITE_UNIT_BYTES);
  const rate = Math.min(tableWrites / writesAnItem, (functions * BATCH_ITEMS) / BATCH_S);
  const seconds = items / rate;
  const callsASegment = Math.ceil((seconds * functions) / SEGMENTS / CALL_S);
  const calls = SEGMENTS * callsASegment;
  const usd = {
    writes: items * writesAnItem * USD.writeUnit,
    reads: (bytes / READ_UNIT_BYTES) * USD.readUnit,
    functions: seconds * functions * MEMORY_GB * USD.gbSecond + calls * USD.call,
    // Start, Copy and CatchUp; two for each call of a segment and one for its end.
    machine: (3 + SEGMENTS + 2 * calls) * USD.transition,
    verification: verification(bytes, items),
  };
  return { seconds, usd };
}

/** One verification by functions, of tables that agree: both are read once. */
function verification(bytes, items) {
  const reads = ((2 * bytes) / READ_UNIT_BYTES) * USD.readUnit;
  const seconds = items / COMPARED_A_SECOND;
  const calls = SEGMENTS * Math.ceil(seconds / SEGMENTS / CALL_S) + 3;
  // Each call saves its sums once a minute and at its end; all are read once, and deleted.
  const saves = seconds / 60 + calls;
  const sums = (saves + SEGMENTS) * SUMS_KB * USD.writeUnit;
  const functions = seconds * MEMORY_GB * USD.gbSecond + calls * USD.call;
  return reads + sums + functions + (8 + SEGMENTS + 2 * calls) * USD.transition;
}

const total = (usd) => Object.values(usd).reduce((sum, each) => sum + each, 0);
const money = (usd) => (usd >= 10 ? usd.toFixed(0) : usd.toFixed(2));
const duration = (seconds) => {
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  if (seconds < 3_600) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
};

function tables() {
  const head = [
    "| Table | At a time | Writes a second | Copy takes | Writes | Reads | Functions | Step Functions | One verification | USD in all |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  const rows = SIZES.flatMap((size) =>
    RUNS.map((run) => {
      const { seconds, usd } = estimate(size, run);
      const takes = duration(seconds) + (seconds > DEADLINE_S ? ": too long" : "");
      const { writes, reads, functions, machine, verification } = usd;
      const costs = [writes, reads, functions, machine, verification, total(usd)].map(money);
      const cells = [size.name, run.functions, run.tableWrites.toLocaleString("en"), takes];
      return `| ${[...cells, ...costs].join(" | ")} |`;
    }),
  );
  const { bytes } = SIZES.at(-1);
  const least = Math.ceil(bytes / ITEM_BYTES / DEADLINE_S).toLocaleString("en");
  return [
    ...head,
    ...rows,
    "",
    `A copy of 1 TB within 23 hours takes ${least} writes a second.`,
  ].join("\n");
}

const before = readFileSync(PAGE, "utf8");
const after = before.replace(
  BLOCK,
  () => `<!-- figures of cost -->\n\n${tables()}\n\n<!-- end -->`,
);
if (!process.argv.includes("--check")) writeFileSync(PAGE, after);
else if (!BLOCK.test(before) || after !== before) {
  process.stderr.write("docs/live-migration.md: run node tools/docs/migration-cost.mjs\n");
  process.exitCode = 1;
}
