import { paint, type Tone } from "./colour";
import { printable } from "./printable";
import { widthOf } from "./width";

/** One column of a printed table. */
export interface Column<T> {
  head: string;
  cell(row: T): string;
  /** Numbers read best to the right. */
  right?: boolean;
  tone?(row: T): Tone | undefined;
}

/**
 * Rows as aligned lines under their heads. Columns are as wide as their widest cell and the last
 * one is not padded, so that lines end without spaces.
 */
export function columnsOf<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  colour: boolean,
): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row))));
  const widths = columns.map(({ head }, i) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[i] ?? "")), widthOf(head)),
  );
  const lineOf = (texts: readonly string[], tones: readonly (Tone | undefined)[]) => {
    const last = texts.length - 1;
    return texts
      .map((text, i) => {
        const gap = " ".repeat((widths[i] ?? 0) - widthOf(text));
        const painted = paint(text, tones[i], colour);
        if (columns[i]?.right) return gap + painted;
        return i === last ? painted : painted + gap;
      })
      .join("  ")
      .trimEnd();
  };
  const heads = lineOf(
    columns.map(({ head }) => head),
    columns.map(() => "strong" as const),
  );
  return [
    heads,
    ...rows.map((row, r) =>
      lineOf(
        cells[r] ?? [],
        columns.map(({ tone }) => tone?.(row)),
      ),
    ),
  ];
}
