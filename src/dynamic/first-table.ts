import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeTable } from "../aws";
import { SwapError } from "../errors";
import {
  type ControlTableRef,
  isNamedInUse,
  NAMED_VERSION,
  nameRefusal,
  otherUser,
  type PointerRow,
  tableName,
} from "../pointer";

interface FirstTableOptions {
  /** Whether the update that is previewed makes the table. */
  isNew?: boolean;
}

/**
 * Refuses to record a name that version 1 can't have, right before it is recorded.
 *
 * @throws SwapError as {@link firstTableRefusal} returns and throws
 */
export async function assertFirstTable(
  ref: ControlTableRef,
  alias: string,
  firstTable: string,
  row: PointerRow | undefined,
): Promise<void> {
  const refusal = await firstTableRefusal(ref, alias, firstTable, row);
  if (refusal) throw refusal;
}

/**
 * Why version 1 can't be the table that a program names for it; undefined if it can, or the row records it
 * already. Cost, until it is recorded: a Scan of the control table and two DescribeTable.
 *
 * @param row the alias's row; undefined where it has none, or the control table is not made yet
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function firstTableRefusal(
  ref: ControlTableRef,
  alias: string,
  firstTable: string,
  row: PointerRow | undefined,
  options: FirstTableOptions = {},
): Promise<SwapError | undefined> {
  const refused = nameRefusal(alias, firstTable, row);
  if (refused || (row && isNamedInUse(row, firstTable))) return refused;
  // Recorded, though its deletion was permitted: another alias may use it by now.
  if (row?.tableNames?.[NAMED_VERSION] === firstTable) return otherUser(ref, alias, firstTable);
  const misnamed = await misnamedFirstTable(ref.client, alias, firstTable, options);
  if (misnamed) return misnamed;
  return row || (await describeTable(ref.client, ref.controlTable))
    ? otherUser(ref, alias, firstTable)
    : undefined;
}

/**
 * Why a table can't be version 1, whatever the control table says: it does not exist, or readers could mistake
 * another one for it. A name can't be taken back. Cost: two DescribeTable.
 *
 * @throws SwapError `swap.access-denied`, `swap.unreachable`, `swap.service-error`
 */
export async function misnamedFirstTable(
  client: DynamoDBClient,
  alias: string,
  firstTable: string,
  { isNew = false }: FirstTableOptions = {},
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
  if (!isNew && (await describeTable(client, firstTable)) === undefined)
    return refusal(
      `there is no table "${firstTable}" where the connection looks`,
      "correct the name, the Region or the account: a recorded name can't be changed",
    );
  return undefined;
}

/** The remark of a preview that is about to record the name. */
export const firstTableRemark = (alias: string, firstTable: string): string =>
  `table "${firstTable}" becomes version ${NAMED_VERSION} of alias "${alias}": Go readers, and readers of releases ` +
  `before this one, use "${tableName(alias, NAMED_VERSION)}" for it and don't find it; let them follow the alias once a later version is active`;
