import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import type { ControlTableRef } from "./control-table-ref";
import { assertAlias } from "./names/alias";
import { assertVersion } from "./names/version";

/**
 * Removes the alias's row, history and bars included, while it still holds `version` and, where a
 * claim is given, only for its holder. It is idempotent, so a lost response needs no follow-up read.
 *
 * @param holder the claim of the resource that may remove the row, as `claimRow` wrote it
 * @returns whether the row was removed; false when it was absent, had another version or was claimed
 * by another holder
 * @throws SwapError `swap.alias-invalid`, `swap.version-out-of-range`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export async function releaseActive(
  ref: ControlTableRef,
  alias: string,
  version: number,
  holder?: string,
): Promise<boolean> {
  assertAlias(alias);
  assertVersion(version);
  try {
    await send(
      ref.client,
      new DeleteItemCommand({
        TableName: ref.controlTable,
        Key: { pk: { S: alias } },
        ConditionExpression: `#ver = :expected${holder === undefined ? "" : " AND #holder = :holder"}`,
        ExpressionAttributeNames: {
          "#ver": "ver",
          ...(holder !== undefined && { "#holder": "holder" }),
        },
        ExpressionAttributeValues: {
          ":expected": { N: String(version) },
          ...(holder !== undefined && { ":holder": { S: holder } }),
        },
      }),
    );
    return true;
  } catch (error) {
    if ((error as Error).name === "ConditionalCheckFailedException") return false;
    throw await fromAws(error, {
      client: ref.client,
      action: "DeleteItem",
      controlTable: ref.controlTable,
    });
  }
}
