import uPlot from "uplot";
import type { ProgressJson } from "../dashboard-json";
import { count, el, span } from "./dom";

const HEIGHT = 170;
/** Charts that are drawn, to be drawn again in another width or theme. */
const drawnCharts = new Set<{ plot: uPlot; box: HTMLElement }>();

/** Draws how a copy has come on, and the replay's lag. */
export function progressCharts({ copied, lag }: ProgressJson, about: number | null): HTMLElement {
  const last = copied.at(-1);
  const lastLag = lag.at(-1);
  const figures: HTMLElement[] = [];
  if (last)
    figures.push(
      chart(
        `Items copied: ${count(last[1])}${about === null ? "" : ` of about ${count(about)}`}`,
        copied.map(([at, read]) => [at, read]),
        "--filling",
        count,
      ),
    );
  if (lastLag && lag.length > 1)
    figures.push(
      chart(`Longest lag of the replay: ${span(lastLag[1])}`, lag, "--grace", (value) =>
        value >= 1_000 || value === 0 ? span(value) : `${value} ms`,
      ),
    );
  return el("div", { class: "charts" }, ...figures);
}

function chart(
  label: string,
  points: readonly (readonly [number, number])[],
  colour: string,
  text: (value: number) => string,
): HTMLElement {
  const box = el("div", { role: "img", "aria-label": label });
  const figure = el("figure", {}, el("figcaption", {}, label), box);
  requestAnimationFrame(() => {
    if (!box.isConnected) return;
    const stroke = () => colourOf("--faint");
    const grid = { stroke: () => colourOf("--line"), width: 1 };
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1_000), "Etc/UTC"),
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_, _low, high) => [0, high > 0 ? high * 1.05 : 1] } },
        axes: [
          {
            stroke,
            grid,
            ticks: grid,
            size: 28,
            space: 80,
            values: (_, splits) =>
              splits.map((at) => `${new Date(at * 1_000).toISOString().slice(11, 19)}Z`),
          },
          {
            stroke,
            grid,
            ticks: grid,
            size: 70,
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
      [points.map(([at]) => at / 1_000), points.map(([, value]) => value)],
      box,
    );
    drawnCharts.add({ plot, box });
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
