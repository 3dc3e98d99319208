import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import type { ControlTableRef } from "./control-table-ref";
import { corruptRowError } from "./corrupt-attribute";
import { usedVersions } from "./history";
import { assertAlias } from "./names/alias";
import { assertVersion } from "./names/version";
import { readRawRow } from "./read";
import type { RawRow } from "./row";
import {
  allOf,
  attributeChanges,
  expressions,
  sameSize,
  sameValue,
  type UpdateExpressions,
} from "./update-expression";
import { formatVersionSet, isMember, parseVersionSet, withoutVersions } from "./version-set";

/** Attempts that other updates of the row may cost. */
const MAX_ATTEMPTS = 5;

/**
 * Lifts the bar on a version that was rolled back from, so that it may be set again. Lifting a bar
 * that is not there is fine, as is repeating it. The write is conditional on the row's last operation
 * being the one that was read, so that a delayed request can't lift the bar of a later rollback.
 *
 * @throws SwapError `swap.alias-invalid`, `swap.version-out-of-range`, `swap.malformed-row`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export async function liftBar(ref: ControlTableRef, alias: string, version: number): Promise<void> {
  assertAlias(alias);
  assertVersion(version);
  for (let attempt = 1; ; attempt++) {
    const row = await readRawRow(ref, alias);
    if (row === undefined || !isMember(parseVersionSet(row, "barred"), version)) return;
    try {
      await send(
        ref.client,
        new UpdateItemCommand({
          TableName: ref.controlTable,
          Key: { pk: { S: alias } },
          ...liftRequest(row, version),
        }),
      );
      return;
    } catch (error) {
      const conflict = (error as Error).name === "ConditionalCheckFailedException";
      if (conflict && attempt < MAX_ATTEMPTS) continue;
      const corrupt = corruptRowError(ref.controlTable, alias, row);
      if (corrupt) throw corrupt;
      throw await fromAws(error, {
        client: ref.client,
        action: "UpdateItem",
        controlTable: ref.controlTable,
      });
    }
  }
}

function liftRequest(row: RawRow, version: number): UpdateExpressions {
  const before = parseVersionSet(row, "barred");
  const after = withoutVersions(before, [version], usedVersions(row));
  // A full list of exceptions keeps its size: what makes way tells it from the one that was read.
  const evicted = (before.floor?.except ?? [])
    .filter((each) => !after.floor?.except.includes(each))
    .map((each, index) => ({
      condition: `contains(#bopen, :evicted${index})`,
      values: { [`:evicted${index}`]: { N: String(each) } },
    }));
  const { set, removed, values } = attributeChanges(formatVersionSet("barred", after), row);
  const unchanged = allOf([
    { condition: "attribute_exists(pk)", values: {} },
    sameValue("op", row),
    sameSize("barred", row),
    sameSize("bopen", row),
    ...evicted,
  ]);
  return expressions({
    set,
    removed,
    condition: unchanged.condition,
    values: { ...values, ...unchanged.values },
  });
}
