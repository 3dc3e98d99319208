import type { DashboardAliasJson, DashboardVersionJson } from "../dashboard-json";
import { el, svg } from "./dom";

const LANE = 44;
const TOP = 6;
const AXIS = 22;
/** Room on the right for grace periods that end later, as a part of the width. */
const AHEAD = 0.12;

/** Class of what a version is. */
export const stateClass = ({ is }: Pick<DashboardVersionJson, "is">): string =>
  ({
    live: "live",
    "in grace": "grace",
    retained: "retained",
    blocked: "blocked",
    "being filled": "filling",
    retired: "other",
    waiting: "other",
    orphan: "warning",
    gone: "other",
  })[is];

/** The part of time that is shown: its length, and how long before the greatest end it ends, in milliseconds. */
interface Zoom {
  lengthMs: number;
  backMs: number;
}

let zoom: Zoom | undefined;
/** Shortest time that is shown, in milliseconds. */
const SHORTEST_MS = 60_000;

/** What is zoomed to; undefined for all. */
export const shownTime = (): Zoom | undefined => zoom;

export function showAllTime(): void {
  zoom = undefined;
}

/**
 * Draws an alias's versions over time: a lane for each, and each move of the pointer, with buttons that zoom and pan.
 *
 * @param redraw called after one of them was pressed
 */
export function timeline(
  alias: DashboardAliasJson,
  now: number,
  width: number,
  redraw: () => void,
): Element[] {
  const all = allTime(alias, now);
  const lengthMs = Math.min(zoom?.lengthMs ?? Number.POSITIVE_INFINITY, all.end - all.start);
  const backMs = Math.min(zoom?.backMs ?? 0, all.end - all.start - lengthMs);
  const end = all.end - backMs;
  const start = end - lengthMs;
  const outside = alias.moves.filter(
    ({ at }) => at !== null && !(Date.parse(at) >= start && Date.parse(at) <= end),
  );
  /** Zooms around now, or around the middle where now is not shown. */
  const zoomBy = (factor: number) => {
    const next = Math.max(SHORTEST_MS, lengthMs * factor);
    const ahead = now >= start && now <= end ? (end - now) / lengthMs : 0.5;
    // All of the time grows meanwhile: as many steps out as in show all of it again.
    zoom =
      next >= (all.end - all.start) * 0.9
        ? undefined
        : { lengthMs: next, backMs: Math.max(0, backMs + (lengthMs - next) * ahead) };
  };
  const panBy = (part: number) => {
    zoom = { lengthMs, backMs: Math.max(0, backMs + lengthMs * part) };
  };
  const button = (id: string, text: string, label: string, disabled: boolean, act: () => void) => {
    const made = el(
      "button",
      {
        id,
        type: "button",
        "aria-label": label,
        title: label,
        ...(disabled && { "aria-disabled": "true" }),
      },
      text,
    );
    made.addEventListener("click", () => {
      if (disabled) return;
      act();
      redraw();
    });
    return made;
  };
  const time = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
  return [
    el(
      "div",
      { class: "zoom", role: "group", "aria-label": "Time that is shown" },
      button("zoom+", "+", "Zoom in ( + )", lengthMs <= SHORTEST_MS, () => zoomBy(0.5)),
      button("zoom-", "\u2212", "Zoom out ( - )", zoom === undefined, () => zoomBy(2)),
      button("earlier", "\u2039", "Earlier", start - all.start < 1, () => panBy(0.5)),
      button("later", "\u203a", "Later", backMs === 0, () => panBy(-0.5)),
      button("zoom0", "All", "All of the time ( 0 )", zoom === undefined, showAllTime),
      el(
        "span",
        { class: "faint" },
        zoom === undefined
          ? ""
          : `${time(start)} to ${time(Math.min(end, now))}; ${outside.length} ${outside.length === 1 ? "move is" : "moves are"} outside`,
      ),
    ),
    drawing(alias, { start, end, now }, width),
  ];
}

/** From the first thing that is known of an alias to now, and to the end of a grace period if that is near. */
function allTime(alias: DashboardAliasJson, now: number): { start: number; end: number } {
  const known = alias.moves.flatMap(({ at }) => (at === null ? [] : [Date.parse(at)]));
  const fillings = (alias.status?.migrations ?? []).flatMap(({ startedAt }) =>
    startedAt === null ? [] : [Date.parse(startedAt)],
  );
  const first = Math.min(now - 600_000, ...known, ...fillings);
  const start = first - (now - first) * 0.04;
  const ends = alias.versions.map(({ graceUntil }) =>
    graceUntil === null ? 0 : Date.parse(graceUntil),
  );
  const end = Math.max(
    now + (now - start) * 0.03,
    Math.min(now + (now - start) * AHEAD, ...ends.filter((at) => at > now)),
  );
  return { start, end };
}

function drawing(
  alias: DashboardAliasJson,
  { start, end, now }: { start: number; end: number; now: number },
  width: number,
): SVGElement {
  const { versions } = alias;
  const moves = alias.moves.toReversed();
  const fillings = (alias.status?.migrations ?? []).flatMap(({ to, startedAt }) =>
    startedAt === null ? [] : [{ to, at: Date.parse(startedAt) }],
  );
  const isShown = (from: number, to = from) => to >= start && from <= end;
  const x = (at: number) => ((Math.min(Math.max(at, start), end) - start) / (end - start)) * width;
  const laneOf = new Map(versions.map(({ version }, index) => [version, TOP + index * LANE]));
  const height = TOP + versions.length * LANE + AXIS;
  const drawn: SVGElement[] = [];
  const bar = (
    version: number,
    from: number,
    to: number,
    kind: string,
    what: string,
    thick = 14,
  ) => {
    const top = laneOf.get(version);
    if (top === undefined || !isShown(from, to)) return;
    const left = x(from);
    drawn.push(
      svg(
        "rect",
        {
          x: left,
          y: top + 21 + (14 - thick) / 2,
          width: Math.max(2, x(to) - left),
          height: thick,
          rx: 3,
          class: kind,
        },
        svg("title", {}, what),
      ),
    );
  };

  for (const [version, top] of laneOf)
    drawn.push(
      svg("line", {
        x1: 0,
        x2: width,
        y1: top + 28,
        y2: top + 28,
        class: "lane",
        "data-version": version,
      }),
    );
  for (const { to, at } of fillings)
    if (versions.some(({ version, is }) => version === to && is === "being filled"))
      bar(to, at, now, "filling past", `version ${to} is being filled`, 8);
  for (const [index, { version, at }] of moves.entries()) {
    const next = moves.slice(index + 1).find((each) => each.at !== null)?.at;
    const from = at === null ? start : Date.parse(at);
    const until = index === moves.length - 1 || !next ? now : Date.parse(next);
    const is = versions.find((each) => each.version === version);
    const live = index === moves.length - 1;
    bar(version, from, until, live ? "live" : "live past", `version ${version} was live`);
    if (!live && is && is.is !== "live" && is.is !== "retired" && is.is !== "gone") {
      const last = !moves.slice(index + 1).some((each) => each.version === version);
      if (last)
        bar(
          version,
          until,
          is.graceUntil ? Date.parse(is.graceUntil) : now,
          `${stateClass(is)} thin`,
          `version ${version}: ${is.is}`,
          8,
        );
    }
  }
  if (moves.length === 0) bar(alias.active ?? 1, start, now, "live", "version 1 is implied");
  for (const [index, { version, at, kind, by, why }] of moves.entries()) {
    const top = laneOf.get(version);
    if (at === null || top === undefined || !isShown(Date.parse(at))) continue;
    const left = x(Date.parse(at));
    const before = laneOf.get(moves[index - 1]?.version ?? version) ?? top;
    if (before !== top)
      drawn.push(svg("line", { x1: left, x2: left, y1: before + 28, y2: top + 28, class: "step" }));
    drawn.push(
      svg(
        "circle",
        {
          cx: left,
          cy: top + 28,
          r: 6,
          class: kind === "rollback" || kind === "foreign" ? "blocked" : "live",
        },
        svg(
          "title",
          {},
          [`${kind} to version ${version}, ${at}`, by, why].filter((text) => text).join("\n"),
        ),
      ),
    );
  }
  for (const each of versions) {
    const top = laneOf.get(each.version) as number;
    drawn.push(
      svg(
        "text",
        { x: 2, y: top + 15 },
        svg("tspan", { "font-weight": 600 }, `version ${each.version}`),
        svg("tspan", { dx: 8, class: `state ${stateClass(each)}` }, each.is),
      ),
    );
  }
  if (isShown(now))
    drawn.push(svg("line", { x1: x(now), x2: x(now), y1: TOP, y2: height - AXIS, class: "grid" }));
  drawn.push(
    ...ticks(start, end, now, width).map(({ at, text, anchor }) =>
      svg(
        "text",
        {
          x: x(at),
          y: height - 5,
          class: "tick",
          "text-anchor": anchor,
        },
        text,
      ),
    ),
  );
  const summary = versions.map(({ version, is }) => `version ${version}: ${is}`).join(", ");
  return svg(
    "svg",
    {
      role: "img",
      viewBox: `0 0 ${width} ${height}`,
      height,
      "aria-label": `Versions over time. ${summary}. The moves are in the table of moves.`,
    },
    ...drawn,
  );
}

function ticks(start: number, end: number, now: number, width: number): Tick[] {
  const parts = Math.max(1, Math.min(5, Math.floor(width / 150)));
  const last = Math.min(now, end);
  const length = last - start;
  const tick = (at: number): Tick => {
    const iso = new Date(at).toISOString();
    const text =
      length > 3 * 86_400_000
        ? iso.slice(0, 10)
        : length > 86_400_000
          ? `${iso.slice(5, 10)} ${iso.slice(11, 16)}`
          : `${iso.slice(11, length > 600_000 ? 16 : 19)}Z`;
    return { at, text, anchor: at === start ? "start" : at === end ? "end" : "middle" };
  };
  return [
    ...Array.from({ length: parts }, (_, index) => tick(start + (length * index) / parts)),
    last === now ? { at: now, text: "now", anchor: "middle" } : tick(end),
  ];
}

interface Tick {
  at: number;
  text: string;
  anchor: string;
}
