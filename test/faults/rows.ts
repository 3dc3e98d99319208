import type { RawRow } from "../../src/pointer";
import { ascending, type Model } from "./model";

/** A history entry as it is stored, by its own reading of it: the one under test has no say here. */
export interface Entry {
  version: number;
  at: number;
  kind: string;
  operation?: string;
}

export function modelOf(row: RawRow | undefined): Model {
  if (row === undefined) return { barred: [], retired: [] };
  return {
    version: Number(row.ver?.N),
    barred: ascending((row.barred?.NS ?? []).map(Number)),
    retired: ascending((row.retired?.NS ?? []).map(Number)),
  };
}

export function entriesOf(row: RawRow | undefined): Entry[] {
  return (row?.hist?.L ?? []).map(({ M: entry = {} }) => ({
    version: Number(entry.ver?.N),
    at: Number(entry.at?.N),
    kind: entry.kind?.S ?? "",
    ...(entry.op?.S !== undefined && { operation: entry.op.S }),
  }));
}
