import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import { SwapError } from "../errors";
import type { ControlTableRef } from "./control-table-ref";
import { assertAlias } from "./names/alias";
import { type PointerRow, parseRow, type RawRow } from "./row";

/** The row as stored; undefined when there is none. Default: a strongly consistent read. */
export async function readRawRow(
  ref: ControlTableRef,
  alias: string,
  abortSignal?: AbortSignal,
  part?: "reader",
  strong = true,
): Promise<RawRow | undefined> {
  const command = new GetItemCommand({
    TableName: ref.controlTable,
    Key: { pk: { S: alias } },
    ConsistentRead: strong,
  });
  try {
    const { Item } = await send(ref.client, command, abortSignal, part);
    return Item;
  } catch (error) {
    throw await fromAws(error, {
      client: ref.client,
      action: "GetItem",
      controlTable: ref.controlTable,
    });
  }
}

/**
 * The alias's row, or undefined when it has none. One consistent GetItem.
 *
 * @throws SwapError `swap.alias-invalid`, `swap.malformed-row`, `swap.version-out-of-range`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export async function findActive(
  ref: ControlTableRef,
  alias: string,
): Promise<PointerRow | undefined> {
  assertAlias(alias);
  const raw = await readRawRow(ref, alias);
  return raw && parseRow(ref.controlTable, alias, raw);
}

/**
 * The alias's row. One consistent GetItem.
 *
 * @throws SwapError `swap.no-active-version` when the alias has no row, else as {@link findActive}
 */
export async function getActive(ref: ControlTableRef, alias: string): Promise<PointerRow> {
  const row = await findActive(ref, alias);
  if (row === undefined)
    throw new SwapError("swap.no-active-version", { alias, controlTable: ref.controlTable });
  return row;
}
