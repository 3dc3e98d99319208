import { SwapError } from "../errors";
import type { Item } from "../items";
import { type MigrationRows, numberAttribute, numberOf } from "./migration-rows";
import { MAX_PARKED } from "./parked";
import type { Stray } from "./strays";

/** Bytes of an image above which it is not recorded: an item has 400 KB at most, its key and names included. */
const MAX_IMAGE_BYTES = 300_000;

/** A stray as it was recorded. */
export interface RecordedStray extends Stray {
  /** When it was recorded, in unix milliseconds. */
  at: number;
}

/**
 * Records strays, each once.
 *
 * @throws SwapError `swap.input-invalid` above 10,000: then writers use the version that is not active
 */
export async function recordStrays(
  rows: MigrationRows,
  run: string,
  strays: readonly Stray[],
  now: number,
): Promise<void> {
  if (strays.length === 0) return;
  const recorded = await readStrays(rows, run);
  const known = new Set(recorded.map(strayKey));
  const added = strays.filter((stray) => !known.has(strayKey(stray)));
  if (known.size + added.length > MAX_PARKED) throw tooMany(known.size + added.length);
  for (const stray of added) {
    const { version, key, image, deleted } = stray;
    const fits = image !== undefined && JSON.stringify(image).length <= MAX_IMAGE_BYTES;
    await rows.put(strayKey(stray), {
      run: { S: run },
      version: numberAttribute(version),
      key: { M: key },
      ...(fits && { image: { M: image } }),
      deleted: { BOOL: deleted },
      at: numberAttribute(now),
    });
  }
}

/** The strays that a run has recorded, in order of time. */
export async function readStrays(rows: MigrationRows, run: string): Promise<RecordedStray[]> {
  const ours = (await rows.query(PREFIX)).filter((row) => row.run?.S === run);
  return ours.map(strayOf).sort((a, b) => a.at - b.at);
}

const PREFIX = "stray/";

const strayKey = ({ version, sequence }: Stray): string => `${PREFIX}${version}/${sequence}`;

const strayOf = (row: Item): RecordedStray => ({
  sequence: row.sk?.S?.split("/").at(-1) ?? "",
  version: numberOf(row.version),
  key: row.key?.M ?? {},
  ...(row.image?.M && { image: row.image.M }),
  deleted: row.deleted?.BOOL === true,
  at: numberOf(row.at),
});

const tooMany = (count: number): SwapError =>
  new SwapError("swap.input-invalid", {
    name: "number of stray changes",
    value: count.toLocaleString("en-US"),
    rule: `at most ${MAX_PARKED.toLocaleString("en-US")} changes to the version that is not active are recorded`,
    fix: "stop the writers that still use it; swap status shows the changes",
  });
