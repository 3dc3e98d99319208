import type { Item } from "../items";
import { type MigrationRows, numberAttribute, numberOf } from "./migration-rows";

/** The proof that what is written to the new version goes back. */
export interface WayBackProof {
  /** When it was made, in unix milliseconds. */
  at: number;
  /** Why it could not be made: such as that the function may not write to the old version. */
  failure?: string | undefined;
  /** Whether it failed because the new version had been active before its stream was read: no other proof can pass. */
  late?: boolean | undefined;
  /** Sampled items of the old version that the transform does not leave out. */
  sampled: number;
  /** Those that come back as another item. */
  changed: number;
  /** Those that don't come back: the inverse throws, or makes no item of the old version. */
  failed: number;
  /** The first of them. */
  example?: string | undefined;
  /** Whether the program declares that items may come back changed. */
  lossy: boolean;
}

/** How what is written to the new version goes back. */
export interface WayBack {
  /** The inverse that the program declares: its hash, or "same" if items go back unchanged. */
  inverse: string;
  /** Undefined while nothing is proven of this inverse. */
  proof?: WayBackProof | undefined;
  /** Whether the new version's stream has been read since before that version was active. */
  whole?: true;
}

const SK = "inverse";

/**
 * Records which inverse a run's program declares; "none" for none. What was proven of another one is removed. That the
 * stream is read stays, except for "none": its mapping goes with the inverse, and the next one begins with the records of
 * 24 hours.
 */
export async function declareInverse(
  rows: MigrationRows,
  run: string,
  inverse: string,
): Promise<void> {
  const row = await rows.read(SK);
  if (row?.run?.S === run && row.inverse?.S === inverse) return;
  const stays = row?.run?.S === run && inverse !== "none" && row.whole?.BOOL === true;
  await rows.put(SK, {
    run: { S: run },
    inverse: { S: inverse },
    ...(stays && { whole: { BOOL: true } }),
  });
}

/** Records a proof, unless another inverse is declared by now. */
export async function recordProof(
  rows: MigrationRows,
  run: string,
  inverse: string,
  proof: WayBackProof,
  whole: boolean,
): Promise<void> {
  const { at, failure, late, sampled, changed, failed, example, lossy } = proof;
  await rows.putIf(
    {
      ...rows.key(SK),
      run: { S: run },
      inverse: { S: inverse },
      at: numberAttribute(at),
      ...(failure && { failure: { S: failure } }),
      ...(late && { late: { BOOL: true } }),
      ...(whole && { whole: { BOOL: true } }),
      sampled: numberAttribute(sampled),
      changed: numberAttribute(changed),
      failed: numberAttribute(failed),
      ...(example && { example: { S: example } }),
      lossy: { BOOL: lossy },
    },
    {
      ConditionExpression: "#run = :run and inverse = :inverse",
      ExpressionAttributeNames: { "#run": "run" },
      ExpressionAttributeValues: { ":run": { S: run }, ":inverse": { S: inverse } },
    },
  );
}

/** How what is written to the new version of a run goes back; undefined if it does not. */
export async function readWayBack(rows: MigrationRows, run: string): Promise<WayBack | undefined> {
  const row = await rows.get(SK);
  const inverse = row?.inverse?.S;
  if (row === undefined || row.run?.S !== run || inverse === undefined || inverse === "none")
    return undefined;
  return {
    inverse,
    ...(row.whole?.BOOL && { whole: true }),
    ...(row.at && { proof: proofOf(row) }),
  };
}

const proofOf = (row: Item): WayBackProof => ({
  at: numberOf(row.at),
  ...(row.failure?.S && { failure: row.failure.S }),
  ...(row.late?.BOOL && { late: true }),
  sampled: numberOf(row.sampled),
  changed: numberOf(row.changed),
  failed: numberOf(row.failed),
  ...(row.example?.S && { example: row.example.S }),
  lossy: row.lossy?.BOOL === true,
});
