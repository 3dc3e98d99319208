import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeTable } from "../aws";
import { SwapError } from "../errors";
import {
  type ControlTableRef,
  NAMED_VERSION,
  nameRefusal,
  otherUser,
  type PointerRow,
  tableName,
} from "../pointer";

/**
 * Why version 1 can't be the table that a program names for it; undefined if it can, or the row records it
 * already. Cost, until it is recorded: a Scan of the control table and a DescribeTable.
 *
 * @param row the alias's row; undefined where it has none, or the control table is not made yet
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function firstTableRefusal(
  ref: ControlTableRef,
  alias: string,
  firstTable: string,
  row: PointerRow | undefined,
): Promise<SwapError | undefined> {
  const refused = nameRefusal(alias, firstTable, row);
  if (refused || row?.tableNames?.[NAMED_VERSION] === firstTable) return refused;
  const misnamed = await misnamedFirstTable(ref.client, alias, firstTable);
  if (misnamed) return misnamed;
  return row || (await describeTable(ref.client, ref.controlTable))
    ? otherUser(ref, alias, firstTable)
    : undefined;
}

/**
 * Why a table can't be version 1, whatever the control table says. Cost: a DescribeTable.
 *
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function misnamedFirstTable(
  client: DynamoDBClient,
  alias: string,
  firstTable: string,
): Promise<SwapError | undefined> {
  const refusal = (rule: string, fix: string) =>
    new SwapError("swap.input-invalid", {
      name: `versions.${NAMED_VERSION}.name`,
      value: JSON.stringify(firstTable),
      rule,
      fix,
    });
  const conventional = tableName(alias, NAMED_VERSION);
  if (await describeTable(client, conventional))
    return refusal(
      `table "${conventional}" exists, and Go programs and earlier releases would use it as version ${NAMED_VERSION}`,
      `delete "${conventional}" if nothing uses it, or leave name out to have it as version ${NAMED_VERSION}`,
    );
  return undefined;
}

/** The remark of a preview that is about to record the name. */
export const firstTableRemark = (alias: string, firstTable: string): string =>
  `table "${firstTable}" becomes version ${NAMED_VERSION} of alias "${alias}": Go readers, and readers of releases ` +
  `before this one, use "${tableName(alias, NAMED_VERSION)}" for it and don't find it; let them follow the alias once a later version is active`;
