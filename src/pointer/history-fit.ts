import { textSize, valueSize } from "../aws";
import { defined } from "../validation";
import { formatEntry, type HistoryEntry } from "./history";
import { MAX_BARRED_GROWTH } from "./version-set";

/** Who moved the pointer and why. */
export type Notes = Pick<HistoryEntry, "by" | "why">;

/** Moves that the history keeps whatever else the row holds. */
export const MIN_HISTORY = 10;

/**
 * Room that a rewritten history leaves for the moves after it, in bytes: as long as it lasts, a move
 * needs no look at the row first. Whole entries make way for the first, notes only for the second.
 */
const WANTED_ROOM = { entries: 1024, notes: 320 } as const;
/** Notes make way for one more move like the newest, where that takes no more than this, in bytes. */
const MAX_WANTED_FOR_NOTES = 700;

/** Lengths to which notes are cut, one after the other, in bytes of UTF-8. */
export const NOTE_LENGTHS = [96, 48, 24, 0] as const;

/**
 * Brings a history down to a budget: first entries beyond the last {@link MIN_HISTORY} go, the oldest
 * first; then notes are shortened from the oldest entry on, the newest entry's last.
 *
 * @param entries oldest first
 * @param budget bytes the entries may take
 * @returns the entries that are kept, which exceed the budget when even bare entries do
 */
export function fitHistory(entries: readonly HistoryEntry[], budget: number): HistoryEntry[] {
  const kept = [...entries];
  const sizes = kept.map(entrySize);
  let used = sizes.reduce((sum, size) => sum + size, 0);
  while (kept.length > MIN_HISTORY && used > budget - WANTED_ROOM.entries) {
    kept.shift();
    used -= sizes.shift() ?? 0;
  }
  const shorten = (index: number, length: number) => {
    const entry = kept[index];
    if (entry === undefined) return;
    const { by, why, ...rest } = entry;
    const shorter = { ...rest, ...shortNotes({ by, why }, length) };
    used += entrySize(shorter) - entrySize(entry);
    kept[index] = shorter;
  };
  const newest = kept.length - 1;
  const next = (sizes.at(-1) ?? 0) + MAX_BARRED_GROWTH;
  const wanted = Math.min(Math.max(WANTED_ROOM.notes, next), MAX_WANTED_FOR_NOTES);
  for (const length of NOTE_LENGTHS)
    for (let index = 0; index < newest && used > budget - wanted; index++) shorten(index, length);
  for (const length of NOTE_LENGTHS) if (used > budget) shorten(newest, length);
  return kept;
}

/** Bytes that an entry adds to the row. */
export const entrySize = (entry: HistoryEntry): number => 1 + valueSize(formatEntry(entry));

/** Actor and reason, each cut to a length in bytes of UTF-8. */
export const shortNotes = (
  { by, why }: { by?: string | undefined; why?: string | undefined },
  length: number,
): Notes => defined({ by: shortText(by, length), why: shortText(why, length) });

const ELLIPSIS = "…";

/** Text cut to a length in bytes of UTF-8, between characters; undefined where nothing is left. */
export function shortText(text: string | undefined, length: number): string | undefined {
  if (text === undefined || textSize(text) <= length) return text;
  let kept = "";
  let size = textSize(ELLIPSIS);
  for (const character of text) {
    size += textSize(character);
    if (size > length) break;
    kept += character;
  }
  return kept === "" ? undefined : kept + ELLIPSIS;
}
