import { randomBytes } from "node:crypto";
import { type AttributeValue, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import type { ControlTableRef } from "./control-table-ref";
import { assertAlias } from "./names/alias";
import { readRawRow } from "./read";
import type { RawRow } from "./row";

/** The `holder` of a row that no resource may remove. */
export const RETAINED_HOLDER = "-";

/** Read-and-write attempts before a claim fails. */
const MAX_ATTEMPTS = 5;

/** A fresh claim on a row. Short, since every read of the row pays for it: 8 characters. */
export const newClaim = (): string => randomBytes(6).toString("base64url");

/**
 * Writes who may remove the alias's row (its `holder`), in place of the holder that a consistent read
 * has just shown: a late duplicate of this request can't take the row from a later holder.
 *
 * @param from `anyone` takes the row from its holder; `nobody` claims it only where it has none
 * @returns whether the claim is in the row; false where there is no row, or another holder
 * @throws SwapError `swap.alias-invalid`, `swap.control-table-missing`, `swap.access-denied`,
 * `swap.unreachable`
 */
export async function claimRow(
  ref: ControlTableRef,
  alias: string,
  claim: string,
  from: "anyone" | "nobody",
): Promise<boolean> {
  assertAlias(alias);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const row = await readRawRow(ref, alias);
    if (row?.holder?.S === claim) return true;
    if (row?.ver === undefined || (row.holder && from === "nobody")) return false;
    try {
      await send(ref.client, claimRequest(ref, alias, claim, row));
      return true;
    } catch (error) {
      if ((error as Error).name === "ConditionalCheckFailedException") continue;
      // The answer may be lost and the claim written.
      const after = await readRawRow(ref, alias).catch(() => undefined);
      if (after?.holder?.S === claim) return true;
      throw await fromAws(error, {
        client: ref.client,
        action: "UpdateItem",
        controlTable: ref.controlTable,
      });
    }
  }
  return false;
}

function claimRequest(
  { controlTable }: ControlTableRef,
  alias: string,
  claim: string,
  row: RawRow,
) {
  // Whatever its type: something else may have written it.
  const seen: AttributeValue | undefined = row.holder;
  return new UpdateItemCommand({
    TableName: controlTable,
    Key: { pk: { S: alias } },
    UpdateExpression: "SET #holder = :claim",
    ConditionExpression: `attribute_exists(#ver) AND ${seen ? "#holder = :seen" : "attribute_not_exists(#holder)"}`,
    ExpressionAttributeNames: { "#ver": "ver", "#holder": "holder" },
    ExpressionAttributeValues: { ":claim": { S: claim }, ...(seen && { ":seen": seen }) },
  });
}
