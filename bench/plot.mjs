// The plot of docs/benchmarks.md: each ratio as a dot on a logarithmic axis, with its range.
import { met, round } from "./ratio.mjs";

const WIDTH = 900;
const LABELS = 390;
const ROW = 20;
const TOP = 64;
const RIGHT = 60;

/** @param sections [{ title, figures }] with the figures to show */
export function plot(sections) {
  const rows = sections.flatMap(({ title, figures }) => [{ heading: title }, ...figures]);
  const all = rows.filter((row) => row.ratio !== undefined);
  const low = 10 ** Math.floor(Math.log10(Math.min(...all.map((row) => row.least ?? row.ratio))));
  const high = Math.max(2, ...all.map((row) => row.most ?? row.ratio));
  const scale = (WIDTH - LABELS - RIGHT) / Math.log10(high / low);
  const x = (ratio) => Number((LABELS + Math.log10(ratio / low) * scale).toFixed(1));
  const bottom = TOP + rows.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="12">
<title id="title">Ratios measured by npm run bench; left of 1 is less than what it is compared with</title>
<style>
text { fill: #24292f } .soft { fill: #57606a } .axis { stroke: #8c959f } .grid { stroke: #d0d7de }
.dot { fill: #0969da } .range { stroke: #0969da; stroke-width: 2 } .goal { stroke: #1a7f37; stroke-width: 2 }
.missed { fill: #bc4c00 } line.missed { stroke: #bc4c00 } .ground { fill: #ffffff }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .soft { fill: #9198a1 } .axis { stroke: #6e7681 }
.grid { stroke: #30363d } .dot { fill: #58a6ff } .range { stroke: #58a6ff } .goal { stroke: #3fb950 }
.missed { fill: #f0883e } line.missed { stroke: #f0883e } .ground { fill: #0d1117 } }
</style>
<rect class="ground" width="${WIDTH}" height="${bottom + 30}"/>
<text x="10" y="22" font-size="15" font-weight="600">Ratios to what was measured beside it</text>
<text class="soft" x="10" y="42">dot: median; line: least to most; green tick: goal; orange: goal missed</text>
${ticks(low, high)
  .map(
    (tick) =>
      `<line class="${tick === 1 ? "axis" : "grid"}" x1="${x(tick)}" x2="${x(tick)}" y1="${TOP - 8}" y2="${bottom}"/><text class="soft" x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`,
  )
  .join("\n")}
${rows.map((row, index) => drawn(row, TOP + index * ROW + 6, x)).join("\n")}
</svg>
`;
}

function ticks(low, high) {
  const found = [];
  for (let decade = low; decade <= high; decade *= 10)
    for (const step of [1, 2, 5])
      if (decade * step <= high && (step === 1 || decade >= 0.1))
        found.push(Number((decade * step).toPrecision(1)));
  return found;
}

function drawn(row, y, x) {
  if (row.heading)
    return `<text x="10" y="${y + 4}" font-weight="600">${escaped(row.heading)}</text>`;
  const missed = met(row) ? "" : " missed";
  const goal = row.goal
    ? `<line class="goal" x1="${x(row.goal)}" x2="${x(row.goal)}" y1="${y - 7}" y2="${y + 7}"/>`
    : "";
  const range = row.least
    ? `<line class="range${missed}" x1="${x(row.least)}" x2="${x(row.most)}" y1="${y}" y2="${y}"/>`
    : "";
  return `<text x="22" y="${y + 4}">${escaped(row.name)}</text>${goal}${range}<circle class="dot${missed}" cx="${x(row.ratio)}" cy="${y}" r="4"/><text class="soft" x="${WIDTH - 10}" y="${y + 4}" text-anchor="end">${round(row.ratio)}</text>`;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
