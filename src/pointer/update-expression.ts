import { randomUUID } from "node:crypto";
import type { AttributeValue, UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { itemSize } from "../aws";
import { defined } from "../validation";
import { assertAuditText } from "./audit-text";
import type { WritableControlTableRef } from "./control-table-ref";
import { formatEntry, type HistoryEntry } from "./history";
import { entrySize } from "./history-fit";
import type { RawRow } from "./row";
import { headerSize, plannedRow, roomOfNewRow } from "./row-budget";
import { MAX_BARRED_GROWTH } from "./version-set";

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

/** The expressions of an UpdateItem request. */
export type UpdateExpressions = Pick<
  UpdateItemCommandInput,
  | "UpdateExpression"
  | "ConditionExpression"
  | "ExpressionAttributeNames"
  | "ExpressionAttributeValues"
>;

/** What tells one pointer update from another. */
export interface UpdateParts {
  condition: string;
  values?: Record<string, AttributeValue>;
  /** A version that the update bars. */
  bar?: number;
  /** A version whose bar the update lifts. */
  lift?: number;
  /** Attributes that the update removes. */
  removed?: readonly string[];
  /** Further attributes of a row that the update makes. */
  attributes?: Readonly<Record<string, AttributeValue>>;
}

/**
 * The update for a row that has not been read: the contract's `SET ver, at`, our attributes, and the
 * history entry appended. It is refused by its condition where the row lacks the room (`room`), or where
 * another kind of writer has moved the pointer (`sver`) or the history (`hlen`) since our last update:
 * then {@link rewritingUpdate} follows. `prev` equals `ver` when nothing was active before, since an
 * expression can't set an attribute conditionally.
 */
export function appendingUpdate(
  alias: string,
  entry: NewHistoryEntry,
  { condition, values, bar, removed = [], attributes = {} }: UpdateParts,
): UpdateExpressions {
  const further = attributeChanges(attributes, {});
  const growth = entrySize(entry) + (bar === undefined ? 0 : MAX_BARRED_GROWTH);
  const asWeLeftIt = "(#room >= :need AND #hlen = size(#hist) AND #sver = #ver)";
  return expressions({
    set: {
      ...pointerAttributes(entry),
      hist: "list_append(if_not_exists(#hist, :none), :entry)",
      room: "if_not_exists(#room, :full) - :growth",
      hlen: "if_not_exists(#hlen, :zero) + :one",
      ...further.set,
    },
    removed: [...absentNotes(entry), ...removed],
    ...(bar !== undefined && { clause: "ADD #barred :bar" }),
    condition: `(${condition}) AND (attribute_not_exists(pk) OR ${asWeLeftIt})`,
    values: {
      ...pointerValues(entry),
      ":none": { L: [] },
      ":entry": { L: [formatEntry(entry)] },
      ":full": { N: String(roomOfNewRow(alias) - itemSize(attributes)) },
      ":growth": { N: String(growth) },
      ":need": { N: String(growth + headerSize(entry)) },
      ":zero": { N: "0" },
      ":one": { N: "1" },
      ...(bar !== undefined && { ":bar": { NS: [String(bar)] } }),
      ...further.values,
      ...values,
    },
  });
}

/**
 * The update for a row that has been read, on condition that it has not changed: it writes the whole
 * history, foreign advances included, within the row's budget.
 *
 * @param before the row as read
 */
export function rewritingUpdate(
  controlTable: string,
  alias: string,
  entry: NewHistoryEntry,
  { condition, values, bar, lift, removed = [] }: UpdateParts,
  before: RawRow,
): UpdateExpressions {
  const { history, room, notes, sets } = plannedRow(controlTable, alias, before, entry, {
    ...defined({ bar, lift }),
  });
  const changes = attributeChanges(sets, before);
  const unchanged = allOf([
    { condition, values: values ?? {} },
    sameValue("ver", before),
    sameValue("op", before),
    sameSize("hist", before),
    sameSize("barred", before),
    sameSize("bopen", before),
    // Once there, it stays as it is; its size is in the room.
    present("names", before),
    // Only its own writers change it: a write of the whole set leaves a new `rop`, between them it grows.
    ...("retired" in sets ? [sameValue("rop", before), sameSize("retired", before)] : []),
  ]);
  return expressions({
    set: {
      ...pointerAttributes({ ...entry, ...notes }),
      hist: ":hist",
      room: ":room",
      hlen: ":hlen",
      ...changes.set,
      ...("retired" in sets && { rop: ":op" }),
    },
    removed: [...absentNotes(notes), ...changes.removed, ...removed],
    condition: unchanged.condition,
    values: {
      ...pointerValues({ ...entry, ...notes }),
      ":hist": { L: history.map(formatEntry) },
      ":room": { N: String(room) },
      ":hlen": { N: String(history.length) },
      ...changes.values,
      ...unchanged.values,
    },
  });
}

const pointerAttributes = (notes: Pick<HistoryEntry, "by" | "why">): Record<string, string> => ({
  ver: ":new",
  at: ":now",
  op: ":op",
  prev: "if_not_exists(#ver, :new)",
  sver: ":new",
  ...(notes.by !== undefined && { by: ":by" }),
  ...(notes.why !== undefined && { why: ":why" }),
});

const pointerValues = ({ version, at, operation, by, why }: NewHistoryEntry) => ({
  ":new": { N: String(version) },
  ":now": { N: String(at) },
  ":op": { S: operation },
  ...(by !== undefined && { ":by": { S: by } }),
  ...(why !== undefined && { ":why": { S: why } }),
  ":ns": { S: "NS" },
});

const absentNotes = ({ by, why }: Pick<HistoryEntry, "by" | "why">): string[] => [
  ...(by === undefined ? ["by"] : []),
  ...(why === undefined ? ["why"] : []),
];

/** A condition with the values that it names. */
export interface Condition {
  condition: string;
  values: Record<string, AttributeValue>;
}

/** Condition: the attribute still has the value that was read, or is still absent. */
export function sameValue(name: string, before: RawRow): Condition {
  const value = before[name];
  if (value === undefined) return { condition: `attribute_not_exists(#${name})`, values: {} };
  return { condition: `#${name} = :seen_${name}`, values: { [`:seen_${name}`]: value } };
}

/** Condition: the list or set still has as many elements as were read, or is still absent. */
export function sameSize(name: string, before: RawRow): Condition {
  const value = before[name];
  const elements = value?.L ?? value?.NS;
  if (elements === undefined) return { condition: `attribute_not_exists(#${name})`, values: {} };
  return {
    condition: `size(#${name}) = :seen_${name}`,
    values: { [`:seen_${name}`]: { N: String(elements.length) } },
  };
}

/** Condition: the row has the attribute, or lacks it, as it was read. */
const present = (name: string, before: RawRow): Condition => ({
  condition: `${before[name] === undefined ? "attribute_not_exists" : "attribute_exists"}(#${name})`,
  values: {},
});

/** The condition that all of these hold. */
export const allOf = (conditions: readonly Condition[]): Condition => ({
  condition: conditions.map(({ condition }) => condition).join(" AND "),
  values: Object.assign({}, ...conditions.map(({ values }) => values)),
});

/**
 * The parts of an update that give a row some attributes.
 *
 * @param attributes undefined for one that the row is to be without
 */
export function attributeChanges(
  attributes: Readonly<Record<string, AttributeValue | undefined>>,
  before: RawRow,
): Pick<ExpressionParts, "set" | "removed" | "values"> {
  const written = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    set: Object.fromEntries(written.map(([name]) => [name, `:set_${name}`])),
    removed: Object.keys(attributes).filter(
      (name) => attributes[name] === undefined && before[name],
    ),
    values: Object.fromEntries(written.map(([name, value]) => [`:set_${name}`, value])),
  };
}

/** The parts of an update, put together. */
export interface ExpressionParts extends Condition {
  /** Attributes and what they are set to. */
  set: Record<string, string>;
  removed: readonly string[];
  /** A further clause, such as `ADD #barred :from`. */
  clause?: string;
}

/** The expressions, with the names and values that they use: DynamoDB refuses any that none uses. */
export function expressions({
  set,
  removed,
  clause,
  condition,
  values,
}: ExpressionParts): UpdateExpressions {
  const assignments = Object.entries(set).map(([name, value]) => `#${name} = ${value}`);
  const update = [
    ...(assignments.length > 0 ? [`SET ${assignments.join(", ")}`] : []),
    ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(", ")}`] : []),
    ...(clause === undefined ? [] : [clause]),
  ].join(" ");
  const text = `${update} ${condition}`;
  const uses = (pattern: RegExp) => new Set(text.match(pattern));
  const usedValues = uses(/:\w+/g);
  return {
    UpdateExpression: update,
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries(
      [...uses(/#\w+/g)].map((name) => [name, name.slice(1)]),
    ),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(values).filter(([name]) => usedValues.has(name)),
    ),
  };
}
