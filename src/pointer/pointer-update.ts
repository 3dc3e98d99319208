import { randomUUID } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { defined } from "../validation";
import { assertAuditText } from "./audit-text";
import { formatEntry, type HistoryEntry } from "./history";
import type { WritableControlTableRef } from "./store";
import type { ConditionalWrite } from "./write";

/** Who moves the pointer and why; both are kept in the row and its history. */
export interface AuditInfo {
  /** Why, 1 to 256 characters. */
  reason?: string;
  /** Who, 1 to 256 characters: a person, a stack, a job. */
  actor?: string;
}

/** The entry that records a move by us. */
export type OwnEntry = HistoryEntry & { at: number; operation: string };

/**
 * A fresh history entry for a move to `version`.
 *
 * @throws SwapError `swap.input-invalid` for a reason or an actor that breaks its bounds
 */
export function newEntry(
  ref: WritableControlTableRef,
  version: number,
  kind: "set" | "rollback" | "seed",
  notes: AuditInfo,
): OwnEntry {
  assertAuditText("reason", notes.reason);
  assertAuditText("actor", notes.actor);
  return {
    version,
    kind,
    at: kind === "seed" ? 0 : (ref.now ?? Date.now)(),
    operation: (ref.newOperation ?? randomUUID)(),
    ...defined({ by: notes.actor, why: notes.reason }),
  };
}

/** A condition and the values it uses, and what the update does beside the move. */
export interface UpdateTerms {
  condition: string;
  values?: Record<string, AttributeValue>;
  /** A further clause, such as `ADD #barred :from`. */
  clause?: string;
}

/**
 * The UpdateItem of a move: the contract's `SET ver, at`, our attributes beside them, and the
 * history entry appended in the same write. `prev` equals `ver` when nothing was active before,
 * since an expression can't leave an attribute out on a condition of its own.
 */
export function pointerUpdate(entry: OwnEntry, terms: UpdateTerms): ConditionalWrite["update"] {
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
    terms.clause === undefined ? "" : ` ${terms.clause}`,
  ].join("");
  // DynamoDB refuses names and values that neither of them uses.
  const used = `${expression} ${terms.condition}`;
  for (const attribute of ["barred", "retired"])
    if (used.includes(`#${attribute}`)) names[`#${attribute}`] = attribute;
  return {
    UpdateExpression: expression,
    ConditionExpression: terms.condition,
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
      ...terms.values,
    },
  };
}

/**
 * Holds where the version to be set is not in a set of ours. A set that something has overwritten
 * with another type excludes nothing by itself, so it fails the condition.
 */
export const notIn = (set: "#barred" | "#retired"): string =>
  `(attribute_not_exists(${set}) OR (attribute_type(${set}, :ns) AND NOT contains(${set}, :new)))`;
