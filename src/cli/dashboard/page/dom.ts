type Content = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | undefined>;

/** Makes an element. Texts stay texts: none of them is read as markup. */
export function el(tag: string, attributes: Attributes = {}, ...content: Content[]): HTMLElement {
  return filled(document.createElement(tag), attributes, content);
}

/** Makes an element of a drawing. */
export function svg(tag: string, attributes: Attributes = {}, ...content: Content[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag) as SVGElement;
  return filled(made, attributes, content);
}

function filled<E extends Element>(element: E, attributes: Attributes, content: Content[]): E {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(name, String(value));
  for (const each of content)
    if (each !== null && each !== undefined && each !== false)
      element.append(typeof each === "number" ? String(each) : each);
  return element;
}

/** A table in a box that scrolls, so that a narrow page does not. */
export function tableOfRows(label: string, headings: string[], rows: Content[][]): HTMLElement {
  const row = (tag: string) => (cells: Content[]) =>
    el(
      "tr",
      {},
      ...cells.map((cell, index) => {
        const made = isCell(cell) ? cell : el(tag, {}, cell);
        // On a phone each cell is a line, with its heading.
        made.dataset.heading = headings[index] ?? "";
        return made;
      }),
    );
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "group", "aria-label": label },
    el("table", {}, el("thead", {}, row("th")(headings)), el("tbody", {}, ...rows.map(row("td")))),
  );
}

const isCell = (cell: Content): cell is HTMLTableCellElement =>
  cell instanceof HTMLTableCellElement;

export const count = (value: number): string => value.toLocaleString("en-US");

/** A time with how long ago it was, such as `2026-11-28 10:31:05Z (3 min ago)`. */
export function timeOf(at: string | null, now: number): HTMLElement {
  if (at === null) return el("span", { class: "faint" }, "no time");
  const shown = at.replace("T", " ").replace(/\.\d+Z$/, "Z");
  return el(
    "time",
    { datetime: at },
    shown,
    " ",
    el("span", { class: "faint" }, `(${ago(at, now)})`),
  );
}

/** Such as `3 min ago`, or `in 3 min`. */
export function ago(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (Math.abs(ms) < 1_000) return "now";
  return ms > 0 ? `${span(ms)} ago` : `in ${span(-ms)}`;
}

/** A time span in its two greatest units. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  for (const [size, unit, rest, restUnit] of [
    [86_400, "d", 3_600, "h"],
    [3_600, "h", 60, "min"],
    [60, "min", 1, "s"],
  ] as const)
    if (seconds >= size) {
      const more = Math.floor((seconds % size) / rest);
      return `${Math.floor(seconds / size)} ${unit}${more > 0 ? ` ${more} ${restUnit}` : ""}`;
    }
  return `${seconds} s`;
}
