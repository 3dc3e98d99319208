import { randomUUID } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { defined } from "../validation";
import { assertAuditText } from "./audit-text";
import type { ConditionalWrite } from "./conditional-write";
import type { WritableControlTableRef } from "./control-table-ref";
import { formatEntry, type HistoryEntry } from "./history";

/** Who updates the pointer and why; both are kept in the row and its history. */
export interface AuditInfo {
  /** Why, 1 to 256 characters. */
  reason?: string;
  /** Who, 1 to 256 characters: a person, a stack, a job. */
  actor?: string;
}

/** The history entry of an update by this package. */
export type NewHistoryEntry = HistoryEntry & { at: number; operation: string };

/**
 * A new history entry for an update to `version`.
 *
 * @throws SwapError `swap.input-invalid` for a reason or an actor that breaks its bounds
 */
export function newHistoryEntry(
  ref: WritableControlTableRef,
  version: number,
  kind: "set" | "rollback" | "seed",
  audit: AuditInfo,
): NewHistoryEntry {
  assertAuditText("reason", audit.reason);
  assertAuditText("actor", audit.actor);
  return {
    version,
    kind,
    at: kind === "seed" ? 0 : (ref.now ?? Date.now)(),
    operation: (ref.newOperation ?? randomUUID)(),
    ...defined({ by: audit.actor, why: audit.reason }),
  };
}

/** The condition of an update with its values, and any clause it adds. */
export interface ExpressionParts {
  condition: string;
  values?: Record<string, AttributeValue>;
  /** A further clause, such as `ADD #barred :from`. */
  clause?: string;
}

/**
 * The UpdateItem expression of a pointer update: the contract's `SET ver, at`, our attributes, and
 * the history entry appended in the same write. `prev` equals `ver` when nothing was active before,
 * since an expression can't set an attribute conditionally.
 */
export function updateExpression(
  entry: NewHistoryEntry,
  parts: ExpressionParts,
): ConditionalWrite["update"] {
  const removed = [entry.by === undefined && "#by", entry.why === undefined && "#why"].filter(
    (name) => name !== false,
  );
  const names: Record<string, string> = {
    "#ver": "ver",
    "#at": "at",
    "#op": "op",
    "#prev": "prev",
    "#hist": "hist",
    "#by": "by",
    "#why": "why",
  };
  const expression = [
    "SET #ver = :new, #at = :now, #op = :op, #prev = if_not_exists(#ver, :new)",
    ", #hist = list_append(if_not_exists(#hist, :none), :entry)",
    entry.by === undefined ? "" : ", #by = :by",
    entry.why === undefined ? "" : ", #why = :why",
    removed.length === 0 ? "" : ` REMOVE ${removed.join(", ")}`,
    parts.clause === undefined ? "" : ` ${parts.clause}`,
  ].join("");
  // DynamoDB refuses names and values that no expression uses.
  const used = `${expression} ${parts.condition}`;
  for (const attribute of ["barred", "retired"])
    if (used.includes(`#${attribute}`)) names[`#${attribute}`] = attribute;
  return {
    UpdateExpression: expression,
    ConditionExpression: parts.condition,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: {
      ":new": { N: String(entry.version) },
      ":now": { N: String(entry.at) },
      ":op": { S: entry.operation },
      ":none": { L: [] },
      ":entry": { L: [formatEntry(entry)] },
      ...(entry.by !== undefined && { ":by": { S: entry.by } }),
      ...(entry.why !== undefined && { ":why": { S: entry.why } }),
      ...(used.includes(":ns") && { ":ns": { S: "NS" } }),
      ...parts.values,
    },
  };
}

/**
 * Condition: the version to be set is not in the named set. An attribute that another writer has
 * overwritten with another type fails the condition, since `contains` would be false for it.
 */
export const notInSet = (set: "#barred" | "#retired"): string =>
  `(attribute_not_exists(${set}) OR (attribute_type(${set}, :ns) AND NOT contains(${set}, :new)))`;
