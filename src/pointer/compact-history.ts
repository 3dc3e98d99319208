import { type AttributeValue, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import { defined } from "../validation";
import type { ControlTableRef } from "./control-table-ref";
import {
  formatEntry,
  HISTORY_LENGTH,
  HISTORY_SLACK,
  insertBeforeLast,
  parseHistory,
  unrecordedAdvance,
} from "./history";
import { parseRow, type RawRow } from "./row";
import type { NewHistoryEntry } from "./update-expression";
import { wholeNumber } from "./whole-number";

/**
 * Rewrites `hist` after an update when it exceeds its bound, or when a foreign writer's advance came
 * before the update and is not recorded yet. Applied only while our update is the row's last write;
 * a failure is ignored, since the next update tries again.
 *
 * @param before the row before the update
 * @returns requests made, 0 or 1
 */
export async function compactHistory(
  ref: ControlTableRef,
  alias: string,
  before: RawRow,
  entry: NewHistoryEntry,
): Promise<number> {
  const history = compacted(ref.controlTable, alias, before, entry);
  if (history === undefined) return 0;
  try {
    await send(
      ref.client,
      new UpdateItemCommand({
        TableName: ref.controlTable,
        Key: { pk: { S: alias } },
        UpdateExpression: "SET #hist = :hist",
        ConditionExpression: "#op = :op AND size(#hist) = :length",
        ExpressionAttributeNames: { "#hist": "hist", "#op": "op" },
        ExpressionAttributeValues: {
          ":hist": { L: history },
          ":op": { S: entry.operation },
          ":length": { N: String((before.hist?.L ?? []).length + 1) },
        },
      }),
    );
  } catch {
    // The update is applied; the next one compacts the history.
  }
  return 1;
}

function compacted(
  controlTable: string,
  alias: string,
  before: RawRow,
  entry: NewHistoryEntry,
): AttributeValue[] | undefined {
  const stored = before.hist?.L ?? [];
  const missed = unrecordedAdvance(parseHistory(before.hist), before);
  const old = insertBeforeLast(stored, missed && formatEntry(missed));
  // A malformed `ver` that the update has replaced is no advance to record.
  const row =
    wholeNumber(before.ver) === undefined ? undefined : parseRow(controlTable, alias, before);
  const foreign = row?.foreign
    ? [
        formatEntry({
          version: row.version,
          kind: "foreign",
          ...defined({ at: row.activatedAt }),
        }),
      ]
    : [];
  const tooLong = old.length + 1 > HISTORY_LENGTH + HISTORY_SLACK;
  if (foreign.length === 0 && missed === undefined && !tooLong) return undefined;
  return [...old, ...foreign, formatEntry(entry)].slice(-HISTORY_LENGTH);
}
