import { randomUUID } from "node:crypto";
import { type AttributeValue, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send, watchAttempts } from "../aws";
import { SwapError } from "../errors";
import { MAX_CONFLICTS } from "./conditional-write";
import type { WritableControlTableRef } from "./control-table-ref";
import { usedVersions } from "./history";
import { assertAlias } from "./names/alias";
import { tableOf } from "./names/table-name";
import { assertVersion } from "./names/version";
import { readRawRow } from "./read";
import { isRetired, type PointerRow, parseRow, type RawRow } from "./row";
import {
  allOf,
  attributeChanges,
  type Condition,
  expressions,
  sameSize,
  sameValue,
  type UpdateExpressions,
} from "./update-expression";
import {
  formatVersionSet,
  MAX_LISTED,
  shortened,
  type VersionSet,
  withoutVersions,
} from "./version-set";

/** Read-and-write attempts before a row that does not answer is an error. */
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
        table: tableOf(alias, version, row),
        reason,
      });
    if (raw === undefined || row === undefined)
      throw inUse("the alias has no row, so it is not known which versions are in use");
    if (row.version === version) throw inUse(`version ${version} is active`);
    if (row.retired.includes(version)) return undefined;
    return permission(raw, version, row, operationAttribute(ref));
  });
}

/**
 * Adds a version to the retired set, on condition that the row is the one that was checked and that no
 * version left the set since, so that a delayed attempt can't retire a version that was reopened in between.
 * Permissions at the same time don't disturb each other: an added version leaves `rop` as it is. A set that
 * is full is shortened in the same write, which then also requires that the set is the one that was read.
 */
function permission(
  raw: RawRow,
  version: number,
  { retired, retiredFloor }: PointerRow,
  change: AttributeValue,
): UpdateExpressions {
  const checked = allOf(["ver", "at", "op"].map((name) => sameValue(name, raw)));
  if (retired.length < MAX_LISTED.retired) {
    const none = allOf([checked, sameValue("rop", raw)]);
    return expressions({
      set: {},
      removed: [],
      clause: "ADD #retired :version",
      condition: `${none.condition} AND (attribute_not_exists(#retired) OR size(#retired) < :most)`,
      values: {
        ...none.values,
        ":version": { NS: [String(version)] },
        ":most": { N: String(MAX_LISTED.retired) },
      },
    });
  }
  const { listed, floor } = shortened(
    { listed: retired, floor: retiredFloor },
    MAX_LISTED.retired / 2,
    usedVersions(raw),
  );
  return setRetired(raw, { listed: [...listed, version], floor }, change, checked);
}

/** Writes the whole retired set, on condition that it is the one that was read. */
function setRetired(
  raw: RawRow,
  after: VersionSet,
  change: AttributeValue,
  checked: Condition,
): UpdateExpressions {
  const { set, removed, values } = attributeChanges(formatVersionSet("retired", after), raw);
  // Each write of the whole set leaves a new `rop`, and between two of them it only grows: its size and `rop`
  // show each change, so that a delayed attempt can't undo a later one.
  const unchanged = allOf([checked, sameValue("rop", raw), sameSize("retired", raw)]);
  return expressions({
    set: { rop: ":change", ...set },
    removed,
    condition: unchanged.condition,
    values: { ":change": change, ...values, ...unchanged.values },
  });
}

/**
 * Removes versions from the retired set, for a program that declares them again; a version that only
 * the set's floor retires becomes one of its exceptions. A version that is not retired and an alias without a row are left unchanged.
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
    if (raw === undefined || row === undefined) return undefined;
    if (!versions.some((version) => isRetired(row, version))) return undefined;
    const before: VersionSet = { listed: row.retired, floor: row.retiredFloor };
    const exists: Condition = { condition: "attribute_exists(#ver)", values: {} };
    const after = withoutVersions(before, versions, usedVersions(raw));
    return setRetired(raw, after, operationAttribute(ref), exists);
  });
}

const operationAttribute = (ref: WritableControlTableRef): AttributeValue => ({
  S: (ref.newOperation ?? randomUUID)(),
});

/**
 * Reads the row, then writes on condition that it is unchanged. Retries after a conflict, and after
 * a lost response, whose outcome the next read shows.
 *
 * @param decide returns the write, or undefined when there is nothing to do
 */
async function updateWithRetries(
  ref: WritableControlTableRef,
  alias: string,
  decide: (raw: RawRow | undefined, row: PointerRow | undefined) => UpdateExpressions | undefined,
): Promise<void> {
  let conflicts = 0;
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
      if (conflict) conflicts += 1;
      const worthAnother = conflict
        ? conflicts < MAX_CONFLICTS
        : attempts.maybeApplied && attempt - conflicts < MAX_ATTEMPTS;
      if (!worthAnother)
        throw await fromAws(error, {
          client: ref.client,
          action: "UpdateItem",
          controlTable: ref.controlTable,
        });
    }
  }
}
