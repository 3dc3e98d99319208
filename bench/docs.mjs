#!/usr/bin/env node
// Puts what `npm run bench -- --json bench/results.json` measured into docs/benchmarks.md and its plot, and what
// `npm run bench:fleet -- --json` simulated into docs/scale.md and its plot;
// with --check it writes nothing, and exits with 1 where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./database.mjs";
import { readResults } from "./fleet/index.mjs";
import { plot as fleetPlot, table as fleetTable } from "./fleet/page.mjs";
import { plot } from "./plot.mjs";
import { met, round } from "./ratio.mjs";

const PAGE = join(root, "docs/benchmarks.md");
const PLOT = join(root, "docs/images/benchmarks.svg");
const FLEET_PAGE = join(root, "docs/scale.md");
const FLEET_PLOT = join(root, "docs/images/fleet.svg");
const BLOCK = /<!-- figures of (\w+) -->[\s\S]*?<!-- end -->/g;

/** Only in the tables: counts of 1, counts of many callers, minimums without a competitor, and growth. */
const TABLES_ONLY = /one request|10?,000 |node alone|loads nothing|an alias of|bare oclif command/;

const sections = JSON.parse(readFileSync(join(root, "bench/results.json"), "utf8"));

const page = readFileSync(PAGE, "utf8").replace(BLOCK, (_block, name) => {
  const section = sections.find((each) => each.section === name);
  if (!section) throw new Error(`bench/results.json has no section ${name}: measure it`);
  return `<!-- figures of ${name} -->\n${table(section)}\n<!-- end -->`;
});
const drawing = plot(
  sections.map(({ title, figures }) => ({
    title,
    figures: figures.filter(({ name }) => !TABLES_ONLY.test(name)),
  })),
);

const fleets = readResults();
const fleetPage = readFileSync(FLEET_PAGE, "utf8").replace(
  BLOCK,
  () => `<!-- figures of fleet -->\n${fleetTable(fleets)}\n<!-- end -->`,
);

for (const [file, text] of [
  [PAGE, page],
  [PLOT, drawing],
  [FLEET_PAGE, fleetPage],
  [FLEET_PLOT, fleetPlot(fleets)],
])
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(
      `${relative(root, file)} is not what the results in bench/ say: npm run bench:docs`,
    );
    process.exitCode = 1;
  }

function table({ figures, notes, machine, node, load, date }) {
  const rows = figures.map((figure) => {
    const { name, ratio, least, most, goal } = figure;
    const range = least === undefined ? "" : `${round(least)} to ${round(most)}`;
    const wanted = goal === undefined ? "" : `${goal}${met(figure) ? "" : ", missed"}`;
    return `| ${name} | ${round(ratio)} | ${range} | ${wanted} |`;
  });
  return [
    "",
    "| Ours / the other | Ratio | Least to most | Goal, at most |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    `${notes.map(sentence).join(" ")} ${date}, ${machine}, Node ${node.slice(1)}; load average ${load[0]} before, ${load[1]} after.`,
    "",
  ].join("\n");
}

function sentence(note) {
  return `${note[0].toUpperCase()}${note.slice(1)}.`;
}
