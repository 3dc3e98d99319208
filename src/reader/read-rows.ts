import { BatchGetItemCommand, type BatchGetItemCommandOutput } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import { isSwapError, type SwapError } from "../errors";
import {
  type ControlTableRef,
  fromAws,
  type PointerRow,
  parseRow,
  type RawRow,
  readRawRow,
} from "../pointer";
import type { Environment } from "./environment";

/** Keys that one BatchGetItem takes. Source: DynamoDB API Reference, BatchGetItem. */
const BATCH_KEYS = 100;
/** Tries for keys that DynamoDB leaves unprocessed, on top of the SDK's own retries. */
const UNPROCESSED_TRIES = 6;

/**
 * Requests under way at once for one control table: a process that follows a thousand aliases and may
 * not use BatchGetItem would make a thousand.
 */
const WIDTH = 32;

/** What the control table answered for one alias. `row` is absent when there is none. */
export type RowAnswer = { row?: PointerRow; error?: never } | { row?: never; error: SwapError };

/** What a read needs besides the control table. */
export interface ReadTools {
  environment: Environment;
  signal: AbortSignal;
  /** Whether several aliases may be read in one BatchGetItem. */
  batching: boolean;
  /** Called when this caller may not use BatchGetItem. */
  batchingDenied(): void;
}

/**
 * Reads the rows of some aliases consistently. One alias is one GetItem, so that a policy with
 * GetItem alone serves a process that follows one; several are BatchGetItem calls, or GetItem calls
 * where BatchGetItem is denied. An alias's failure is its own answer.
 */
export async function readRows(
  ref: ControlTableRef,
  aliases: readonly string[],
  tools: ReadTools,
): Promise<Map<string, RowAnswer>> {
  const answers = new Map<string, RowAnswer>();
  if (aliases.length === 1 || !tools.batching) {
    await Promise.all(
      aliases.map(async (alias) => answers.set(alias, await readOne(ref, alias, tools))),
    );
    return answers;
  }
  const batches: string[][] = [];
  for (let from = 0; from < aliases.length; from += BATCH_KEYS)
    batches.push(aliases.slice(from, from + BATCH_KEYS));
  const parts = await Promise.all(batches.map((batch) => readBatch(ref, batch, tools)));
  for (const part of parts) for (const [alias, answer] of part) answers.set(alias, answer);
  return answers;
}

async function readOne(ref: ControlTableRef, alias: string, tools: ReadTools): Promise<RowAnswer> {
  try {
    const read = () => readRawRow(ref, alias, tools.signal, "reader");
    return answerOf(ref, alias, await inTurn(ref, read));
  } catch (error) {
    return { error: await failure(ref, "GetItem", error) };
  }
}

async function readBatch(
  ref: ControlTableRef,
  aliases: readonly string[],
  tools: ReadTools,
): Promise<Map<string, RowAnswer>> {
  const found = new Map<string, RawRow>();
  let left = [...aliases];
  let error: SwapError | undefined;
  for (let tries = 1; left.length > 0; tries++) {
    try {
      const output = await inTurn(ref, () => getBatch(ref, left, tools.signal));
      for (const item of itemsOf(output)) if (item.pk?.S !== undefined) found.set(item.pk.S, item);
      left = unprocessedOf(output);
    } catch (thrown) {
      if ((thrown as Error).name === "AccessDeniedException") {
        tools.batchingDenied();
        return readRows(ref, aliases, { ...tools, batching: false });
      }
      error = await failure(ref, "BatchGetItem", thrown);
      break;
    }
    if (left.length === 0) break;
    if (tries === UNPROCESSED_TRIES || tools.signal.aborted) {
      error = await failure(ref, "BatchGetItem", unprocessed(tries));
      break;
    }
    // Full jitter, so that a fleet throttled together does not come back together.
    await tools.environment.wait(25 * 2 ** tries * tools.environment.random(), tools.signal);
  }
  const missed = new Set(left);
  return new Map(
    aliases.map((alias) => [
      alias,
      error !== undefined && missed.has(alias) ? { error } : answerOf(ref, alias, found.get(alias)),
    ]),
  );
}

/** The requests under way for a reference, and those that wait for one of them to end. */
interface Queue {
  free: number;
  waiting: (() => void)[];
}

const queues = new WeakMap<ControlTableRef, Queue>();

async function inTurn<T>(ref: ControlTableRef, request: () => Promise<T>): Promise<T> {
  const queue = queues.get(ref) ?? { free: WIDTH, waiting: [] };
  queues.set(ref, queue);
  if (queue.free > 0) queue.free--;
  else await new Promise<void>((resolve) => queue.waiting.push(resolve));
  try {
    return await request();
  } finally {
    const next = queue.waiting.shift();
    if (next) next();
    else queue.free++;
  }
}

function getBatch(
  ref: ControlTableRef,
  aliases: readonly string[],
  abortSignal: AbortSignal,
): Promise<BatchGetItemCommandOutput> {
  const command = new BatchGetItemCommand({
    RequestItems: {
      [ref.controlTable]: {
        Keys: aliases.map((alias) => ({ pk: { S: alias } })),
        ConsistentRead: true,
      },
    },
  });
  return send(ref.client, command, abortSignal, "reader");
}

/** The request names one table, so whatever name the answer is filed under is that table's. */
function itemsOf({ Responses }: BatchGetItemCommandOutput): RawRow[] {
  return Object.values(Responses ?? {}).flat();
}

function unprocessedOf({ UnprocessedKeys }: BatchGetItemCommandOutput): string[] {
  return Object.values(UnprocessedKeys ?? {}).flatMap(({ Keys }) =>
    (Keys ?? []).flatMap((key) => key.pk?.S ?? []),
  );
}

function answerOf(ref: ControlTableRef, alias: string, raw: RawRow | undefined): RowAnswer {
  if (raw === undefined) return {};
  try {
    return { row: parseRow(ref.controlTable, alias, raw) };
  } catch (error) {
    if (isSwapError(error)) return { error };
    throw error;
  }
}

function failure(ref: ControlTableRef, action: string, error: unknown): Promise<SwapError> {
  return fromAws(error, { client: ref.client, action, controlTable: ref.controlTable });
}

function unprocessed(tries: number): Error {
  return Object.assign(new Error(`keys were left unprocessed ${tries} times`), {
    name: "ThrottlingException",
  });
}
