// Records the demo as an animated SVG for the README: npm run demo:record. Pauses are shortened, and so is what Pulumi
// prints; every line that is shown was printed by this run.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const COLUMNS = 108;
const ROWS = 26;
/** Rows that a wide line takes at most. */
const WRAPPED = 3;
/** Longest block of output that is shown whole, and the lines of its start and its end that are kept otherwise. */
const WHOLE = 12;
const KEPT = { start: 4, end: 4 };
/** Seconds that a command and another line stay before the next one comes, and at the end of a step. */
const PACE = { command: 1.2, line: 0.12, step: 1, end: 4 };

const here = dirname(fileURLToPath(import.meta.url));

/** Plays the demo and returns what it printed, without colours. */
function play() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(here, "index.mjs")], {
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (data) => {
      process.stdout.write(data);
      output += data;
    });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`the demo exited with ${code}`)),
    );
  });
}

const STARTS = { "== ": "step", "$ ": "command", "ok: ": "ok" };
const kindOf = (line) =>
  Object.entries(STARTS).find(([start]) => line.startsWith(start))?.[1] ?? "line";

/** The lines from the first step on: long output is shortened, wide lines are broken. */
export function shortened(output) {
  const lines = output.slice(output.indexOf("\n== ")).trim().split("\n");
  const shown = [];
  let block = [];
  const flush = () => {
    // Pulumi's progress dots say nothing to a reader.
    const told = block.filter((line) => line.trim() !== "" && !/^\s*@ \w+\.+$/.test(line));
    const left = told.length - KEPT.start - KEPT.end;
    shown.push(
      ...(told.length <= WHOLE
        ? told
        : [...told.slice(0, KEPT.start), `  … ${left} lines …`, ...told.slice(-KEPT.end)]),
    );
    block = [];
  };
  for (const line of lines) {
    if (kindOf(line) === "line") {
      block.push(line);
      continue;
    }
    flush();
    if (kindOf(line) === "step" && shown.length > 0) shown.push("");
    shown.push(line);
  }
  flush();
  return shown.flatMap(wrapped);
}

/** Breaks a wide line between words, into three rows at most. */
function wrapped(line) {
  const indent = " ".repeat(line.length - line.trimStart().length + 4);
  const rows = [];
  let rest = line;
  while (rest.length > COLUMNS && rows.length < WRAPPED - 1) {
    const space = rest.lastIndexOf(" ", COLUMNS);
    const end = space > indent.length ? space : COLUMNS;
    rows.push(rest.slice(0, end));
    rest = indent + rest.slice(end).trimStart();
  }
  return [...rows, rest.length <= COLUMNS ? rest : `${rest.slice(0, COLUMNS - 1).trimEnd()}…`];
}

/** An SVG in which the lines come one after the other, and the window follows them. */
export function animated(lines) {
  const [row, left, top] = [17, 14, 12];
  const height = ROWS * row + 2 * top;
  const width = COLUMNS * 7.25 + 2 * left;
  const shownAt = [];
  let seconds = 0;
  for (const [index, line] of lines.entries()) {
    shownAt.push(seconds);
    seconds += PACE[kindOf(line)] ?? PACE.line;
    if (lines[index + 1] === "") seconds += PACE.step;
  }
  seconds += PACE.end;
  const percent = (at) => Number(((at / seconds) * 100).toFixed(2));
  const moved = (index) => (ROWS - 1 - index) * row;
  const frames = shownAt.map((at, index) => `${percent(at)}%{translate:0 ${moved(index)}px}`);
  const last = `translate:0 ${moved(lines.length - 1)}px`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}" role="img" aria-labelledby="title" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="12">
<title id="title">make demo: a copy, a verification, a refused and an applied cut-over, and a rollback</title>
<style>
rect { fill: #0d1117 } text { fill: #c9d1d9; white-space: pre } .s { fill: #ffffff; font-weight: 700 } .c { fill: #79c0ff } .o { fill: #56d364 }
g { ${last} }
@media (prefers-reduced-motion: no-preference) { g { animation: play ${seconds.toFixed(1)}s step-end infinite } }
@keyframes play{${frames.join("")}100%{${last}}}
</style>
<rect width="100%" height="100%" rx="6"/>
<svg x="${left}" y="${top}" height="${ROWS * row}"><g>
${lines
  .map((line, index) =>
    line === ""
      ? ""
      : `<text y="${index * row + 13}"${kindOf(line) === "line" ? "" : ` class="${kindOf(line)[0]}"`}>${escaped(line)}</text>`,
  )
  .filter((line) => line !== "")
  .join("\n")}
</g></svg>
</svg>
`;
}

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(join(here, "../../docs/images/demo.svg"), animated(shortened(await play())));
