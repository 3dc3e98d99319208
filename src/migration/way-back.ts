import type { Item } from "../items";
import { type MigrationRows, numberAttribute, numberOf } from "./migration-rows";

/** The proof that what is written to the new version goes back. */
export interface WayBackProof {
  /** When it was made, in unix milliseconds. */
  at: number;
  /** Why it could not be made: such as that the function may not write to the old version. */
  failure?: string | undefined;
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
}

const SK = "inverse";

/** Records which inverse a run's program declares; "none" for none. What was proven of another one is removed. */
export async function declareInverse(
  rows: MigrationRows,
  run: string,
  inverse: string,
): Promise<void> {
  const row = await rows.read(SK);
  if (row?.run?.S === run && row.inverse?.S === inverse) return;
  await rows.put(SK, { run: { S: run }, inverse: { S: inverse } });
}

/** Records a proof, unless another inverse is declared by now. */
export async function recordProof(
  rows: MigrationRows,
  run: string,
  inverse: string,
  proof: WayBackProof,
): Promise<void> {
  const { at, failure, sampled, changed, failed, example, lossy } = proof;
  await rows.putIf(
    {
      ...rows.key(SK),
      run: { S: run },
      inverse: { S: inverse },
      at: numberAttribute(at),
      ...(failure && { failure: { S: failure } }),
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
  return { inverse, ...(row.at && { proof: proofOf(row) }) };
}

const proofOf = (row: Item): WayBackProof => ({
  at: numberOf(row.at),
  ...(row.failure?.S && { failure: row.failure.S }),
  sampled: numberOf(row.sampled),
  changed: numberOf(row.changed),
  failed: numberOf(row.failed),
  ...(row.example?.S && { example: row.example.S }),
  lossy: row.lossy?.BOOL === true,
});
