import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import type { ControlTableRef } from "./control-table-ref";
import { assertAlias } from "./names/alias";
import { assertVersion } from "./names/version";

/**
 * Lifts the bar on a version that was rolled back from, so that it may be set again. Lifting a bar
 * that is not there is fine, as is repeating it: the write only ever removes this one number.
 *
 * @throws SwapError `swap.alias-invalid`, `swap.version-out-of-range`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export async function liftBar(ref: ControlTableRef, alias: string, version: number): Promise<void> {
  assertAlias(alias);
  assertVersion(version);
  try {
    await send(
      ref.client,
      new UpdateItemCommand({
        TableName: ref.controlTable,
        Key: { pk: { S: alias } },
        UpdateExpression: "DELETE #barred :bar",
        ConditionExpression: "contains(#barred, :one)",
        ExpressionAttributeNames: { "#barred": "barred" },
        ExpressionAttributeValues: {
          ":bar": { NS: [String(version)] },
          ":one": { N: String(version) },
        },
      }),
    );
  } catch (error) {
    // The condition keeps an update of an absent row from making one without `ver`.
    if ((error as Error).name === "ConditionalCheckFailedException") return;
    throw await fromAws(error, {
      client: ref.client,
      action: "UpdateItem",
      controlTable: ref.controlTable,
    });
  }
}
