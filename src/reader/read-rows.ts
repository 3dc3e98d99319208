import { batchGet, MAX_BATCH_KEYS, send } from "../aws";
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

/** Requests in a row that may leave every key unprocessed, on top of the SDK's own retries. */
const MAX_EMPTY_ATTEMPTS = 6;

/**
 * Maximum concurrent requests to one control table. Without it, a process that follows a thousand aliases
 * without permission for BatchGetItem would send a thousand at once.
 */
const MAX_CONCURRENT_READS = 32;

/** The result of reading one alias. `row` is absent if there is none. */
export type RowResult = { row?: PointerRow; error?: never } | { row?: never; error: SwapError };

/** Options of a read. */
export interface ReadOptions {
  environment: Environment;
  signal: AbortSignal;
  /** Whether the reads are strongly consistent. */
  strong: boolean;
  /** Whether several aliases may be read in one BatchGetItem. */
  batching: boolean;
  /** Called when this caller may not use BatchGetItem. */
  batchingDenied(): void;
}

/**
 * Reads the rows of some aliases. One alias is one GetItem, so that a policy with only GetItem
 * serves a process that follows one; several are BatchGetItem calls, or GetItem calls where BatchGetItem is
 * denied. Each alias succeeds or fails separately.
 */
export async function readRows(
  ref: ControlTableRef,
  aliases: readonly string[],
  tools: ReadOptions,
): Promise<Map<string, RowResult>> {
  const answers = new Map<string, RowResult>();
  if (aliases.length === 1 || !tools.batching) {
    await Promise.all(
      aliases.map(async (alias) => answers.set(alias, await readOne(ref, alias, tools))),
    );
    return answers;
  }
  const batches: string[][] = [];
  for (let from = 0; from < aliases.length; from += MAX_BATCH_KEYS)
    batches.push(aliases.slice(from, from + MAX_BATCH_KEYS));
  const parts = await Promise.all(batches.map((batch) => readBatch(ref, batch, tools)));
  for (const part of parts) for (const [alias, answer] of part) answers.set(alias, answer);
  return answers;
}

async function readOne(
  ref: ControlTableRef,
  alias: string,
  tools: ReadOptions,
): Promise<RowResult> {
  try {
    const read = () => readRawRow(ref, alias, tools.signal, "reader", tools.strong);
    return toRowResult(ref, alias, await withConcurrencyLimit(ref, read));
  } catch (error) {
    return { error: await toReadError(ref, "GetItem", error) };
  }
}

async function readBatch(
  ref: ControlTableRef,
  aliases: readonly string[],
  tools: ReadOptions,
): Promise<Map<string, RowResult>> {
  const { items, unprocessed, error } = await batchGet({
    table: ref.controlTable,
    keys: aliases.map((alias) => ({ pk: { S: alias } })),
    strong: tools.strong,
    send: (command) =>
      withConcurrencyLimit(ref, () => send(ref.client, command, tools.signal, "reader")),
    maxEmptyAttempts: MAX_EMPTY_ATTEMPTS,
    // Full jitter, so that processes throttled together don't retry together.
    pause: (emptyAttempts) =>
      tools.environment.wait(50 * 2 ** emptyAttempts * tools.environment.random(), tools.signal),
  });
  if ((error as Error | undefined)?.name === "AccessDeniedException") {
    tools.batchingDenied();
    return readRows(ref, aliases, { ...tools, batching: false });
  }
  const missed = new Set(unprocessed.map((key) => key.pk?.S));
  const refused =
    missed.size > 0
      ? { error: await toReadError(ref, "BatchGetItem", error ?? unprocessedKeysError()) }
      : undefined;
  const found = new Map(items.map((item) => [item.pk?.S, item]));
  return new Map(
    aliases.map((alias) => [
      alias,
      refused !== undefined && missed.has(alias)
        ? refused
        : toRowResult(ref, alias, found.get(alias)),
    ]),
  );
}

/** The number of requests in flight for a control table, and the requests that wait for one to end. */
interface Queue {
  free: number;
  waiting: (() => void)[];
}

const queues = new WeakMap<ControlTableRef, Queue>();

async function withConcurrencyLimit<T>(
  ref: ControlTableRef,
  request: () => Promise<T>,
): Promise<T> {
  const queue = queues.get(ref) ?? { free: MAX_CONCURRENT_READS, waiting: [] };
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

function toRowResult(ref: ControlTableRef, alias: string, raw: RawRow | undefined): RowResult {
  if (raw === undefined) return {};
  try {
    return { row: parseRow(ref.controlTable, alias, raw) };
  } catch (error) {
    if (isSwapError(error)) return { error };
    throw error;
  }
}

function toReadError(ref: ControlTableRef, action: string, error: unknown): Promise<SwapError> {
  return fromAws(error, { client: ref.client, action, controlTable: ref.controlTable });
}

function unprocessedKeysError(): Error {
  return Object.assign(new Error(`keys were left unprocessed ${MAX_EMPTY_ATTEMPTS} times`), {
    name: "ThrottlingException",
  });
}
