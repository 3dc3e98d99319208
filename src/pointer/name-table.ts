import { type AttributeValue, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send } from "../aws";
import { match, SwapError } from "../errors";
import type { ControlTableRef, WritableControlTableRef } from "./control-table-ref";
import { formatEntry } from "./history";
import { scanRows } from "./list";
import { assertOwnTableName } from "./names/own-name";
import { NAMED_VERSION, tableName } from "./names/table-name";
import { findActive, readRawRow } from "./read";
import {
  formatTableNames,
  isRetired,
  type PointerRow,
  parseRow,
  parseTableNames,
  parseVersionSets,
  type RawRow,
} from "./row";
import { plannedAddition } from "./row-budget";
import {
  type AuditInfo,
  allOf,
  attributeChanges,
  type Condition,
  expressions,
  newHistoryEntry,
  sameSize,
  sameValue,
  type UpdateExpressions,
} from "./update-expression";
import { updatePointer } from "./update-pointer";

/** Read-and-write attempts before a row that keeps changing is an error. */
const MAX_ATTEMPTS = 5;

/**
 * Records that version 1 of an alias is a table with another name, which was made before it had versions.
 * An alias without a row gets version 1 by the same write, as by a seed, so that no reader sees the row without
 * the name. A name that is recorded already costs one read; it is never changed.
 *
 * Use {@link nameTableOfRow} where the alias may have lost its row: a seed says that no other version was active.
 *
 * @param table the table's name; that it exists and holds version 1 is for the caller to know
 * @returns the alias's row, with the name
 * @throws SwapError `swap.input-invalid` for a name that can't be version 1, another recorded name, and a table
 * that another alias of the control table uses; `swap.alias-invalid`, `swap.malformed-row`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`, `swap.outcome-unknown`
 */
export async function nameTable(
  ref: WritableControlTableRef,
  alias: string,
  table: string,
  audit: AuditInfo = {},
): Promise<PointerRow> {
  return (await recordTableName(ref, alias, table, audit)) as PointerRow;
}

/**
 * Like {@link nameTable}, but leaves an alias without a row as it is.
 *
 * @returns the alias's row, with the name; undefined without a row
 * @throws SwapError as {@link nameTable}
 */
export function nameTableOfRow(
  ref: WritableControlTableRef,
  alias: string,
  table: string,
): Promise<PointerRow | undefined> {
  return recordTableName(ref, alias, table, undefined);
}

/** @param seed undefined to make no row */
async function recordTableName(
  ref: WritableControlTableRef,
  alias: string,
  table: string,
  seed: AuditInfo | undefined,
): Promise<PointerRow | undefined> {
  assertOwnTableName(alias, NAMED_VERSION, table, ref.controlTable);
  for (let attempt = 1; ; attempt++) {
    const raw = await readRawRow(ref, alias);
    const row = raw && parseRow(ref.controlTable, alias, raw);
    if (row && isNamedInUse(row, table)) return row;
    const refusal = nameRefusal(alias, table, row) ?? (await otherUser(ref, alias, table));
    if (refusal) throw refusal;
    if (row?.tableNames?.[NAMED_VERSION] === table || (raw === undefined && !seed)) return row;
    try {
      if (raw === undefined) await seedNamed(ref, alias, table, seed ?? {});
      else
        await send(
          ref.client,
          new UpdateItemCommand({
            TableName: ref.controlTable,
            Key: { pk: { S: alias } },
            ...namingUpdate(alias, raw, table),
          }),
        );
    } catch (error) {
      const conflict =
        match(error, "swap.expectation-failed") ||
        (error as Error).name === "ConditionalCheckFailedException";
      // The answer may be lost and the name written.
      const after = conflict ? undefined : await findActive(ref, alias).catch(() => undefined);
      if (after?.tableNames?.[NAMED_VERSION] === table) return after;
      if (conflict && attempt < MAX_ATTEMPTS) continue;
      throw await fromAws(error, {
        client: ref.client,
        action: "UpdateItem",
        controlTable: ref.controlTable,
      });
    }
  }
}

/**
 * Why version 1 can't have the declared name on this row, or undefined when it can: a version's table never
 * changes, since readers would be sent to other items without a cut-over.
 *
 * @param table the declared name; undefined for `<alias>_v1`
 */
export function nameRefusal(
  alias: string,
  table: string | undefined,
  row: PointerRow | undefined,
): SwapError | undefined {
  const recorded = row?.tableNames?.[NAMED_VERSION];
  if (recorded === table) return undefined;
  const refusal = (rule: string, fix: string) =>
    new SwapError("swap.input-invalid", {
      name: `versions.${NAMED_VERSION}.name`,
      value: table === undefined ? "(left out)" : JSON.stringify(table),
      rule,
      fix,
    });
  if (recorded !== undefined)
    return refusal(
      `the control table records table "${recorded}" for version ${NAMED_VERSION} of alias "${alias}", and a version's table never changes`,
      `write name: "${recorded}"; for items of another table declare a new version`,
    );
  if (row === undefined || row.version === NAMED_VERSION) return undefined;
  const was = row.history.some(({ version }) => version === NAMED_VERSION);
  return was || isRetired(row, NAMED_VERSION)
    ? refusal(
        `version ${NAMED_VERSION} of alias "${alias}" was table "${tableName(alias, NAMED_VERSION)}"`,
        "leave version 1 out; to move the items of the other table, copy them into a new version",
      )
    : undefined;
}

/** Whether the row records the name, and no deletion of the table was permitted, after which another may use it. */
export const isNamedInUse = (row: PointerRow, table: string): boolean =>
  row.tableNames?.[NAMED_VERSION] === table && !isRetired(row, NAMED_VERSION);

/**
 * The refusal of a table that another alias of the control table has as a version. That its deletion was
 * permitted there does not free it: the deletion may come later. With `permitted`
 * those versions are passed over. Cost: a consistent Scan of the control table.
 *
 * @throws SwapError as `listAliases`, and `swap.malformed-row` for another alias whose `names` can't be read
 */
export async function otherUser(
  ref: ControlTableRef,
  alias: string,
  table: string,
  { permitted = false }: { permitted?: boolean } = {},
): Promise<SwapError | undefined> {
  for await (const raw of scanRows(ref)) {
    const other = raw.pk?.S ?? "";
    if (other === alias) continue;
    const tableNames = parseTableNames(ref.controlTable, other, raw) ?? {};
    for (const [version, name] of Object.entries(tableNames))
      if (name === table && !(permitted && isRetired(parseVersionSets(raw), Number(version))))
        return new SwapError("swap.input-invalid", {
          name: `versions.${NAMED_VERSION}.name`,
          value: JSON.stringify(table),
          rule: `it is version ${version} of alias "${other}" in control table "${ref.controlTable}"`,
          fix: `use alias "${other}", or name another table`,
        });
  }
  return undefined;
}

function seedNamed(ref: WritableControlTableRef, alias: string, table: string, audit: AuditInfo) {
  const entry = newHistoryEntry(ref, NAMED_VERSION, "seed", audit);
  return updatePointer(ref, entry, {
    alias,
    parts: {
      condition: "attribute_not_exists(pk)",
      attributes: { names: formatTableNames({ [NAMED_VERSION]: table }) },
    },
    refusal: (raw) =>
      raw &&
      new SwapError("swap.expectation-failed", {
        alias,
        requested: NAMED_VERSION,
        expected: 0,
        active: parseRow(ref.controlTable, alias, raw).version,
      }),
  });
}

/** Adds the name to a row that has been read, on condition that the row is the same. */
function namingUpdate(alias: string, before: RawRow, table: string): UpdateExpressions {
  const names = formatTableNames({ [NAMED_VERSION]: table });
  // A row that no release with a budget has written is brought within it by its next move.
  const counted = before.room !== undefined;
  const { history, room } = plannedAddition(alias, before, { names });
  const attributes: Record<string, AttributeValue> = {
    names,
    ...(counted && {
      room: { N: String(room) },
      hist: { L: history.map(formatEntry) },
      hlen: { N: String(history.length) },
    }),
  };
  const unnamed: Condition = { condition: "attribute_not_exists(#names)", values: {} };
  const unchanged = allOf([
    unnamed,
    ...["ver", "op", "room"].map((name) => sameValue(name, before)),
    ...(counted ? [sameSize("hist", before), sameSize("barred", before)] : []),
  ]);
  const { set, removed, values } = attributeChanges(attributes, before);
  return expressions({
    set,
    removed,
    condition: unchanged.condition,
    values: { ...values, ...unchanged.values },
  });
}
