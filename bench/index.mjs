#!/usr/bin/env node
// `npm run bench` after a build: ratios, each of two things that were measured in turn in this run.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureCli } from "./cli.mjs";
import { measureImports } from "./imports.mjs";
import { measureMigration } from "./migration/index.mjs";
import { met, shown } from "./ratio.mjs";
import { measureReader } from "./reader.mjs";
import { measureRequests } from "./requests.mjs";
import { measureLarge, measureSlowTables, measureStacks, measureUnsaved } from "./stacks.mjs";
import { measureState } from "./state.mjs";

const SECTIONS = {
  requests: measureRequests,
  reader: measureReader,
  cli: measureCli,
  migration: measureMigration,
  imports: measureImports,
  state: measureState,
  stacks: measureStacks,
  slow: measureSlowTables,
  unsaved: measureUnsaved,
  large: measureLarge,
};
/** Takes over an hour: runs only if named. */
const DEFAULT = Object.keys(SECTIONS).filter((name) => name !== "large");

const USAGE = `usage: npm run bench -- [--only SECTION[,...]] [--sizes N[,...]] [--rounds N] [--times] [--json FILE]
  --only    sections to measure: ${Object.keys(SECTIONS).join(", ")};
            default all but large
  --sizes   aliases of the stacks; default 10,100 of stacks and slow, 10,100,1000 of unsaved, 100,1000 of large
  --rounds  rounds of each comparison. Default: 3 of stacks, 1 of slow, unsaved and large, 21 of commands
  --times   print what was measured as well as the ratios
  --json    put the results into the file, in place of what it holds of the same sections
Exits with 1 when a figure misses its goal.
`;

async function main() {
  const { only, given, times, json } = options();
  const results = [];
  for (const name of only) {
    const loadBefore = loadavg()[0];
    const result = await SECTIONS[name]({
      ...given,
      say: (line) => console.error(line),
    });
    print(result, times);
    results.push({ section: name, ...result, ...machine(loadBefore) });
    if (json) keep(json, results);
  }
  if (results.some(({ figures }) => !figures.every(met))) process.exitCode = 1;
}

function print({ title, figures, notes, times }, withTimes) {
  console.log(`\n${title}`);
  for (const figure of figures) console.log(`  ${shown(figure)}`);
  for (const note of notes) console.log(`  (${note})`);
  if (withTimes) for (const line of times ?? []) console.log(`  ${line}`);
}

function machine(loadBefore) {
  const [cpu] = cpus();
  return {
    machine: `${cpus().length} x ${cpu.model.trim()}, ${process.platform} ${process.arch}`,
    node: process.version,
    load: [loadBefore, loadavg()[0]].map((each) => Number(each.toFixed(1))),
    date: new Date().toISOString().slice(0, 10),
  };
}

function keep(file, results) {
  let kept = [];
  try {
    kept = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const measured = new Set(results.map(({ section }) => section));
  const all = [...kept.filter(({ section }) => !measured.has(section)), ...results];
  const order = Object.keys(SECTIONS);
  all.sort((a, b) => order.indexOf(a.section) - order.indexOf(b.section));
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}

function options() {
  const wrong = (line) => {
    process.stderr.write(`bench: ${line}\n${USAGE}`);
    process.exit(2);
  };
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        only: { type: "string", default: DEFAULT.join(",") },
        sizes: { type: "string" },
        rounds: { type: "string" },
        times: { type: "boolean", default: false },
        json: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    wrong(error.message);
  }
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const number = (flag, text) =>
    /^[1-9]\d{0,4}$/.test(text)
      ? Number(text)
      : wrong(`--${flag} is "${text}": it takes whole numbers from 1 to 99999`);
  const only = values.only.split(",");
  const unknown = only.find((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown !== undefined) wrong(`--only names no section "${unknown}"`);
  const { sizes, rounds, times, json } = values;
  return {
    only,
    times,
    json,
    given: {
      ...(sizes && { sizes: sizes.split(",").map((text) => number("sizes", text)) }),
      ...(rounds && { rounds: number("rounds", rounds) }),
    },
  };
}

await main();
