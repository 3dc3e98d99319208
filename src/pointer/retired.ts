import { randomUUID } from "node:crypto";
import { type AttributeValue, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAws, send, watchAttempts } from "../aws";
import { SwapError } from "../errors";
import { assertAlias } from "./names/alias";
import { tableName } from "./names/table-name";
import { assertVersion } from "./names/version";
import { readRawRow } from "./read";
import { type PointerRow, parseRow, type RawRow } from "./row";
import type { WritableControlTableRef } from "./store";

/** Rounds of read and write before a row that keeps changing, or does not answer, is given up. */
const ROUNDS = 5;

/**
 * Records in the row that a version's table may be deleted. From then on our writers refuse the
 * version (`swap.version-retired`) until {@link reopenVersions}, so that no rollback or set passes
 * between the permission and the deletion. The write holds only while the row is the one that was
 * judged: after a move in between, the row is read and judged again.
 *
 * A permission whose answer was lost may be recorded although this throws. That refuses a version
 * whose table is still there, and never the other way round.
 *
 * @param assertDeletable throws where the table has to stay; called for each row that is read
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
  await inRounds(ref, alias, (raw, row) => {
    assertDeletable(row);
    const inUse = (reason: string) =>
      new SwapError("swap.version-in-use", {
        alias,
        version,
        table: tableName(alias, version),
        reason,
      });
    if (raw === undefined || row === undefined)
      throw inUse("the alias has no row, so nothing tells which versions are in use");
    if (row.version === version) throw inUse(`version ${version} is active`);
    if (row.retired.includes(version)) return undefined;
    const judged = (["ver", "at", "op"] as const).map((name) => unchanged(name, raw[name]));
    return {
      UpdateExpression: "SET #rop = :change ADD #retired :version",
      ConditionExpression: judged.map(({ condition }) => condition).join(" AND "),
      ExpressionAttributeNames: {
        "#ver": "ver",
        "#at": "at",
        "#op": "op",
        "#rop": "rop",
        "#retired": "retired",
      },
      ExpressionAttributeValues: {
        ...Object.assign({}, ...judged.map(({ values }) => values)),
        ":change": operation(ref),
        ":version": { NS: [String(version)] },
      },
    };
  });
}

/**
 * Takes versions back from the retired ones, for a program that declares them again. A version that
 * is not retired, and an alias without a row, are left as they are.
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
  await inRounds(ref, alias, (raw, row) => {
    const reopened = row?.retired.filter((version) => versions.includes(version)) ?? [];
    if (reopened.length === 0) return undefined;
    // By the id of the set's last change, a try that lands late can't undo a later permission.
    const { condition, values } = unchanged("rop", raw?.rop);
    return {
      UpdateExpression: "SET #rop = :change DELETE #retired :versions",
      ConditionExpression: `attribute_exists(#ver) AND ${condition}`,
      ExpressionAttributeNames: { "#ver": "ver", "#rop": "rop", "#retired": "retired" },
      ExpressionAttributeValues: {
        ...values,
        ":change": operation(ref),
        ":versions": { NS: reopened.map(String) },
      },
    };
  });
}

const operation = (ref: WritableControlTableRef): AttributeValue => ({
  S: (ref.newOperation ?? randomUUID)(),
});

interface Update {
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, AttributeValue>;
}

/**
 * Reads, decides and writes under the condition that what was read still holds; again after a
 * conflict or a lost answer, which the next read settles.
 *
 * @param decide the write, or undefined when nothing is left to do
 */
async function inRounds(
  ref: WritableControlTableRef,
  alias: string,
  decide: (raw: RawRow | undefined, row: PointerRow | undefined) => Update | undefined,
): Promise<void> {
  for (let round = 1; ; round++) {
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
      if (round === ROUNDS || !(conflict || attempts.maybeApplied))
        throw await fromAws(error, {
          client: ref.client,
          action: "UpdateItem",
          controlTable: ref.controlTable,
        });
    }
  }
}

/** Holds while an attribute is as it was read, absent or of that value. */
function unchanged(
  name: string,
  value: AttributeValue | undefined,
): { condition: string; values: Record<string, AttributeValue> } {
  if (value === undefined) return { condition: `attribute_not_exists(#${name})`, values: {} };
  return { condition: `#${name} = :${name}`, values: { [`:${name}`]: value } };
}
