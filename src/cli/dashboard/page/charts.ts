import uPlot from "uplot";
import type { LagPoint, ProgressJson } from "../dashboard-json";
import { count, el, span } from "./dom";

const HEIGHT = 170;
/** Charts that are drawn, to be drawn again in another width or theme. */
const drawnCharts = new Set<{ plot: uPlot; box: HTMLElement }>();
/** The time that the keyboard has read last, by chart: it stays where a chart is drawn again. */
const readTimes = new Map<string, number>();

/** Draws how a copy has come on, and the lags of the replay and of the way back. */
export function progressCharts(
  { to, copied, lag, reverse }: ProgressJson,
  about: number | null,
): HTMLElement {
  const last = copied.at(-1);
  const figures: HTMLElement[] = [];
  if (last)
    figures.push(
      chart(
        `${to} copied`,
        `Items copied: ${count(last[1])}${about === null ? "" : ` of about ${count(about)}`}`,
        copied.map(([at, read]) => [at, read]),
        "--filling",
        count,
      ),
    );
  for (const [what, points] of [
    ["Longest lag of the replay", lag],
    ["Longest lag of the way back", reverse],
  ] as const) {
    const newest = points.at(-1);
    if (newest && points.length > 1)
      figures.push(
        chart(`${to} ${what}`, `${what}: ${lagText(newest[1])}`, points, "--grace", lagText),
      );
  }
  return el("div", { class: "charts" }, ...figures);
}

const lagText = (value: number | null) =>
  value === null ? "unknown" : value >= 1_000 || value === 0 ? span(value) : `${value} ms`;

const timeText = (seconds: number) => `${new Date(seconds * 1_000).toISOString().slice(11, 19)}Z`;

/** A chart whose points are read out by the pointer, and by the arrow keys: that is its text. */
function chart(
  id: string,
  label: string,
  points: readonly LagPoint[],
  colour: string,
  text: (value: number) => string,
): HTMLElement {
  const box = el("div", { tabindex: 0, role: "group", "aria-label": `${label}. Arrows read it.` });
  const said = el("p", { class: "said", role: "status" });
  const figure = el("figure", {}, el("figcaption", {}, label), box, said);
  const times = points.map(([at]) => at / 1_000);
  const values = points.map(([, value]) => value);
  const say = (index: number | null | undefined) => {
    const at = index === null || index === undefined ? undefined : times[index];
    const value = values[index ?? -1] ?? null;
    said.textContent =
      at === undefined ? "" : `${timeText(at)}: ${value === null ? "unknown" : text(value)}`;
  };
  requestAnimationFrame(() => {
    if (!box.isConnected) return;
    const stroke = () => colourOf("--faint");
    const grid = { stroke: () => colourOf("--line"), width: 1 };
    const lastRead = () => times.indexOf(readTimes.get(id) ?? Number.NaN);
    const plot: uPlot = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        padding: [null, 26, null, null],
        tzDate: (at) => uPlot.tzDate(new Date(at * 1_000), "Etc/UTC"),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        hooks: {
          setCursor: [({ cursor }) => say(cursor.idx)],
          ready: [() => document.activeElement === box && lastRead() >= 0 && read(lastRead())],
        },
        scales: { y: { range: (_, _low, high) => [0, high > 0 ? high * 1.05 : 1] } },
        axes: [
          {
            stroke,
            grid,
            ticks: grid,
            size: 28,
            space: 80,
            values: (_, splits) => splits.map(timeText),
          },
          {
            stroke,
            grid,
            ticks: grid,
            // Room for "22 h 19 min".
            size: 88,
            values: (_, splits) => splits.map((split) => text(split)),
          },
        ],
        series: [
          {},
          {
            stroke: () => colourOf(colour),
            fill: () => `${colourOf(colour)}22`,
            width: 2,
            points: { show: points.length < 30 },
          },
        ],
      },
      [times, values],
      box,
    );
    drawnCharts.add({ plot, box });
    const read = (index: number) => {
      const at = times[Math.min(Math.max(index, 0), times.length - 1)] as number;
      readTimes.set(id, at);
      plot.setCursor({ left: plot.valToPos(at, "x"), top: 0 });
      say(times.indexOf(at));
    };
    box.addEventListener("keydown", (event) => {
      const { key } = event;
      const at = lastRead() < 0 ? times.length : lastRead();
      const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: times.length }[key];
      if (next === undefined) return;
      event.preventDefault();
      read(next);
    });
  });
  return figure;
}

const colourOf = (name: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Fits the charts to the width and the theme of the page, and forgets those that are gone. */
export function fitCharts(): void {
  for (const each of drawnCharts) {
    const { plot, box } = each;
    if (box.isConnected) {
      plot.setSize({ width: box.clientWidth, height: HEIGHT });
      plot.redraw();
    } else {
      plot.destroy();
      drawnCharts.delete(each);
    }
  }
}
