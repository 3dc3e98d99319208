// The table and the plot of docs/scale.md, from bench/fleet/results.json.
import { PARTITION_UNITS } from "./control-table.mjs";
import { optionsText, percent, seconds } from "./index.mjs";
import { storyOf } from "./simulation.mjs";

export function table(results) {
  const rows = results.map((each) => {
    const options = optionsText(each.options);
    return [
      each.processes.toLocaleString("en"),
      options === "default" ? "default" : `\`${options}\``,
      `${each.unitsPerSecond.toFixed(0)} (${percent(each.partition)})`,
      percent(each.throttled),
      each.followMs.map(seconds).join(" / "),
      each.recoveryMs.map(seconds).join(" / "),
      `${each.busiestSecondAfterOutage.toFixed(2)}; ${percent(each.throttledAfterOutage)}`,
      each.dollarsAMonth < 100 ? each.dollarsAMonth.toFixed(2) : each.dollarsAMonth.toFixed(0),
    ].join(" | ");
  });
  return [
    "",
    "| Processes | Options | Read units a second (of a partition) | Throttled requests | 50 / 99 / 100 % follow a cut-over | 50 / 99 / 100 % read again after an outage | Busiest second after it, of the average; throttled | USD a month |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
    "",
  ].join("\n");
}

const WIDTH = 900;
const HEIGHT = 340;
const LEFT = 64;
const TOP = 56;
const BOTTOM = 290;

/** Requests a second of 10,000 processes through the story, and what one partition serves. */
export function plot(results) {
  const fleet = results.find(({ requests }) => requests !== undefined);
  if (!fleet) throw new Error("bench/fleet/results.json has no fleet of 10,000: measure it");
  const story = storyOf();
  const most = 1_000 * Math.ceil(Math.max(...fleet.requests) / 1_000);
  const x = (ms) => Number((LEFT + ((WIDTH - LEFT - 20) * ms) / story.end).toFixed(1));
  const y = (count) => Number((BOTTOM - ((BOTTOM - TOP) * count) / most).toFixed(1));
  const points = fleet.requests.map((count, second) => `${x(1_000 * second + 500)},${y(count)}`);
  const label = (ms, text) =>
    `<line class="grid" x1="${x(ms)}" x2="${x(ms)}" y1="${TOP}" y2="${BOTTOM}"/><text class="soft" x="${x(ms) + 4}" y="${TOP + 10}">${text}</text>`;
  const step = most > 8_000 ? 3_000 : 1_000;
  const counts = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="12">
<title id="title">Requests a second of 10,000 processes: start, cut-over, a minute of outage, recovery</title>
<style>
text { fill: #24292f } .soft { fill: #57606a } .grid { stroke: #d0d7de } .line { stroke: #0969da; fill: none; stroke-width: 1.5 }
.limit { stroke: #bc4c00; stroke-dasharray: 6 4 } .outage { fill: #eaeef2 } .ground { fill: #ffffff }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .soft { fill: #9198a1 } .grid { stroke: #30363d }
.line { stroke: #58a6ff } .limit { stroke: #f0883e } .outage { fill: #21262d } .ground { fill: #0d1117 } }
</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>
<rect class="outage" x="${x(story.outage)}" y="${TOP}" width="${x(story.recovery) - x(story.outage)}" height="${BOTTOM - TOP}"/>
<text x="10" y="22" font-size="15" font-weight="600">Requests a second of 10,000 processes, default options</text>
<text class="soft" x="10" y="42">attempts of the SDK included; dashed: the ${PARTITION_UNITS.toLocaleString("en")} strong reads a second that one partition serves</text>
${counts.map((count) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(count)}" y2="${y(count)}"/><text class="soft" x="${LEFT - 8}" y="${y(count) + 4}" text-anchor="end">${count.toLocaleString("en")}</text>`).join("\n")}
${label(0, "all start")}
${label(story.cutOver, "cut-over")}
${label(story.outage, "every request fails")}
${label(story.recovery, "the table is back")}
<line class="limit" x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(PARTITION_UNITS)}" y2="${y(PARTITION_UNITS)}"/>
<polyline class="line" points="${points.join(" ")}"/>
${[0, 40, 80, 120, 160].map((second) => `<text class="soft" x="${x(1_000 * second)}" y="${BOTTOM + 18}">${second} s</text>`).join("\n")}
</svg>
`;
}
