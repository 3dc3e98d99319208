import type { Item } from "../items";
import {
  countDifferences,
  type DifferenceCounts,
  type DifferenceKind,
  differenceKinds,
  type ItemDifference,
} from "./difference";
import {
  numberAttribute,
  numberOf,
  type TableIds,
  tableAttributes,
  tablesOf,
} from "./migration-rows";

/** The last verification, as recorded; it has a time and the transform's hash, and may be out of date. */
export interface VerificationRecord {
  /** Identifies this run. */
  run: string;
  tables: TableIds;
  /** False while it runs, and for one that was interrupted. */
  done: boolean;
  from: number;
  to: number;
  transform: string;
  /** Unix milliseconds. */
  startedAt: number;
  /** Unix milliseconds; absent unless done. */
  finishedAt?: number;
  sourceItems: number;
  leftOut: number;
  targetItems: number;
  counts: DifferenceCounts;
  /** False if it stopped before it had found all differences. */
  complete: boolean;
  /** Why functions that made it gave up; absent unless they did. */
  failure?: string;
}

/** Longest row of differences, in characters of JSON; DynamoDB's bound on an item is 400 KB. */
const MAX_ROW_LENGTH = 100_000;

/** The attributes of a verification's row. */
export function verificationAttributes(record: VerificationRecord, rows: number): Item {
  const { run, tables, done, transform, counts, complete, finishedAt, failure, ...numbers } =
    record;
  return {
    run: { S: run },
    ...tableAttributes(tables),
    done: { BOOL: done },
    transform: { S: transform },
    complete: { BOOL: complete },
    counts: {
      M: Object.fromEntries(differenceKinds.map((kind) => [kind, numberAttribute(counts[kind])])),
    },
    rows: numberAttribute(rows),
    ...(failure !== undefined && { failure: { S: failure } }),
    ...(finishedAt !== undefined && { finishedAt: numberAttribute(finishedAt) }),
    ...Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [name, numberAttribute(value)]),
    ),
  };
}

/** What a verification's row says. */
export function verificationOf(row: Item): VerificationRecord {
  const counts = countDifferences([]);
  for (const kind of differenceKinds) counts[kind] = numberOf(row.counts?.M?.[kind]);
  return {
    run: row.run?.S ?? "",
    tables: tablesOf(row),
    done: row.done?.BOOL === true,
    from: numberOf(row.from),
    to: numberOf(row.to),
    transform: row.transform?.S ?? "",
    startedAt: numberOf(row.startedAt),
    ...(row.finishedAt && { finishedAt: numberOf(row.finishedAt) }),
    sourceItems: numberOf(row.sourceItems),
    leftOut: numberOf(row.leftOut),
    targetItems: numberOf(row.targetItems),
    counts,
    complete: row.complete?.BOOL === true,
    ...(row.failure?.S !== undefined && { failure: row.failure.S }),
  };
}

/** Differences as maps, in rows that stay below DynamoDB's bound. */
export function rowsOf(differences: readonly ItemDifference[]): Item[][] {
  const rows: Item[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const { kind, sourceKey, targetKey, reason } of differences) {
    const map: Item = {
      kind: { S: kind },
      ...(sourceKey && { source: { M: sourceKey } }),
      ...(targetKey && { target: { M: targetKey } }),
      ...(reason !== undefined && { reason: { S: reason } }),
    };
    length += JSON.stringify(map).length;
    if (length > MAX_ROW_LENGTH) {
      rows.push([]);
      length = 0;
    }
    rows.at(-1)?.push(map);
  }
  return rows;
}

export const differenceOf = ({ kind, source, target, reason }: Item): ItemDifference => ({
  kind: kind?.S as DifferenceKind,
  sourceKey: source?.M,
  targetKey: target?.M,
  reason: reason?.S,
});
