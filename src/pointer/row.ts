import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { SwapErrorPayloads } from "../errors";
import { readError } from "../errors/read";
import { defined } from "../validation";
import { corruptAttribute, formatAttribute } from "./corrupt-attribute";
import { type Fence, standingFence } from "./fence";
import { type HistoryEntry, insertBeforeLast, parseHistory, unrecordedAdvance } from "./history";
import { isTableName, type TableNames } from "./names/table-name";
import { isMember, parseVersionSet, type VersionFloor, withoutVersions } from "./version-set";
import { wholeNumber } from "./whole-number";

/** A control row as DynamoDB returns it. */
export type RawRow = Record<string, AttributeValue>;

/** What the control table says of one alias. */
export interface PointerRow {
  alias: string;
  /** The active version. A foreign writer may have set any safe integer. */
  version: number;
  /** Unix milliseconds of the advance; 0 for a seed; absent when the row has no whole `at`. */
  activatedAt?: number;
  /** True when a writer without our attributes (the Go implementation) set this version. */
  foreign: boolean;
  /** Operation id of the write that set this version; absent when foreign. */
  operation?: string;
  by?: string;
  why?: string;
  /** The version active before; for a foreign advance the last one we recorded. */
  previous?: number;
  /** Our recorded writes and the foreign advances between them, oldest first. */
  history: HistoryEntry[];
  /** Versions rolled back from, ascending; our setters refuse them. {@link isBarred} adds the floor. */
  barred: number[];
  /** Replaces the oldest barred versions, where there were too many to keep each. */
  barredFloor?: VersionFloor;
  /**
   * Versions whose table's deletion was permitted, ascending; our writers refuse them.
   * {@link isRetired} adds the floor.
   */
  retired: number[];
  /** Replaces the oldest retired versions, where there were too many to keep each. */
  retiredFloor?: VersionFloor;
  /** An attribute of ours that holds a wrong type; our writers refuse the row until it is removed. */
  corrupt?: SwapErrorPayloads["swap.malformed-row"];
  /** The fence that stands on `version`; absent for none, and for one of another version. */
  fence?: Fence;
  /** Tables that are not named `<alias>_v<N>`, by version; `tableOf` reads it. */
  tableNames?: TableNames;
  /** Who may remove the row (see `claimRow`); empty where it holds something else than text. */
  holder?: string;
}

/**
 * Parses a control row by the wire contract: `ver` must be a whole number; every other attribute may
 * be missing, since the Go implementation writes only `pk`, `ver` and `at`.
 *
 * @throws SwapError `swap.malformed-row` when `ver` is missing or no whole number, and when `names`, the tables
 * with other names, is there and can't be read: another table would be taken for the version's
 * @throws SwapError `swap.version-out-of-range` when `ver` exceeds 2^53-1 in size
 */
export function parseRow(controlTable: string, alias: string, raw: RawRow): PointerRow {
  const version = parseVersion(controlTable, alias, raw.ver);
  const activatedAt = wholeNumber(raw.at);
  const recorded = parseHistory(raw.hist);
  const history = insertBeforeLast(recorded, unrecordedAdvance(recorded, raw));
  const newest = history.at(-1);
  const foreign = newest === undefined || newest.version !== version || newest.at !== activatedAt;
  const previous = foreign ? newest?.version : wholeNumber(raw.prev);
  return {
    alias,
    version,
    foreign,
    history,
    ...parseVersionSets(raw),
    ...defined({ fence: standingFence(raw) }),
    ...defined({ tableNames: parseTableNames(controlTable, alias, raw) }),
    ...defined({ corrupt: corruptAttribute(controlTable, alias, raw) }),
    ...defined({ activatedAt, previous: previous === version ? undefined : previous }),
    ...(raw.holder && { holder: raw.holder.S ?? "" }),
    ...(!foreign && defined({ operation: raw.op?.S, by: raw.by?.S, why: raw.why?.S })),
  };
}

function parseVersion(
  controlTable: string,
  alias: string,
  ver: AttributeValue | undefined,
): number {
  if (ver?.N === undefined || !/^-?\d+$/.test(ver.N))
    throw readError("swap.malformed-row", {
      alias,
      controlTable,
      attribute: "ver",
      found: formatAttribute(ver),
    });
  const version = wholeNumber(ver);
  if (version === undefined)
    throw readError("swap.version-out-of-range", {
      alias,
      value: ver.N,
      rule: "it is beyond 2^53-1, the greatest version that can be handled without rounding",
      source: "row",
    });
  return version;
}

/**
 * The tables with other names that a row records, whatever else it lacks; undefined if it records none.
 *
 * @throws SwapError `swap.malformed-row` where they can't be read
 */
export function parseTableNames(
  controlTable: string,
  alias: string,
  raw: RawRow,
): TableNames | undefined {
  const tableNames = readTableNames(raw);
  if (raw.names !== undefined && tableNames === undefined)
    throw readError("swap.malformed-row", {
      alias,
      controlTable,
      attribute: "names",
      found: formatAttribute(raw.names),
    });
  return tableNames;
}

/** The tables with other names that a row records; undefined if it has none that can be read. */
export function readTableNames({ names }: RawRow): TableNames | undefined {
  const tables: Record<string, string> = {};
  for (const [version, { S }] of Object.entries(names?.M ?? {})) {
    if (!isTableName(S) || wholeNumber({ N: version }) === undefined) return undefined;
    tables[version] = S;
  }
  return names?.M && tables;
}

/** The attribute that {@link readTableNames} reads. */
export const formatTableNames = (tableNames: TableNames): AttributeValue => ({
  M: Object.fromEntries(Object.entries(tableNames).map(([version, S]) => [version, { S }])),
});

/** What a row says of the versions that our writers refuse. */
export type PointerVersionSets = Pick<
  PointerRow,
  "barred" | "barredFloor" | "retired" | "retiredFloor"
>;

/** The barred and the retired versions of a row, whatever else it lacks. */
export function parseVersionSets(raw: RawRow): PointerVersionSets {
  const barred = parseVersionSet(raw, "barred");
  const retired = parseVersionSet(raw, "retired");
  return {
    barred: barred.listed,
    retired: retired.listed,
    ...defined({ barredFloor: barred.floor, retiredFloor: retired.floor }),
  };
}

/** Whether our setters refuse a version because it was, or may have been, rolled back from. */
export function isBarred(
  { barred, barredFloor }: Pick<PointerVersionSets, "barred" | "barredFloor">,
  version: number,
): boolean {
  return isMember({ listed: barred, floor: barredFloor }, version);
}

/** Whether our writers refuse a version because its table was, or may have been, permitted to go. */
export function isRetired(
  { retired, retiredFloor }: Pick<PointerVersionSets, "retired" | "retiredFloor">,
  version: number,
): boolean {
  return isMember({ listed: retired, floor: retiredFloor }, version);
}

/** The row as it is once a retired version has been reopened. */
export function withReopened(row: PointerRow, version: number): PointerRow {
  const used = [...row.history.map((entry) => entry.version), row.version].toReversed();
  const { listed, floor } = withoutVersions(
    { listed: row.retired, floor: row.retiredFloor },
    [version],
    used,
  );
  return { ...row, retired: listed, ...defined({ retiredFloor: floor }) };
}
