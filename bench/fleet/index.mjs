#!/usr/bin/env node
// `npm run bench:fleet` after a build: how many processes one control row serves, in virtual time.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PARTITION_UNITS } from "./control-table.mjs";
import { simulate, storyOf } from "./simulation.mjs";

export const RESULTS = fileURLToPath(new URL("results.json", import.meta.url));
/** USD for a million read request units, on demand, us-east-1: AWS's published price since November 2024. */
export const PRICE = 0.125;
const SECONDS_A_MONTH = 365 * 24 * 60 * 5;

/** Above this, a part of the fleet is simulated with the same part of the partition. */
const MOST_RESOLVERS = 10_000;
const PART = 1 / 20;

const slower = { refreshMs: 30_000, maxStaleMs: 300_000, consistency: "eventual" };
export const FLEETS = [
  ...[{}, { consistency: "eventual" }].flatMap((options) =>
    [100, 1_000, 10_000, 100_000].map((processes) => ({ processes, options })),
  ),
  { processes: 100_000, options: slower },
];

/** The figures of one fleet. */
async function measure({ processes, options }) {
  const share = processes > MOST_RESOLVERS ? PART : 1;
  const simulated = Math.round(processes * share);
  const { refreshMs = 5_000 } = options;
  const story = storyOf(refreshMs);
  const { seconds, followed } = await simulate({ processes: simulated, options, share });
  const during = (from, to) => seconds.slice(from / 1_000, to / 1_000);
  const total = (of, name) => of.reduce((sum, second) => sum + second[name], 0);
  const perSecond = (of, name) => total(of, name) / of.length / share;
  const steady = during(story.steady, story.cutOver);
  const back = during(story.recovery, story.end);
  const busiest = Math.max(...back.map(({ requests }) => requests)) / share;
  const units = perSecond(steady, "units");
  return {
    processes,
    simulated,
    options,
    unitsPerSecond: units,
    partition: units / PARTITION_UNITS,
    throttled: total(steady, "throttled") / total(steady, "requests"),
    followMs: quantiles(followed.cutOver, simulated),
    recoveryMs: quantiles(followed.recovery, simulated),
    startMs: quantiles(followed.first, simulated),
    throttledAfterOutage: total(back, "throttled") / total(back, "requests"),
    busiestSecondAfterOutage: busiest / perSecond(back, "requests"),
    dollarsAMonth: (units * SECONDS_A_MONTH * PRICE) / 1e6,
    ...(processes === 10_000 && {
      requests: during(0, story.end).map(({ requests }) => requests),
    }),
  };
}

/** The time at which half of the fleet, 99 % and all of it were there; null for a part that was not in time. */
function quantiles(times, of) {
  const sorted = times.toSorted((a, b) => a - b);
  return [0.5, 0.99, 1].map((part) => sorted[Math.ceil(part * of) - 1] ?? null);
}

/** The goals of the default options, up to 10,000 processes. */
function missed({ processes, options, partition, followMs, busiestSecondAfterOutage: busiest }) {
  if (processes > 10_000 || Object.keys(options).length > 0) return [];
  // One read takes up to 103 ms here: up to 50 ms each way.
  return [
    ...(partition < 0.7 ? [] : [`takes ${percent(partition)} of a partition: want below 70 %`]),
    ...(followMs[2] !== null && followMs[2] <= 5_000 + 103
      ? []
      : [`all follow after ${followMs[2]} ms: want refreshMs plus one read`]),
    // Of 100 processes, a second has 21 reads on average, and by chance 1.8 times as many.
    ...(processes < 10_000 || busiest < 1.5
      ? []
      : [`the busiest second after the outage has ${busiest.toFixed(2)} times the average`]),
  ];
}

export const percent = (part) =>
  `${(100 * part).toFixed(part > 0 && part < 0.001 ? 2 : part < 0.1 ? 1 : 0)} %`;
export const seconds = (ms) => (ms === null ? "–" : `${(ms / 1_000).toFixed(1)} s`);
export const optionsText = (options) =>
  Object.entries(options)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(", ") || "default";

function print(figures) {
  const { processes, options, unitsPerSecond, partition, throttled, dollarsAMonth } = figures;
  const times = (list) => list.map(seconds).join(" / ");
  console.log(`
${processes.toLocaleString("en")} processes, options ${optionsText(options)}
  read units a second     ${unitsPerSecond.toFixed(0)} (${percent(partition)} of a partition), USD ${dollarsAMonth.toFixed(2)} a month
  throttled requests      ${percent(throttled)}
  follow, 50/99/100 %     ${times(figures.followMs)}
  after a minute's outage ${times(figures.recoveryMs)}; ${percent(figures.throttledAfterOutage)} throttled; busiest second ${figures.busiestSecondAfterOutage.toFixed(2)} times the average
  all start in a second   ${times(figures.startMs)}`);
}

const USAGE = `usage: npm run bench:fleet -- [--json] [PROCESSES ...]
  PROCESSES  sizes of fleets to simulate; default all: 100 1000 10000 100000
  --json     put the results into bench/fleet/results.json; npm run bench:docs puts them into docs/scale.md
Exits with 1 when a figure misses its goal.
`;

async function main(args) {
  if (args[0] === "--one") {
    console.log(JSON.stringify(await measure(FLEETS[args[1]])));
    return;
  }
  const json = args.includes("--json");
  const sizes = args.filter((each) => each !== "--json").map(Number);
  const known = new Set(FLEETS.map(({ processes }) => processes));
  if (args.includes("--help") || !sizes.every((size) => known.has(size))) {
    process.stdout.write(USAGE);
    process.exitCode = args.includes("--help") ? 0 : 2;
    return;
  }
  const results = [];
  for (const [index, { processes }] of FLEETS.entries()) {
    if (sizes.length > 0 && !sizes.includes(processes)) continue;
    // A process for each: the garbage of one does not slow the next.
    const printed = execFileSync(process.execPath, [
      fileURLToPath(import.meta.url),
      "--one",
      String(index),
    ]);
    const figures = JSON.parse(printed);
    print(figures);
    for (const line of missed(figures)) {
      console.log(`  MISSED: ${line}`);
      process.exitCode = 1;
    }
    results.push(figures);
    if (json) keep(results);
  }
}

function keep(results) {
  const key = ({ processes, options }) => `${processes} ${optionsText(options)}`;
  const before = readResults();
  const all = new Map([...before, ...results].map((each) => [key(each), each]));
  const kept = FLEETS.flatMap((fleet) => all.get(key(fleet)) ?? []);
  writeFileSync(RESULTS, `${JSON.stringify(kept, null, 2)}\n`);
}

export function readResults() {
  try {
    return JSON.parse(readFileSync(RESULTS, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
