import { UpdateItemCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { type Attempts, fromAws, send, watchAttempts } from "../aws";
import { SwapError } from "../errors";
import { defined } from "../validation";
import { corruptRowError } from "./corrupt-attribute";
import { readRawRow } from "./read";
import type { RawRow } from "./row";
import type { ControlTableRef } from "./store";

/** Rounds of write and settling read before the outcome is called unknown. */
const ROUNDS = 3;

/** A conditional write of one row, and how to tell what became of it. */
export interface ConditionalWrite {
  alias: string;
  /** The version it sets, for the error when the outcome stays unknown. */
  requested: number;
  /** Fresh for each write: finding it in the row proves that the write was applied. */
  operation: string;
  update: Pick<
    UpdateItemCommandInput,
    | "UpdateExpression"
    | "ConditionExpression"
    | "ExpressionAttributeNames"
    | "ExpressionAttributeValues"
  >;
  /**
   * Why the condition refuses this row; undefined when it would accept it.
   * @throws SwapError when the row is malformed
   */
  refusal(row: RawRow | undefined): SwapError | undefined;
}

/** An applied write. */
export interface Applied {
  /** The row before the write; undefined when there was none or it was not learned. */
  before?: RawRow;
  /** The row as read when the outcome had to be settled by reading. */
  after?: RawRow;
  /** Requests made, reads included. */
  requests: number;
}

/**
 * Makes one conditional UpdateItem and tells which of three things happened: it returns when the
 * write was applied, throws the write's own refusal on a conflict, and `swap.outcome-unknown` when
 * neither can be established.
 *
 * The SDK retries by itself, so a write whose response was lost comes back as a failed condition on
 * our own row: the operation id tells. A write is sent again only after a consistent read has shown
 * that it is absent and would still be accepted; it then carries the same operation id.
 *
 * @throws SwapError
 * @see Apache Iceberg, `DynamoDbTableOperations.doCommit`
 */
export async function writeConditionally(
  ref: ControlTableRef,
  write: ConditionalWrite,
): Promise<Applied> {
  let requests = 0;
  // Of any round: a request whose answer was lost may still be on its way, and land later.
  let maybeApplied = false;
  for (let round = 1; ; round++) {
    const tried = await tryOnce(ref, write);
    requests += tried.attempts.count;
    if ("answer" in tried) return { requests, ...defined({ before: tried.answer }) };

    const { error, attempts } = tried;
    const failedCondition = asFailedCondition(error);
    maybeApplied ||= attempts.maybeApplied;
    const failure = () =>
      fromAws(error, { client: ref.client, action: "UpdateItem", controlTable: ref.controlTable });
    if (!failedCondition && !maybeApplied)
      throw (await corruptRowBehind(ref, write.alias, error)) ?? (await failure());

    let row = failedCondition?.Item;
    if (row === undefined) {
      requests += 1;
      try {
        row = await readRawRow(ref, write.alias);
      } catch (readError) {
        throw maybeApplied ? unknown(write, readError) : readError;
      }
    }
    if (carries(row, write.operation)) return { requests, ...defined({ after: row }) };
    const refusal =
      write.refusal(row) ??
      (failedCondition && corruptRowError(ref.controlTable, write.alias, row));
    if (refusal) throw refusal;
    const worthAnother = failedCondition !== undefined || attempts.maybeApplied;
    if (round === ROUNDS || !worthAnother)
      throw maybeApplied ? unknown(write, error) : await failure();
  }
}

type Tried =
  | { attempts: Attempts; answer: RawRow | undefined }
  | { attempts: Attempts; error: unknown };

async function tryOnce(ref: ControlTableRef, write: ConditionalWrite): Promise<Tried> {
  const command = new UpdateItemCommand({
    TableName: ref.controlTable,
    Key: { pk: { S: write.alias } },
    ...write.update,
    ReturnValues: "ALL_OLD",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  const attempts = watchAttempts(command);
  try {
    const { Attributes } = await send(ref.client, command);
    return { attempts, answer: Attributes };
  } catch (error) {
    return { attempts, error };
  }
}

/** A request that DynamoDB can't make sense of may be the row's fault: that is worth a read. */
async function corruptRowBehind(
  ref: ControlTableRef,
  alias: string,
  error: unknown,
): Promise<SwapError | undefined> {
  if ((error as Error).name !== "ValidationException") return undefined;
  const row = await readRawRow(ref, alias).catch(() => undefined);
  return corruptRowError(ref.controlTable, alias, row);
}

/** By name and not by class: the client may come from another copy of the SDK. */
function asFailedCondition(error: unknown): { Item?: RawRow } | undefined {
  const failure = error as { name?: string; Item?: RawRow };
  return failure.name === "ConditionalCheckFailedException" ? failure : undefined;
}

/** Whether the row shows the operation, as its last write or overtaken by later ones. */
function carries(row: RawRow | undefined, operation: string): boolean {
  if (row === undefined) return false;
  return (
    row.op?.S === operation || (row.hist?.L ?? []).some((entry) => entry.M?.op?.S === operation)
  );
}

function unknown(write: ConditionalWrite, cause: unknown): SwapError {
  const { alias, requested, operation } = write;
  return new SwapError("swap.outcome-unknown", { alias, requested, operation }, { cause });
}
