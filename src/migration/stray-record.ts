import { itemSize } from "../aws";
import { SwapError } from "../errors";
import type { Item } from "../items";
import { isSettled } from "./agreement";
import { causeName, type MigrationRows, numberAttribute, numberOf } from "./migration-rows";
import { MAX_PARKED } from "./parked";
import type { Stray } from "./strays";

/** Bytes that an item may have. Source: DynamoDB Developer Guide, Quotas, Items. */
const MAX_ITEM_BYTES = 400 * 1024;
/** Rows that are deleted at a time. */
const DELETED_AT_ONCE = 25;

/** A stray as it was recorded. */
export interface RecordedStray extends Stray {
  /** When it was recorded, in unix milliseconds. */
  at: number;
}

/** The record of a run's strays. */
export interface StrayRecord {
  rows: MigrationRows;
  run: string;
  /** Unix milliseconds. */
  now: number;
  /** When the last verification began, if it found no differences, in unix milliseconds. */
  agreed: () => Promise<number | undefined>;
  /** For tests: how many are recorded. */
  limit?: number;
}

/**
 * Records strays, each once. When there is no more room, those that a verification has settled are deleted, after each
 * verification once. One whose image does not fit into a row is recorded without it.
 *
 * @throws SwapError `swap.input-invalid` above 10,000: then writers use the version that is not active
 */
export async function recordStrays(record: StrayRecord, strays: readonly Stray[]): Promise<void> {
  if (strays.length === 0) return;
  const { rows, run, limit = MAX_PARKED } = record;
  let count = await makeRoom(record, strays);
  let added = 0;
  try {
    for (const stray of strays) {
      const isFull = count >= limit;
      if (isFull && (await rows.read(strayKey(stray)))?.run?.S !== run)
        throw tooMany(count + 1, limit);
      if (isFull || !(await putStray(record, stray))) continue;
      count += 1;
      added += 1;
    }
  } finally {
    if (added > 0) await countMore(rows, run, added);
  }
}

/** The strays that a run has recorded, in order of time. */
export async function readStrays(
  rows: MigrationRows,
  run: string,
  images: boolean,
): Promise<RecordedStray[]> {
  const small = images ? [] : ["sk", "run", "version", "key", "deleted", "at"];
  const ours = (await rows.query(PREFIX, ...small)).filter((row) => row.run?.S === run);
  return ours.map(strayOf).sort((a, b) => a.at - b.at);
}

const PREFIX = "stray/";
/** The row of their number; `agreed` is the verification after which settled ones were deleted last. */
const COUNTER = "strays";

const strayKey = ({ version, sequence }: Stray): string => `${PREFIX}${version}/${sequence}`;

const strayOf = (row: Item): RecordedStray => ({
  sequence: row.sk?.S?.split("/").at(-1) ?? "",
  version: numberOf(row.version),
  key: row.key?.M ?? {},
  ...(row.image?.M && { image: row.image.M }),
  deleted: row.deleted?.BOOL === true,
  at: numberOf(row.at),
});

/** Writes a stray's row; false if it is there. */
async function putStray({ rows, run, now }: StrayRecord, stray: Stray): Promise<boolean> {
  const { version, key, image, deleted } = stray;
  const bare: Item = {
    ...rows.key(strayKey(stray)),
    run: { S: run },
    version: numberAttribute(version),
    key: { M: key },
    deleted: { BOOL: deleted },
    at: numberAttribute(now),
  };
  const isNew = {
    ConditionExpression: "attribute_not_exists(sk) or #run <> :run",
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: { ":run": { S: run } },
  };
  const whole: Item = { ...bare, ...(image && { image: { M: image } }) };
  if (image === undefined || itemSize(whole) > MAX_ITEM_BYTES) return rows.putIf(bare, isNew);
  try {
    return await rows.putIf(whole, isNew);
  } catch (error) {
    // Such as an image that is nested as deeply as an item may be: the row nests it once more.
    if (causeName(error) !== "ValidationException") throw error;
    return rows.putIf(bare, isNew);
  }
}

/** How many strays are recorded, after settled ones were deleted if there is no room for more. */
async function makeRoom(
  { rows, run, agreed, limit = MAX_PARKED }: StrayRecord,
  strays: readonly Stray[],
): Promise<number> {
  const counter = await rows.read(COUNTER);
  const isOurs = counter?.run?.S === run;
  const count = isOurs ? numberOf(counter.count) : 0;
  if (count + strays.length <= limit) return count;
  const since = await agreed();
  if (since === undefined || (isOurs && numberOf(counter.agreed) >= since)) return count;
  const current = new Set(strays.map(strayKey));
  const found = (await rows.query(PREFIX, "sk", "run", "at")).filter((row) => row.run?.S === run);
  const settled = found.filter(
    ({ sk, at }) => isSettled(numberOf(at), since) && !current.has(sk?.S ?? ""),
  );
  for (let start = 0; start < settled.length; start += DELETED_AT_ONCE) {
    const some = settled.slice(start, start + DELETED_AT_ONCE);
    await Promise.all(some.map(({ sk }) => rows.delete(sk?.S ?? "")));
  }
  const left = found.length - settled.length;
  await rows.put(COUNTER, {
    run: { S: run },
    count: numberAttribute(left),
    agreed: numberAttribute(since),
  });
  return left;
}

async function countMore(rows: MigrationRows, run: string, added: number): Promise<void> {
  const counted = await rows.updateIf(COUNTER, {
    UpdateExpression: "add #count :added",
    ConditionExpression: "#run = :run",
    ExpressionAttributeNames: { "#count": "count", "#run": "run" },
    ExpressionAttributeValues: { ":added": numberAttribute(added), ":run": { S: run } },
  });
  if (!counted) await rows.put(COUNTER, { run: { S: run }, count: numberAttribute(added) });
}

const tooMany = (count: number, limit: number): SwapError =>
  new SwapError("swap.input-invalid", {
    name: "number of stray changes",
    value: count.toLocaleString("en-US"),
    rule: `at most ${limit.toLocaleString("en-US")} changes to the version that is not active are recorded, unless a verification has settled them`,
    fix: "stop the writers that still use it, and a minute later run swap verify: without differences it makes room; swap status shows the changes",
  });
