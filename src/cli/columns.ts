import { applyStyle, type Style } from "./colour";
import { escapeControlCharacters } from "./format";

/** One column of a printed table. */
export interface Column<T> {
  heading: string;
  cell(row: T): string;
  /** Right-align the column, for numbers. */
  right?: boolean;
  tone?(row: T): Style | undefined;
}

/**
 * Formats rows as aligned lines under headings. Columns are as wide as their widest cell and the last one
 * is not padded, so that lines end without spaces.
 */
export function formatColumns<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  colour: boolean,
): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => escapeControlCharacters(cell(row))));
  const widths = columns.map(({ heading }, i) =>
    cells.reduce(
      (widest, row) => Math.max(widest, displayWidth(row[i] ?? "")),
      displayWidth(heading),
    ),
  );
  const lineOf = (texts: readonly string[], tones: readonly (Style | undefined)[]) => {
    const last = texts.length - 1;
    return texts
      .map((text, i) => {
        const gap = " ".repeat((widths[i] ?? 0) - displayWidth(text));
        const painted = applyStyle(text, tones[i], colour);
        if (columns[i]?.right) return gap + painted;
        return i === last ? painted : painted + gap;
      })
      .join("  ")
      .trimEnd();
  };
  const headings = lineOf(
    columns.map(({ heading }) => heading),
    columns.map(() => "strong" as const),
  );
  return [
    headings,
    ...rows.map((row, r) =>
      lineOf(
        cells[r] ?? [],
        columns.map(({ tone }) => tone?.(row)),
      ),
    ),
  ];
}

const segmenter = new Intl.Segmenter();

/** East Asian wide and full-width characters, and emoji: two columns each. */
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;
const ascii = /^[\u0020-\u007e]*$/;

/** The width of printable text on a terminal, in columns. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}
