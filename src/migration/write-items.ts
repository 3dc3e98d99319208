import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { type AwsFailure, statusOf } from "../aws";
import { isSwapError, SwapError } from "../errors";
import { type Item, type KeySchema, keyIdentity } from "../items";
import { realClock } from "./rate-limit";
import { type Requests, sendRequest, type WritePermit } from "./request";

/** Maximum number of writes in one BatchWriteItem. Source: DynamoDB API Reference, BatchWriteItem. */
export const MAX_BATCH_WRITES = 25;

/**
 * Maximum consecutive requests that process nothing, with pauses that double from 50 ms to 5 s: half a
 * minute in all.
 */
const MAX_EMPTY_ATTEMPTS = 12;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** One write to a table. */
export type Write = { put: Item } | { delete: Item };

/** Text that is equal for writes of the same key. */
export const idOfWrite = (write: Write, schema: KeySchema): string =>
  keyIdentity("put" in write ? write.put : write.delete, schema);

/** A write that DynamoDB will never accept, such as an item of more than 400 KB. */
export interface RefusedWrite {
  write: Write;
  reason: string;
}

/** Where to write, and for tests the random part of pauses. */
export interface WriteTarget extends Requests, WritePermit {
  table: string;
  /** From 0 up to 1, as `Math.random`. */
  random?: (() => number) | undefined;
}

/**
 * Writes items and deletes keys with BatchWriteItem, {@link MAX_BATCH_WRITES} at a time. What DynamoDB left
 * unprocessed is sent again, with pauses. A batch that it refuses is halved until the refused writes are
 * found; all others are written.
 *
 * @param writes each key at most once
 * @returns the refused writes
 * @throws SwapError when the table keeps throttling, and for every failure that may pass: then any of the
 * writes may be applied, and repeating all of them is safe
 */
export async function writeItems(
  target: WriteTarget,
  writes: readonly Write[],
): Promise<RefusedWrite[]> {
  const refused: RefusedWrite[] = [];
  for (let start = 0; start < writes.length; start += MAX_BATCH_WRITES)
    await writeBatch(target, writes.slice(start, start + MAX_BATCH_WRITES), refused);
  return refused;
}

async function writeBatch(
  target: WriteTarget,
  writes: readonly Write[],
  refused: RefusedWrite[],
): Promise<void> {
  const { table, signal, clock = realClock, random = Math.random } = target;
  let left = writes.map(toRequest);
  for (let empty = 0; left.length > 0; ) {
    const command = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
    let answer: BatchWriteItemCommandOutput;
    try {
      answer = await sendRequest(target, table, "BatchWriteItem", command);
    } catch (error) {
      const reason = finalRefusalOf(error);
      if (reason === undefined) throw error;
      return divide(target, left.map(toWrite), reason, refused);
    }
    const again = Object.values(answer.UnprocessedItems ?? {}).flat();
    empty = again.length < left.length ? 0 : empty + 1;
    left = again;
    if (left.length === 0) return;
    if (empty === MAX_EMPTY_ATTEMPTS) throw throttled(table, left.length);
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** empty);
    await clock.sleep(pause * (0.5 + random() / 2), signal);
  }
}

async function divide(
  target: WriteTarget,
  writes: readonly Write[],
  reason: string,
  refused: RefusedWrite[],
): Promise<void> {
  const [first] = writes;
  if (first !== undefined && writes.length === 1) {
    refused.push({ write: first, reason });
    return;
  }
  const middle = Math.ceil(writes.length / 2);
  await writeBatch(target, writes.slice(0, middle), refused);
  await writeBatch(target, writes.slice(middle), refused);
}

/** Why DynamoDB will never accept the writes as they are; undefined for a failure that may pass. */
function finalRefusalOf(error: unknown): string | undefined {
  const failure = (isSwapError(error) ? error.cause : undefined) as AwsFailure | undefined;
  if (failure?.name === undefined) return undefined;
  // A batch of large items can be longer in JSON than a request may be, though each item is permitted.
  if (statusOf(failure) === 413) return "the request is too large (HTTP 413)";
  const never =
    /^(ValidationException|SerializationException|ItemCollectionSizeLimitExceededException)$/;
  if (!never.test(failure.name)) return undefined;
  return `DynamoDB refused it: ${String(failure.message).replace(/\s*\n\s*/g, " ")}`;
}

const toRequest = (write: Write): WriteRequest =>
  "put" in write ? { PutRequest: { Item: write.put } } : { DeleteRequest: { Key: write.delete } };

const toWrite = ({ PutRequest, DeleteRequest }: WriteRequest): Write =>
  PutRequest?.Item ? { put: PutRequest.Item } : { delete: DeleteRequest?.Key as Item };

function throttled(table: string, writes: number): SwapError {
  return new SwapError("swap.service-error", {
    action: "BatchWriteItem",
    resource: table,
    reason: `${writes} writes stayed unprocessed in ${MAX_EMPTY_ATTEMPTS} tries, the table is throttled`,
  });
}
