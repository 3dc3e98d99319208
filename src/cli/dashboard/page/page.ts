import { type ChangesJson, withChanges } from "../changes";
import type { ControlTableJson, DashboardAliasJson, DashboardJson } from "../dashboard-json";
import { fitCharts } from "./charts";
import { count, el } from "./dom";
import { liveLine } from "./live-line";
import {
  aliasSections,
  isBlocked,
  isUnread,
  lostTable,
  type Section,
  tableSections,
  unknownSection,
} from "./sections";
import { showAllTime } from "./timeline";

const byId = (id: string) => document.getElementById(id) as HTMLElement;
const isReport = document.documentElement.dataset.mode === "report";
const themes = ["auto", "light", "dark"] as const;

let facts = JSON.parse(byId("facts").textContent ?? "null") as DashboardJson | null;
let isConnected = true;
let intervalMs = 0;
let receivedAt = 0;
const shownTexts = new Map<string, string>();
const liveVersions = new Map<string, number>();

/** Where an alias is in the page's address. */
const addressOf = (table: string, alias?: string) =>
  `#${[table, ...(alias === undefined ? [] : [alias])].map(encodeURIComponent).join("/")}`;

/** What the page shows. */
interface Place {
  table: ControlTableJson;
  alias?: DashboardAliasJson;
  /** The address, if it names nothing of these facts: then nothing is shown in its place. */
  unknown?: string;
}

function chosen(): Place | undefined {
  const tables = facts?.controlTables ?? [];
  const [first] = tables;
  if (first === undefined) return undefined;
  const path = location.hash.slice(1).split("/").map(decoded);
  const [name, wanted] = path;
  const table = name === "" ? first : tables.find((each) => each.name === name);
  if (table === undefined) return { table: first, unknown: path.join("/") };
  const alias =
    name === "" ? first.aliases[0] : table.aliases.find((each) => each.alias === wanted);
  if (alias) return { table, alias };
  // The aliases of a table that can't be read are not known: its page says so.
  return wanted === undefined || table.failure ? { table } : { table, unknown: path.join("/") };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function drawPage(): void {
  drawConnection();
  const place = chosen();
  if (facts === null || place === undefined) return;
  drawAliases(facts, place);
  const { table, alias, unknown } = place;
  document.title = `${unknown ?? alias?.alias ?? table.name} - swap ${isReport ? "report" : "dashboard"}`;
  const now = Date.parse(facts.observed);
  const main = byId("main");
  const width = Math.max(240, Math.floor(main.clientWidth - 64));
  if (unknown !== undefined) drawSections(`?${unknown}`, [unknownSection(unknown)]);
  else
    drawSections(
      `${table.name}/${alias?.alias ?? ""}`,
      alias ? aliasSections(table, alias, now, width, drawPage) : tableSections(table, now),
    );
  announceMoves(facts);
}

let drawnPlace = "";

/** Puts the parts into the page; those that show the same as before stay, with their focus. */
function drawSections(place: string, parts: readonly Section[]): void {
  const main = byId("main");
  if (drawnPlace !== place) {
    // What is chosen begins with what is most urgent.
    if (drawnPlace !== "") scrollTo(0, 0);
    drawnPlace = place;
    showAllTime();
    shownTexts.clear();
    main.replaceChildren();
  }
  let at = main.firstElementChild;
  for (const { id, shows, make } of parts) {
    const text = JSON.stringify(shows);
    const old = document.getElementById(id);
    if (old && shownTexts.get(id) === text) {
      at = old.nextElementSibling;
      continue;
    }
    shownTexts.set(id, text);
    const made = make();
    made.id = id;
    if (old) {
      const focused = focusable(old).indexOf(document.activeElement as HTMLElement);
      const scrolled = old.querySelector(".scroll")?.scrollLeft ?? 0;
      const opened = [...old.querySelectorAll<HTMLElement>("details[open]")];
      old.replaceWith(made);
      const groups = new Set(opened.map(({ dataset }) => dataset.group));
      for (const each of made.querySelectorAll("details"))
        each.open = groups.has(each.dataset.group);
      const box = made.querySelector<HTMLElement>(".scroll");
      if (box) box.scrollLeft = scrolled;
      if (focused >= 0) focusable(made)[focused]?.focus({ preventScroll: true });
    } else main.insertBefore(made, at);
    at = made.nextElementSibling;
  }
  const wanted = new Set(parts.map(({ id }) => id));
  for (const child of [...main.children]) if (!wanted.has(child.id)) child.remove();
  fitCharts();
}

const focusable = (part: Element) => [
  ...part.querySelectorAll<HTMLElement>("button, summary, [tabindex]"),
];

let drawnAliases = "";

function drawAliases({ controlTables }: DashboardJson, { table, alias, unknown }: Place): void {
  const filter = (byId("filter") as HTMLInputElement).value.trim().toLowerCase();
  const lists = controlTables.map((each) => ({
    name: each.name,
    bad: each.failure !== null,
    current: each === table && alias === undefined && unknown === undefined,
    aliases: each.aliases
      .map((one) => ({
        alias: one.alias,
        current: one === alias,
        text: badgeOf(one),
        bad: one.failure !== null || lostTable(one) !== undefined,
      }))
      .filter((one) => `${one.alias} ${one.text}`.toLowerCase().includes(filter)),
    all: each.aliases.length,
  }));
  const text = JSON.stringify(lists);
  if (text === drawnAliases) return;
  drawnAliases = text;
  const focused = (document.activeElement as HTMLAnchorElement | null)?.getAttribute("href");
  byId("aliases").replaceChildren(
    ...lists.map(({ name, bad, current, aliases, all }) =>
      el(
        "div",
        {},
        el(
          "h2",
          {},
          el(
            "a",
            {
              href: addressOf(name),
              class: bad ? "bad" : "",
              ...(current && { "aria-current": "page" }),
            },
            name,
            el(
              "span",
              {},
              bad && "not read, ",
              filter === "" ? count(all) : `${count(aliases.length)} of ${count(all)}`,
            ),
          ),
        ),
        el(
          "ul",
          {},
          ...aliases.map((one) =>
            el(
              "li",
              {},
              el(
                "a",
                {
                  href: addressOf(name, one.alias),
                  ...(one.current && { "aria-current": "page" }),
                },
                el("span", {}, one.alias),
                el("span", { class: one.bad ? "bad" : "faint" }, one.text),
              ),
            ),
          ),
        ),
      ),
    ),
  );
  if (focused)
    for (const link of byId("aliases").querySelectorAll("a"))
      if (link.getAttribute("href") === focused) link.focus();
}

function badgeOf(alias: DashboardAliasJson): string {
  const { active, failure, fencedFor, observed, status } = alias;
  if (isUnread(alias)) return "not read";
  const version = active === null ? "v1 implied" : `v${active}`;
  const migration = status?.migrations.find(
    ({ phase }) => phase !== null && phase !== "complete" && phase !== "rolled back",
  );
  const parts = [version];
  if (failure !== null) parts.push("not read");
  else if (observed === null) parts.push("not read yet");
  if (lostTable(alias) !== undefined) parts.push("no table");
  if (fencedFor !== null) parts.push(`held for v${fencedFor}`);
  else if (migration && migration.to !== active)
    parts.push(`v${migration.to} ${isBlocked(alias, migration.to) ? "blocked" : migration.phase}`);
  return parts.join(", ");
}

function drawConnection(): void {
  const line = byId("connection");
  const silentMs = receivedAt === 0 ? 0 : performance.now() - receivedAt;
  const { text, bad } = liveLine(facts, { isReport, isConnected, intervalMs, silentMs });
  const shown = bad ? "bad" : "";
  // The line changes with each look: a screen reader reads out only a loss of the connection, and its end.
  if (line.className !== shown) byId("heard").textContent = bad ? text : "Live again";
  if (line.className !== shown) line.className = shown;
  if (line.textContent !== text) line.textContent = text;
}

/** Says a move to those who do not see it. */
function announceMoves({ controlTables }: DashboardJson): void {
  for (const { name, aliases } of controlTables)
    for (const { alias, active } of aliases) {
      const key = `${name}/${alias}`;
      const before = liveVersions.get(key);
      if (active === null) continue;
      liveVersions.set(key, active);
      if (before !== undefined && before !== active)
        byId("announced").textContent = `${alias}: version ${active} is live`;
    }
}

let isPressed = false;
let isDue = false;

/** Draws what has come, but not while something is pressed: the click of an element that is gone is lost. */
function drawNews(): void {
  isDue = isPressed;
  if (!isPressed) drawPage();
}

function release(): void {
  isPressed = false;
  // After the click, which follows the release.
  if (isDue) setTimeout(drawNews);
}

function setTheme(theme: string): void {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = theme === "auto" ? (dark ? "dark" : "light") : theme;
  document.documentElement.dataset.chosen = theme;
  byId("theme").textContent = `Theme: ${theme}`;
  fitCharts();
}

function nextTheme(): void {
  const { chosen: now } = document.documentElement.dataset;
  const next =
    themes[(themes.indexOf(now as (typeof themes)[number]) + 1) % themes.length] ?? "auto";
  setTheme(next);
  try {
    localStorage.setItem("swap-theme", next);
  } catch {
    // A file may have no storage.
  }
}

function storedTheme(): string {
  try {
    return localStorage.getItem("swap-theme") ?? "auto";
  } catch {
    return "auto";
  }
}

function onKey(event: KeyboardEvent): void {
  const filter = byId("filter") as HTMLInputElement;
  if (event.key === "Escape" && document.activeElement === filter) {
    filter.value = "";
    filter.blur();
    drawPage();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.activeElement === filter) return;
  if (event.key === "/") {
    event.preventDefault();
    filter.focus();
  } else if (event.key === "t") nextTheme();
  else if ("+-0".includes(event.key)) byId(`zoom${event.key}`)?.click();
  else if (event.key === "j" || event.key === "k") {
    const links = [...byId("aliases").querySelectorAll<HTMLAnchorElement>("li a")];
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const link = links[at + (event.key === "j" ? 1 : -1)];
    if (link === undefined) return;
    // Drawn at once: a click changes the address later, and the next key would start from the old place.
    location.hash = link.hash;
    drawPage();
    byId("aliases").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }
}

setTheme(storedTheme());
byId("theme").addEventListener("click", nextTheme);
byId("theme").title = "Change the theme ( t ); j and k go through the aliases, + - 0 zoom";
byId("filter").addEventListener("input", drawPage);
// The address says what is shown: a jump to the alias does not change it.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});
document.addEventListener("keydown", onKey);
addEventListener("pointerdown", () => {
  isPressed = true;
});
for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, release);
addEventListener("hashchange", drawPage);
addEventListener("resize", drawPage);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  setTheme(storedTheme()),
);
drawPage();
if (!isReport) {
  const events = new EventSource("events");
  events.addEventListener("message", ({ data }: MessageEvent<string>) => {
    const changes = JSON.parse(data) as ChangesJson;
    facts = withChanges(facts, changes);
    intervalMs = changes.intervalMs;
    receivedAt = performance.now();
    isConnected = true;
    drawNews();
  });
  events.addEventListener("error", () => {
    isConnected = false;
    drawConnection();
  });
  setInterval(drawConnection, 1_000);
}
