import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { demandWholeAnswers, fromAws } from "../aws";
import { assertAlias } from "./names/alias";
import { assertVersion } from "./names/version";
import type { ControlTableRef } from "./store";

/**
 * Removes the alias's row, history and bars included, while it still holds `version`. Repeating it
 * is safe, so a lost response needs no settling: what counts is that the row is not left behind.
 *
 * @returns whether the row held `version`; false means that it was gone or had moved on and was
 * left alone
 * @throws SwapError `swap.alias-invalid`, `swap.version-out-of-range`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export async function releaseActive(
  ref: ControlTableRef,
  alias: string,
  version: number,
): Promise<boolean> {
  assertAlias(alias);
  assertVersion(version);
  try {
    await ref.client.send(
      demandWholeAnswers(
        new DeleteItemCommand({
          TableName: ref.controlTable,
          Key: { pk: { S: alias } },
          ConditionExpression: "#ver = :held",
          ExpressionAttributeNames: { "#ver": "ver" },
          ExpressionAttributeValues: { ":held": { N: String(version) } },
        }),
      ),
    );
    return true;
  } catch (error) {
    if ((error as Error).name === "ConditionalCheckFailedException") return false;
    throw await fromAws(error, {
      client: ref.client,
      action: "DeleteItem",
      table: ref.controlTable,
    });
  }
}
