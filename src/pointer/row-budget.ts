import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { itemSize, READ_UNIT_BYTES, textSize } from "../aws";
import { defined } from "../validation";
import { type HistoryEntry, insertBeforeLast, parseHistory, unrecordedAdvance } from "./history";
import { entrySize, fitHistory, NOTE_LENGTHS, type Notes, shortNotes } from "./history-fit";
import { parseRow, type RawRow } from "./row";
import {
  formatVersionSet,
  MAX_EXCEPTIONS,
  MAX_LISTED,
  parseVersionSet,
  shortened,
  VERSION_BYTES,
  type VersionSet,
  type VersionSetName,
  withoutVersions,
} from "./version-set";

/*
 * How a row stays within one read unit. A move that has not read the row counts bytes blindly: `room`
 * says how many bytes entries and notes may still take. The budget reserves the largest size of everything
 * else, so that a record of deletion or a claim need not look at the room. The names of tables (`names`) count as
 * they are, as attributes of other writers do: few rows have them, and they are written with the room.
 */

/** The most bytes of a number that a foreign writer may have left: 19 digits and a sign. */
const INT64_BYTES = 12;

/** The most bytes of attributes that every row of ours has, without the entries of `hist`. */
const fixed = {
  ver: INT64_BYTES,
  at: INT64_BYTES,
  prev: INT64_BYTES,
  sver: VERSION_BYTES,
  room: 3,
  hlen: 3,
  hist: 3,
};

const sizeWithNames = (sizes: Record<string, number>): number =>
  Object.entries(sizes).reduce((sum, [name, size]) => sum + name.length + size, 0);

/** The most bytes of a map: 3, and one more for each of its members. */
const mapSize = (sizes: Record<string, number>): number =>
  3 + Object.keys(sizes).length + sizeWithNames(sizes);

/** The most bytes of attributes that other writes than moves change, or that grow by them. */
const reserved = {
  retired: MAX_LISTED.retired * VERSION_BYTES,
  rlow: VERSION_BYTES,
  ropen: MAX_EXCEPTIONS * VERSION_BYTES,
  rop: 36,
  blow: VERSION_BYTES,
  bopen: MAX_EXCEPTIONS * VERSION_BYTES,
  holder: 8,
  // The fence of a switch is put on a row as it is.
  fence: mapSize({
    from: VERSION_BYTES,
    to: VERSION_BYTES,
    operation: 36,
    budget: VERSION_BYTES,
  }),
};

/** Attributes of ours; all others are of other writers. */
const ours: ReadonlySet<string> = new Set([
  "pk",
  "op",
  "by",
  "why",
  "barred",
  ...Object.keys(fixed),
  ...Object.keys(reserved),
]);

/** Bytes of the attributes that each move replaces: operation id, actor and reason. */
export function headerSize({
  operation,
  by,
  why,
}: Pick<HistoryEntry, "operation" | "by" | "why">): number {
  return (
    2 +
    textSize(operation ?? "") +
    (by === undefined ? 0 : 2 + textSize(by)) +
    (why === undefined ? 0 : 3 + textSize(why))
  );
}

/** Bytes that entries, bars and notes may take in a row that does not exist yet. */
export const roomOfNewRow = (alias: string): number =>
  READ_UNIT_BYTES - 2 - textSize(alias) - sizeWithNames(fixed) - sizeWithNames(reserved);

/** What a move writes into a row that has been read. */
export interface PlannedRow {
  history: HistoryEntry[];
  /** Bytes left for entries, bars and notes of later moves. */
  room: number;
  /** Actor and reason as the row itself holds them; shortened only where nothing else gives way. */
  notes: Notes;
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
  const retired = parseVersionSet(before, "retired");
  const unbarred = lift === undefined ? barred : withoutVersions(barred, [lift], used);
  const rebarred = bar === undefined ? unbarred : withVersion(unbarred, bar);
  const sets = {
    ...changed("barred", barred, bounded("barred", rebarred, used)),
    ...changed("retired", retired, bounded("retired", retired, used)),
  };
  const room = roomFor(alias, { ...before, ...sets });
  const history = fitHistory(entries, room - headerSize(entry));
  const left = room - history.reduce((sum, each) => sum + entrySize(each), 0);
  return { history, room: Math.max(left, 0), notes: fittingNotes(entry, left), sets };
}

/**
 * Plans a row that gets a further attribute outside of a move: the history is shortened where both do not fit.
 *
 * @returns the history, and the bytes left for entries, bars and notes of later moves
 */
export function plannedAddition(
  alias: string,
  before: RawRow,
  added: RawRow,
): Pick<PlannedRow, "history" | "room"> {
  const room = roomFor(alias, { ...before, ...added });
  const { op, by, why } = before;
  const header = headerSize(defined({ operation: op?.S, by: by?.S, why: why?.S }));
  const history = fitHistory(parseHistory(before.hist), room - header);
  const left = room - history.reduce((sum, each) => sum + entrySize(each), 0);
  return { history, room: Math.max(left, 0) };
}

/** Bytes that entries and notes may take in a row with these other attributes. */
const roomFor = (
  alias: string,
  row: Readonly<Record<string, AttributeValue | undefined>>,
): number =>
  roomOfNewRow(alias) - excess(row) - itemSize(defined({ barred: row.barred })) - others(row);

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

/** A set within its bound, which rows of earlier releases may exceed. */
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
      ours.has(name) || value === undefined ? sum : sum + itemSize({ [name]: value }),
    0,
  );

/** The move's notes, or the longest form of them that fits. */
function fittingNotes({ operation, by, why }: HistoryEntry, left: number): Notes {
  let notes: Notes = defined({ by, why });
  for (const length of [256, ...NOTE_LENGTHS]) {
    if (headerSize({ ...defined({ operation }), ...notes }) <= left) break;
    notes = shortNotes({ by, why }, length);
  }
  return notes;
}
