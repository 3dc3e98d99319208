import { type AttributeValue, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { send } from "../aws";
import { defined } from "../validation";
import {
  beforeLast,
  formatEntry,
  HISTORY_LENGTH,
  HISTORY_SLACK,
  parseHistory,
  unrecordedAdvance,
} from "./history";
import type { OwnEntry } from "./pointer-update";
import { parseRow, type RawRow } from "./row";
import type { ControlTableRef } from "./store";
import { wholeNumber } from "./whole-number";

/**
 * Rewrites `hist` after a move when it has outgrown its bound, or when a foreign writer's advance
 * came before the move and is not recorded yet. It holds only while ours is still the last write,
 * and a failure is let be: the next move tries again.
 *
 * @param before the row as it was before the move
 * @returns requests made, 0 or 1
 */
export async function compactHistory(
  ref: ControlTableRef,
  alias: string,
  before: RawRow,
  entry: OwnEntry,
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
    // The move stands; its history is complete but for what this would have added or cut.
  }
  return 1;
}

function compacted(
  controlTable: string,
  alias: string,
  before: RawRow,
  entry: OwnEntry,
): AttributeValue[] | undefined {
  const stored = before.hist?.L ?? [];
  const missed = unrecordedAdvance(parseHistory(before.hist), before);
  const old = beforeLast(stored, missed && formatEntry(missed));
  // A malformed `ver` that the move has replaced is no advance to record.
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
  const overgrown = old.length + 1 > HISTORY_LENGTH + HISTORY_SLACK;
  if (foreign.length === 0 && missed === undefined && !overgrown) return undefined;
  return [...old, ...foreign, formatEntry(entry)].slice(-HISTORY_LENGTH);
}
