import { type AttributeValue, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import { SwapError } from "../errors";
import { formatValue, invalidInput } from "../validation";
import type { ControlTableRef } from "./control-table-ref";
import { type Fence, standingFence } from "./fence";
import { assertAlias } from "./names/alias";
import { assertVersion } from "./names/version";
import { readRawRow } from "./read";
import type { RawRow } from "./row";
import { wholeNumber } from "./whole-number";

/** The longest budget of a fence, in milliseconds: ten minutes. */
const MAX_BUDGET_MS = 600_000;

/** Times that a fence is tried to be placed on a row that changes meanwhile. */
const MAX_TRIES = 3;

/**
 * Puts a fence on the row, by a read and one conditional write: only while `from` is active and no other fence stands.
 * A fence whose version has been left is replaced. One read more where the answer is lost.
 *
 * The write is also conditional on the `at` and the last removed fence that were read. So a duplicate of its request
 * that arrives after a move, or after another fence, puts nothing back: nobody would use or remove it.
 *
 * @throws SwapError `swap.input-invalid`, `swap.fence-removed` for an operation whose fence was removed,
 * `swap.expectation-failed` where another version is active, `swap.switch-in-progress` where
 * another fence stands: nothing was written; `swap.alias-invalid`, `swap.version-out-of-range`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`: the fence may stand
 */
export async function placeFence(ref: ControlTableRef, alias: string, fence: Fence): Promise<void> {
  assertAlias(alias);
  assertVersion(fence.from);
  assertVersion(fence.to);
  const { operation, budgetMs } = fence;
  if (!/^[\x21-\x7e]{1,36}$/.test(operation))
    throw invalidInput(
      "fence's operation",
      formatValue(operation),
      "want 1 to 36 printable characters",
      "pass a fresh UUID",
    );
  if (!Number.isSafeInteger(budgetMs) || budgetMs < 1 || budgetMs > MAX_BUDGET_MS)
    throw invalidInput(
      "fence's budget",
      formatValue(budgetMs),
      `want whole milliseconds from 1 to ${MAX_BUDGET_MS}`,
      "pass such as 30000",
    );
  for (let tries = MAX_TRIES; !(await placed(ref, alias, fence, --tries > 0)); );
}

/** Whether the fence stands; false where the row changed since it was read, and may be tried `again`. */
async function placed(
  ref: ControlTableRef,
  alias: string,
  { from, to, operation, budgetMs }: Fence,
  again: boolean,
): Promise<boolean> {
  const read = await readRawRow(ref, alias);
  const at = read?.at;
  const closed = read?.fence?.M?.closed;
  const attribute: AttributeValue = {
    M: {
      from: { N: String(from) },
      to: { N: String(to) },
      operation: { S: operation },
      budget: { N: String(budgetMs) },
    },
  };
  const after = await writeFence(ref, alias, {
    UpdateExpression: "SET #fence = :fence",
    ConditionExpression: `#ver = :from AND (attribute_not_exists(#fence.#source) OR #fence.#source <> #ver OR attribute_not_exists(#fence.#operation)) AND (attribute_not_exists(#fence.#closed) OR #fence.#closed <> :operation) AND ${asRead("#at", at, ":at")} AND ${asRead("#fence.#closed", closed, ":closed")}`,
    ExpressionAttributeNames: {
      "#ver": "ver",
      "#fence": "fence",
      "#source": "from",
      "#operation": "operation",
      "#closed": "closed",
      "#at": "at",
    },
    ExpressionAttributeValues: {
      ":from": { N: String(from) },
      ":fence": attribute,
      ":operation": { S: operation },
      ...(at && { ":at": at }),
      ...(closed && { ":closed": closed }),
    },
  });
  if (after === "written") return true;
  const standing = after && standingFence(after);
  if (standing?.operation === operation) return true;
  if (after?.fence?.M?.closed?.S === operation)
    throw new SwapError("swap.fence-removed", { alias, requested: to, operation });
  const active = after && wholeNumber(after.ver);
  // Another fence came and went, or two moves, since it was read.
  if (again && active === from && standing === undefined) return false;
  throw active === from && standing !== undefined
    ? new SwapError("swap.switch-in-progress", {
        alias,
        from,
        to: standing.to,
        operation: standing.operation,
      })
    : new SwapError("swap.expectation-failed", {
        alias,
        requested: to,
        expected: from,
        ...(active !== undefined && { active }),
      });
}

/** Condition that an attribute is as it was read. */
const asRead = (name: string, value: AttributeValue | undefined, placeholder: string): string =>
  value ? `${name} = ${placeholder}` : `attribute_not_exists(${name})`;

/**
 * Removes a fence, by one conditional write: only while it is the one with this operation.
 *
 * @returns whether it stood until now; false for one that was removed, or used by its move
 * @throws SwapError `swap.alias-invalid`, `swap.control-table-missing`, `swap.access-denied`,
 * `swap.unreachable`: the fence may stand
 */
export async function removeFence(
  ref: ControlTableRef,
  alias: string,
  operation: string,
): Promise<boolean> {
  assertAlias(alias);
  const after = await writeFence(ref, alias, {
    // Its operation stays, so that a late duplicate of the request that placed it can't put it back.
    UpdateExpression: "SET #fence = :closed",
    ConditionExpression: "#fence.#operation = :operation",
    ExpressionAttributeNames: { "#fence": "fence", "#operation": "operation" },
    ExpressionAttributeValues: {
      ":operation": { S: operation },
      ":closed": { M: { closed: { S: operation } } },
    },
  });
  return after === "written";
}

/** The condition of a move on its fence: it stands on the active version, and is for this move. */
export const fenceStands = (operation: string) => ({
  condition: "#fence.#operation = :fence AND #fence.#from = #ver AND #fence.#to = :new",
  values: { ":fence": { S: operation } },
});

/** Why a move that is conditional on a fence is refused on this row; undefined where its fence stands. */
export function fenceRefusal(
  alias: string,
  requested: number,
  operation: string | undefined,
  row: RawRow | undefined,
): SwapError | undefined {
  const standing = row && standingFence(row);
  if (operation === undefined) return undefined;
  if (standing?.operation === operation && standing.to === requested) return undefined;
  return new SwapError("swap.fence-removed", { alias, requested, operation });
}

/** Writes; where the condition fails, returns the row instead. */
async function writeFence(
  ref: ControlTableRef,
  alias: string,
  update: Pick<
    UpdateItemCommand["input"],
    | "UpdateExpression"
    | "ConditionExpression"
    | "ExpressionAttributeNames"
    | "ExpressionAttributeValues"
  >,
): Promise<"written" | RawRow | undefined> {
  try {
    await send(
      ref.client,
      new UpdateItemCommand({ TableName: ref.controlTable, Key: { pk: { S: alias } }, ...update }),
    );
    return "written";
  } catch (error) {
    if ((error as Error).name === "ConditionalCheckFailedException") return readRawRow(ref, alias);
    throw await fromAws(error, {
      client: ref.client,
      action: "UpdateItem",
      controlTable: ref.controlTable,
    });
  }
}
