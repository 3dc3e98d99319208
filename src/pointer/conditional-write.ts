import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { type Attempts, fromAws, send, watchAttempts } from "../aws";
import { SwapError } from "../errors";
import { defined } from "../validation";
import type { ControlTableRef } from "./control-table-ref";
import { corruptRowError } from "./corrupt-attribute";
import { readRawRow } from "./read";
import type { RawRow } from "./row";
import type { UpdateExpressions } from "./update-expression";

/** Attempts, each a write and a read of its outcome, before the outcome is reported as unknown. */
const MAX_ATTEMPTS = 3;
/**
 * Attempts that updates of others may cost a write before it gives up. Each shows that another update of the
 * same row was applied in between, so among n writers that write once a write loses n - 1 attempts at most.
 * One `pulumi up` works on four resources a processor at once, 16 on the usual 4 processors, and each
 * writes the row of its alias once or twice; a writer that has lost more often meets one that loops.
 *
 * @see https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/, `--parallel`
 */
export const MAX_CONFLICTS = 20;

/** A conditional write of one row, and how to establish its outcome. */
export interface ConditionalWrite {
  alias: string;
  /** The version it sets, for the error when the outcome stays unknown. */
  requested: number;
  /** Unique for each write: finding it in the row proves that the write was applied. */
  operation: string;
  /**
   * The request's expressions.
   * @param seen the row as last read; undefined when it has not been read, or there is none
   */
  update(seen: RawRow | undefined): UpdateExpressions;
  /**
   * Why the write is refused on this row; undefined when an update made for it would be accepted.
   * @throws SwapError when the row is malformed
   */
  refusal(row: RawRow | undefined): SwapError | undefined;
}

/** An applied write. */
export interface AppliedWrite {
  /** The row before the write; undefined when there was none or it is unknown. */
  before?: RawRow;
  /** The row as read when the outcome had to be settled by reading. */
  after?: RawRow;
  /** Requests made, reads included. */
  requests: number;
}

/**
 * Makes one conditional UpdateItem with one of three outcomes: returns when the write was applied,
 * throws the write's refusal on a conflict, and `swap.outcome-unknown` when neither can be
 * established.
 *
 * The SDK retries, so a write whose response was lost comes back as a failed condition on our own
 * row: the operation id identifies it. A write is sent again only after a consistent read has shown
 * that it is absent and would still be accepted; it then carries the same operation id.
 *
 * @throws SwapError
 * @see Apache Iceberg, `DynamoDbTableOperations.doCommit`
 */
export async function writeConditionally(
  ref: ControlTableRef,
  write: ConditionalWrite,
): Promise<AppliedWrite> {
  let requests = 0;
  // Over all attempts: a request whose response was lost may still be in transit and be applied later.
  let maybeApplied = false;
  let seen: RawRow | undefined;
  let conflicts = 0;
  for (let round = 1; ; round++) {
    const tried = await attempt(ref, write, seen);
    requests += tried.attempts.count;
    if ("answer" in tried) return { requests, ...defined({ before: tried.answer }) };

    const { error, attempts } = tried;
    const failedCondition = asFailedCondition(error);
    maybeApplied ||= attempts.maybeApplied;
    const failure = () =>
      fromAws(error, { client: ref.client, action: "UpdateItem", controlTable: ref.controlTable });
    if (!failedCondition && !maybeApplied)
      throw (await corruptRowCause(ref, write.alias, error)) ?? (await failure());

    let row = failedCondition?.Item;
    if (row === undefined) {
      requests += 1;
      try {
        row = await readRawRow(ref, write.alias);
      } catch (readError) {
        throw maybeApplied ? outcomeUnknown(write, readError) : readError;
      }
    }
    if (containsOperation(row, write.operation)) return { requests, ...defined({ after: row }) };
    const refusal =
      write.refusal(row) ??
      (failedCondition && corruptRowError(ref.controlTable, write.alias, row));
    if (refusal) throw refusal;
    if (failedCondition) conflicts += 1;
    const worthAnother = failedCondition
      ? conflicts < MAX_CONFLICTS
      : attempts.maybeApplied && round - conflicts < MAX_ATTEMPTS;
    if (!worthAnother) throw maybeApplied ? outcomeUnknown(write, error) : await failure();
    seen = row;
  }
}

type AttemptResult =
  | { attempts: Attempts; answer: RawRow | undefined }
  | { attempts: Attempts; error: unknown };

async function attempt(
  ref: ControlTableRef,
  write: ConditionalWrite,
  seen: RawRow | undefined,
): Promise<AttemptResult> {
  const command = new UpdateItemCommand({
    TableName: ref.controlTable,
    Key: { pk: { S: write.alias } },
    ...write.update(seen),
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

/** Reads the row behind a ValidationException, which a corrupt attribute causes. */
async function corruptRowCause(
  ref: ControlTableRef,
  alias: string,
  error: unknown,
): Promise<SwapError | undefined> {
  if ((error as Error).name !== "ValidationException") return undefined;
  const row = await readRawRow(ref, alias).catch(() => undefined);
  return corruptRowError(ref.controlTable, alias, row);
}

/** By name, not by class: the client may come from another copy of the SDK. */
function asFailedCondition(error: unknown): { Item?: RawRow } | undefined {
  const failure = error as { name?: string; Item?: RawRow };
  return failure.name === "ConditionalCheckFailedException" ? failure : undefined;
}

/** Whether the row contains the operation, as its last write or in its history. */
function containsOperation(row: RawRow | undefined, operation: string): boolean {
  if (row === undefined) return false;
  return (
    row.op?.S === operation || (row.hist?.L ?? []).some((entry) => entry.M?.op?.S === operation)
  );
}

function outcomeUnknown(write: ConditionalWrite, cause: unknown): SwapError {
  const { alias, requested, operation } = write;
  return new SwapError("swap.outcome-unknown", { alias, requested, operation }, { cause });
}
