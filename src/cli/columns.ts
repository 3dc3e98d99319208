import { applyStyle, type Style } from "./colour";
import { escapeControlCharacters } from "./format";

/** One column of a printed table. */
export interface Column<T> {
  heading: string;
  cell(row: T): string;
  /** Right-align the column, for numbers. */
  right?: boolean;
  tone?(row: T): Style | undefined;
  /** Wrap the cells between words where the line is too narrow, for texts. */
  wrap?: boolean;
  /** Leave the column out where the line is too narrow: the greatest number first. */
  omit?: number;
  /** Show the column only on a terminal, for what depends on the moment of printing. */
  terminalOnly?: boolean;
}

/** A table as lines of text. */
export interface TableText {
  lines: string[];
  /** Headings of the columns that the width has no room for. */
  omitted: string[];
}

/** What to say of columns that were left out. */
export const omissionText = (omitted: readonly string[]): string =>
  `no room for ${omitted.join(", ")}: widen the terminal, or use --json`;

/** Least width of a column that is wrapped; below it, other columns are left out. */
const MIN_WRAP_WIDTH = 20;
const GAP = "  ";

/**
 * Formats rows as aligned lines under headings. Columns are as wide as their widest cell, and lines end
 * without spaces. Where that is wider than `width`, texts are wrapped and columns left out; where that is
 * not enough, each cell becomes a separate line. A word is never broken.
 *
 * @param width columns of the terminal; undefined for output that is not read on one
 */
export function formatColumns<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  colour: boolean,
  width = Number.POSITIVE_INFINITY,
): TableText {
  const measured = columns.map((column) => measure(rows, column));
  const omissible = columns.filter(({ omit }) => omit !== undefined);
  omissible.sort((a, b) => (b.omit ?? 0) - (a.omit ?? 0));
  for (let leftOut = 0; leftOut <= omissible.length; leftOut++) {
    const omitted = omissible.slice(0, leftOut);
    const shown = measured.filter(({ column }) => !omitted.includes(column));
    const fitted = fitWidths(shown, width);
    if (fitted !== undefined)
      return {
        lines: tableLines(rows, fitted, colour),
        omitted: columns.filter((each) => omitted.includes(each)).map(({ heading }) => heading),
      };
  }
  return { lines: blockLines(rows, measured, colour, width), omitted: [] };
}

/** A column with its cells' printable texts and the width that it gets. */
interface MeasuredColumn<T> {
  column: Column<T>;
  cells: string[];
  width: number;
}

function measure<T>(rows: readonly T[], column: Column<T>): MeasuredColumn<T> {
  const cells = rows.map((row) => escapeControlCharacters(column.cell(row)));
  return { column, cells, width: widest([column.heading, ...cells]) };
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
}

/** Narrows the columns that may wrap, the widest most; undefined where the rest is too wide. */
function fitWidths<T>(
  columns: readonly MeasuredColumn<T>[],
  width: number,
): MeasuredColumn<T>[] | undefined {
  const least = ({ column, cells, width }: MeasuredColumn<T>) =>
    column.wrap
      ? Math.min(width, Math.max(MIN_WRAP_WIDTH, widest(cells.flatMap((cell) => cell.split(" ")))))
      : width;
  const fitted = columns.map((each) => ({ ...each }));
  const total = () =>
    fitted.reduce((sum, each) => sum + each.width, GAP.length * (fitted.length - 1));
  while (total() > width) {
    const [target] = fitted
      .filter((each) => each.width > least(each))
      .sort((a, b) => b.width - a.width);
    if (target === undefined) return undefined;
    target.width = Math.max(least(target), target.width - (total() - width));
  }
  return fitted;
}

function tableLines<T>(
  rows: readonly T[],
  columns: readonly MeasuredColumn<T>[],
  colour: boolean,
): string[] {
  const lineOf = (texts: readonly string[], tones: readonly (Style | undefined)[]) => {
    const last = texts.length - 1;
    return texts
      .map((text, i) => {
        const { column, width = 0 } = columns[i] ?? {};
        const gap = " ".repeat(Math.max(0, width - displayWidth(text)));
        const painted = applyStyle(text, tones[i], colour);
        if (column?.right) return gap + painted;
        return i === last ? painted : painted + gap;
      })
      .join(GAP)
      .trimEnd();
  };
  const headings = lineOf(
    columns.map(({ column }) => column.heading),
    columns.map(() => "strong" as const),
  );
  return [
    headings,
    ...rows.flatMap((row, r) => {
      const cells = columns.map(({ cells, width }) => wrapWords(cells[r] ?? "", width));
      const tones = columns.map(({ column }) => column.tone?.(row));
      const height = Math.max(...cells.map((lines) => lines.length));
      return Array.from({ length: height }, (_, i) =>
        lineOf(
          cells.map((lines) => lines[i] ?? ""),
          tones,
        ),
      );
    }),
  ];
}

/** Each row as a block of lines, `HEADING  cell`, with an empty line between two rows. */
function blockLines<T>(
  rows: readonly T[],
  columns: readonly MeasuredColumn<T>[],
  colour: boolean,
  width: number,
): string[] {
  const headingWidth = widest(columns.map(({ column }) => column.heading));
  const room = Math.max(1, width - headingWidth - GAP.length);
  return rows.flatMap((row, r) => [
    ...(r === 0 ? [] : [""]),
    ...columns.flatMap(({ column, cells }) =>
      wrapWords(cells[r] ?? "", room).map((text, i) => {
        const heading = (i === 0 ? column.heading : "").padEnd(headingWidth);
        const head = applyStyle(heading, "strong", colour);
        return `${head}${GAP}${applyStyle(text, column.tone?.(row), colour)}`.trimEnd();
      }),
    ),
  ]);
}

/** The width of a stream's terminal in columns; undefined for a pipe, a file and a dumb terminal. */
export function terminalWidth(stream: { isTTY?: boolean; columns?: number }): number | undefined {
  return stream.isTTY && process.env.TERM !== "dumb" ? stream.columns || undefined : undefined;
}

/** Breaks a line between words where the stream's terminal is narrower; further lines are indented. */
export function fitLine(
  text: string,
  stream: { isTTY?: boolean; columns?: number },
  indent: number,
): string {
  const width = terminalWidth(stream);
  if (width === undefined) return text;
  const margin = " ".repeat(indent);
  return wrapWords(text, width - indent).join(`\n${margin}`);
}

/** Breaks a text into lines between words; a word that is wider than the width gets a separate line. */
export function wrapWords(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Made on use, since few texts need it. */
let segmenter: Intl.Segmenter | undefined;

/** East Asian wide and full-width characters, and emoji: two columns each. */
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;
const ascii = /^[\u0020-\u007e]*$/;

/** The width of printable text on a terminal, in columns. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  segmenter ??= new Intl.Segmenter();
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}
