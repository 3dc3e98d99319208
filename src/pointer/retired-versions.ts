import { randomUUID } from "node:crypto";
import { type AttributeValue, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send, watchAttempts } from "../aws";
import { SwapError } from "../errors";
import type { WritableControlTableRef } from "./control-table-ref";
import { assertAlias } from "./names/alias";
import { tableName } from "./names/table-name";
import { assertVersion } from "./names/version";
import { readRawRow } from "./read";
import { type PointerRow, parseRow, type RawRow } from "./row";

/** Read-and-write attempts before a row that keeps changing, or does not answer, is an error. */
const MAX_ATTEMPTS = 5;

/**
 * Records in the row that a version's table may be deleted. From then on our writers refuse the
 * version (`swap.version-retired`) until {@link reopenVersions}, so that no rollback or set can
 * activate it between the permission and the deletion. The write is conditional on the row that was
 * checked: after an update in between, the row is read and checked again.
 *
 * A permission whose response was lost may be recorded although this throws. The version is then
 * refused while its table still exists; the opposite never happens.
 *
 * @param assertDeletable throws when the table must be kept; called for each row that is read
 * @throws SwapError what `assertDeletable` throws; `swap.version-in-use` when the alias has no row
 * or the version is active; `swap.alias-invalid`, `swap.version-out-of-range`,
 * `swap.malformed-row`, `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export async function permitDeletion(
  ref: WritableControlTableRef,
  alias: string,
  version: number,
  assertDeletable: (row: PointerRow | undefined) => void,
): Promise<void> {
  assertAlias(alias);
  assertVersion(version);
  await updateWithRetries(ref, alias, (raw, row) => {
    assertDeletable(row);
    const inUse = (reason: string) =>
      new SwapError("swap.version-in-use", {
        alias,
        version,
        table: tableName(alias, version),
        reason,
      });
    if (raw === undefined || row === undefined)
      throw inUse("the alias has no row, so it is not known which versions are in use");
    if (row.version === version) throw inUse(`version ${version} is active`);
    if (row.retired.includes(version)) return undefined;
    const checked = (["ver", "at", "op"] as const).map((name) =>
      unchangedCondition(name, raw[name]),
    );
    return {
      UpdateExpression: "SET #rop = :change ADD #retired :version",
      ConditionExpression: checked.map(({ condition }) => condition).join(" AND "),
      ExpressionAttributeNames: {
        "#ver": "ver",
        "#at": "at",
        "#op": "op",
        "#rop": "rop",
        "#retired": "retired",
      },
      ExpressionAttributeValues: {
        ...Object.assign({}, ...checked.map(({ values }) => values)),
        ":change": operationAttribute(ref),
        ":version": { NS: [String(version)] },
      },
    };
  });
}

/**
 * Removes versions from the retired set, for a program that declares them again. A version that is
 * not retired and an alias without a row are left unchanged.
 *
 * @throws SwapError `swap.alias-invalid`, `swap.version-out-of-range`, `swap.malformed-row`,
 * `swap.control-table-missing`, `swap.access-denied`, `swap.unreachable`
 */
export async function reopenVersions(
  ref: WritableControlTableRef,
  alias: string,
  versions: readonly number[],
): Promise<void> {
  assertAlias(alias);
  for (const version of versions) assertVersion(version);
  await updateWithRetries(ref, alias, (raw, row) => {
    const reopened = row?.retired.filter((version) => versions.includes(version)) ?? [];
    if (reopened.length === 0) return undefined;
    // Conditional on the set's last change (`rop`), so that a delayed attempt can't undo a later permission.
    const { condition, values } = unchangedCondition("rop", raw?.rop);
    return {
      UpdateExpression: "SET #rop = :change DELETE #retired :versions",
      ConditionExpression: `attribute_exists(#ver) AND ${condition}`,
      ExpressionAttributeNames: { "#ver": "ver", "#rop": "rop", "#retired": "retired" },
      ExpressionAttributeValues: {
        ...values,
        ":change": operationAttribute(ref),
        ":versions": { NS: reopened.map(String) },
      },
    };
  });
}

const operationAttribute = (ref: WritableControlTableRef): AttributeValue => ({
  S: (ref.newOperation ?? randomUUID)(),
});

interface UpdateParts {
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, AttributeValue>;
}

/**
 * Reads the row, then writes on condition that it is unchanged. Retries after a conflict, and after
 * a lost response, whose outcome the next read shows.
 *
 * @param decide returns the write, or undefined when there is nothing to do
 */
async function updateWithRetries(
  ref: WritableControlTableRef,
  alias: string,
  decide: (raw: RawRow | undefined, row: PointerRow | undefined) => UpdateParts | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const raw = await readRawRow(ref, alias);
    const row = raw && parseRow(ref.controlTable, alias, raw);
    if (row?.corrupt) throw new SwapError("swap.malformed-row", row.corrupt);
    const update = decide(raw, row);
    if (update === undefined) return;
    const command = new UpdateItemCommand({
      TableName: ref.controlTable,
      Key: { pk: { S: alias } },
      ...update,
    });
    const attempts = watchAttempts(command);
    try {
      await send(ref.client, command);
      return;
    } catch (error) {
      const conflict = (error as Error).name === "ConditionalCheckFailedException";
      if (attempt === MAX_ATTEMPTS || !(conflict || attempts.maybeApplied))
        throw await fromAws(error, {
          client: ref.client,
          action: "UpdateItem",
          controlTable: ref.controlTable,
        });
    }
  }
}

/** Condition: the attribute still has the value that was read, or is still absent. */
function unchangedCondition(
  name: string,
  value: AttributeValue | undefined,
): { condition: string; values: Record<string, AttributeValue> } {
  if (value === undefined) return { condition: `attribute_not_exists(#${name})`, values: {} };
  return { condition: `#${name} = :${name}`, values: { [`:${name}`]: value } };
}
