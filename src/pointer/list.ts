import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import type { SwapError } from "../errors";
import type { ControlTableRef } from "./control-table-ref";
import { type PointerRow, parseRow, type RawRow } from "./row";

/** One row of the control table, or why it can't be read. */
export type ListedAlias =
  | { alias: string; row: PointerRow; error?: never }
  | { alias: string; row?: never; error: SwapError };

/**
 * Every alias in the control table, in the order DynamoDB scans them, page by page (consistent).
 * A malformed row is listed with its error, so that one bad row hides no other.
 *
 * @throws SwapError `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export async function* listAliases(ref: ControlTableRef): AsyncGenerator<ListedAlias> {
  for await (const raw of scanRows(ref)) yield toListedAlias(ref.controlTable, raw);
}

/**
 * Every row of the control table as it is stored, page by page (consistent).
 *
 * @throws SwapError as {@link listAliases}
 */
export async function* scanRows(ref: ControlTableRef): AsyncGenerator<RawRow> {
  try {
    let from: RawRow | undefined;
    do {
      const command = new ScanCommand({
        TableName: ref.controlTable,
        ConsistentRead: true,
        ExclusiveStartKey: from,
      });
      const page = await send(ref.client, command);
      yield* page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  } catch (error) {
    throw await fromAws(error, {
      client: ref.client,
      action: "Scan",
      controlTable: ref.controlTable,
    });
  }
}

function toListedAlias(controlTable: string, raw: RawRow): ListedAlias {
  const alias = raw.pk?.S ?? "";
  try {
    return { alias, row: parseRow(controlTable, alias, raw) };
  } catch (error) {
    // Nothing else is thrown there.
    return { alias, error: error as SwapError };
  }
}
