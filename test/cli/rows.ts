import type { Row } from "./database";

interface Move {
  version: number;
  at: number;
  kind?: "set" | "rollback" | "seed";
  by?: string;
  why?: string;
}

/** A row whose version 1 is a table with another name. */
export const named = (row: Row, table: string): Row => ({
  ...row,
  names: { M: { 1: { S: table } } },
});

/** A row as pulumi-swap's own writers leave it after these moves, oldest first. */
export function ownRow(
  alias: string,
  moves: Move[],
  barred: number[] = [],
  retired: number[] = [],
): Row {
  const newest = moves.at(-1);
  const before = moves.at(-2);
  if (!newest) throw new Error("at least one move");
  const entry = ({ version, at, kind = "set", by, why }: Move, index: number): Row => ({
    ver: { N: String(version) },
    at: { N: String(at) },
    kind: { S: kind },
    op: { S: `op-${index + 1}` },
    ...(by !== undefined && { by: { S: by } }),
    ...(why !== undefined && { why: { S: why } }),
  });
  const { kind: _kind, ...attributes } = entry(newest, moves.length - 1);
  return {
    pk: { S: alias },
    ...attributes,
    ...(before && { prev: { N: String(before.version) } }),
    hist: { L: moves.map((move, index) => ({ M: entry(move, index) })) },
    ...(barred.length > 0 && { barred: { NS: barred.map(String) } }),
    ...(retired.length > 0 && { retired: { NS: retired.map(String) } }),
  };
}
