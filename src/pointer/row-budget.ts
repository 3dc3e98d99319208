import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { defined } from "../validation";
import { type HistoryEntry, insertBeforeLast, parseHistory, unrecordedAdvance } from "./history";
import { entrySize, fitHistory, shortText } from "./history-fit";
import { itemSize, READ_UNIT_BYTES, textSize } from "./item-size";
import { parseRow, type RawRow } from "./row";
import {
  formatVersionSet,
  MAX_EXCEPTIONS,
  MAX_LISTED,
  parseVersionSet,
  shortened,
  type VersionSet,
  type VersionSetName,
  withoutVersions,
} from "./version-set";

/*
 * How a row stays within one read unit. A move that has not read the row counts bytes blindly: `room`
 * says how many bytes entries and notes may still take. The budget reserves the largest size of everything
 * else, so that a record of deletion or a claim need not look at the room.
 */

/** The most bytes of a version: 16 digits. */
const VERSION_BYTES = 9;
/** The most bytes of a number that a foreign writer may have left: 19 digits and a sign. */
const INT64_BYTES = 12;

const numbersAndNames = {
  ver: INT64_BYTES,
  at: INT64_BYTES,
  prev: INT64_BYTES,
  sver: VERSION_BYTES,
  room: 3,
  hlen: 3,
  hist: 3,
};

/** The most bytes of attributes that other writes than moves change, or that grow by them. */
const reserved = {
  retired: MAX_LISTED.retired * VERSION_BYTES,
  rlow: VERSION_BYTES,
  ropen: MAX_EXCEPTIONS * VERSION_BYTES,
  rop: 36,
  blow: VERSION_BYTES,
  bopen: MAX_EXCEPTIONS * VERSION_BYTES,
  holder: 8,
};

const withNames = (sizes: Record<string, number>): number =>
  Object.entries(sizes).reduce((sum, [name, size]) => sum + name.length + size, 0);

/** Attributes whose bytes are counted elsewhere than in what other writers added to the row. */
const counted: ReadonlySet<string> = new Set([
  "pk",
  "op",
  "by",
  "why",
  "barred",
  ...Object.keys(numbersAndNames),
  ...Object.keys(reserved),
]);

/** Bytes of the attributes that each move replaces: operation id, actor and reason. */
export function headerSize({ operation, by, why }: HistoryEntry): number {
  return (
    2 +
    textSize(operation ?? "") +
    (by === undefined ? 0 : 2 + textSize(by)) +
    (why === undefined ? 0 : 3 + textSize(why))
  );
}

/** Bytes that entries, bars and notes may take in a row that does not exist yet. */
export const roomOfNewRow = (alias: string): number =>
  READ_UNIT_BYTES - 2 - textSize(alias) - withNames(numbersAndNames) - withNames(reserved);

/** What a move writes into a row that has been read. */
export interface PlannedRow {
  history: HistoryEntry[];
  /** Bytes left for entries, bars and notes of later moves. */
  room: number;
  /** Actor and reason as the row itself holds them; shortened only where nothing else gives way. */
  notes: Pick<HistoryEntry, "by" | "why">;
  /** Version sets that change; undefined for an attribute that the row is to be without. */
  sets: Record<string, AttributeValue | undefined>;
}

/**
 * Plans a row after a move such that it takes one read unit: sets of versions beyond their bounds are
 * shortened, then the history. Attributes of other writers count, but are never removed: where
 * they leave too little room, the row exceeds the unit.
 */
export function plannedRow(
  controlTable: string,
  alias: string,
  before: RawRow,
  entry: HistoryEntry,
  { bar, lift }: { bar?: number; lift?: number },
): PlannedRow {
  const entries = [...recordedMoves(controlTable, alias, before), entry];
  const used = entries.map(({ version }) => version).toReversed();
  const barred = parseVersionSet(before, "barred");
  const unbarred = lift === undefined ? barred : withoutVersions(barred, [lift], used);
  const rebarred = bar === undefined ? unbarred : withVersion(unbarred, bar);
  const sets = {
    ...changed("barred", barred, bounded("barred", rebarred, used)),
    ...boundedRetired(before, used),
  };
  const after = { ...before, ...sets };
  const room =
    roomOfNewRow(alias) -
    excess(after) -
    itemSize(defined({ barred: after.barred })) -
    others(after);

  const history = fitHistory(entries, room - headerSize(entry));
  const left = room - history.reduce((sum, each) => sum + entrySize(each), 0);
  return { history, room: Math.max(left, 0), notes: fittingNotes(entry, left), sets };
}

/** The history that a row records, an advance of a foreign writer that set its version included. */
function recordedMoves(controlTable: string, alias: string, before: RawRow): HistoryEntry[] {
  if (before.ver === undefined) {
    const recorded = parseHistory(before.hist);
    return insertBeforeLast(recorded, unrecordedAdvance(recorded, before));
  }
  const row = parseRow(controlTable, alias, before);
  if (!row.foreign) return row.history;
  return [
    ...row.history,
    { version: row.version, kind: "foreign", ...defined({ at: row.activatedAt }) },
  ];
}

/**
 * The retired set of a row where it exceeds its bound, as rows of earlier releases may.
 *
 * @param used versions that were live, the latest first
 */
export function boundedRetired(
  before: RawRow,
  used: readonly number[],
): Record<string, AttributeValue | undefined> {
  const retired = parseVersionSet(before, "retired");
  return changed("retired", retired, bounded("retired", retired, used));
}

const bounded = (name: VersionSetName, set: VersionSet, used: readonly number[]): VersionSet =>
  set.listed.length > MAX_LISTED[name] ? shortened(set, MAX_LISTED[name] / 2, used) : set;

const changed = (name: VersionSetName, from: VersionSet, to: VersionSet) =>
  from === to ? {} : formatVersionSet(name, to);

const withVersion = (set: VersionSet, version: number): VersionSet => ({
  ...set,
  listed: [...new Set([...set.listed, version])].sort((a, b) => a - b),
});

/** Bytes by which reserved attributes exceed their place; only other writers make them so large. */
const excess = (row: Readonly<Record<string, AttributeValue | undefined>>): number =>
  Object.entries(reserved).reduce((sum, [name, size]) => {
    const value = row[name];
    const actual = value === undefined ? 0 : itemSize({ [name]: value });
    return sum + Math.max(actual - name.length - size, 0);
  }, 0);

/** Bytes of attributes that are none of ours. */
const others = (row: Readonly<Record<string, AttributeValue | undefined>>): number =>
  Object.entries(row).reduce(
    (sum, [name, value]) =>
      counted.has(name) || value === undefined ? sum : sum + itemSize({ [name]: value }),
    0,
  );

const NOTE_LENGTHS = [256, 96, 48, 24, 0] as const;

function fittingNotes(entry: HistoryEntry, left: number): Pick<HistoryEntry, "by" | "why"> {
  let notes = defined({ by: entry.by, why: entry.why });
  for (const length of NOTE_LENGTHS) {
    if (headerSize({ ...entry, by: undefined, why: undefined, ...notes } as HistoryEntry) <= left)
      return notes;
    notes = defined({ by: shortText(entry.by, length), why: shortText(entry.why, length) });
  }
  return notes;
}
