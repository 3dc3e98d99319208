import { SwapError } from "../errors";
import {
  type AuditInfo,
  findActive,
  isBarred,
  NAMED_VERSION,
  nameTable,
  type PointerRow,
  type PointerUpdate,
  rollback,
  setActive,
  setRefusal,
  tableOf,
  type WritableControlTableRef,
} from "../pointer";
import { createGates, type GateRunOptions, runGates, tableActive } from "../readiness";
import { defined } from "../validation";
import { type ActiveVersionInputs, declaredNames } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";

/**
 * Moves the pointer to the declared version: checks the gates, then sends one conditional write, which is a
 * rollback if one is declared from the live version. A verification compares with one version: after the gate
 * `verify` the write is conditional on that version being active.
 *
 * @throws SwapError `swap.not-ready`, and as {@link setActive} and {@link rollback}
 */
export async function cutOver(
  ref: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
  wait: Pick<GateRunOptions, "onProgress" | "signal"> = {},
): Promise<PointerUpdate> {
  const { alias, version, expect, reason, actor, firstTable } = inputs;
  const row = live ?? { tableNames: declaredNames(inputs) };
  const audit = defined({ reason, actor });
  const source = rollbackSource(inputs, live);
  const { gates, waitForMs } = createGates(inputs.readiness);
  await runGates(
    {
      client: ref.client,
      alias,
      version,
      table: tableOf(alias, version, row),
      ...(live && {
        activeTable: tableOf(alias, live.version, live),
        activeVersion: live.version,
      }),
      // The program declares the table, so it may be new; the target of a rollback is not.
      isNew: source === undefined && (inputs.tableArn ?? inputs.table ?? undefined) !== undefined,
    },
    // A rollback checks only that the table is ACTIVE: it must not wait until the data matches a bad
    // version.
    source ? [tableActive] : gates,
    { ...wait, waitForMs },
  );
  if (source) return rollback(ref, alias, { ...audit, from: source.version, to: version });
  // Only if the version is barred: a leftover `liftBar` adds nothing to the write.
  const liftBar = inputs.liftBar === version && live !== undefined && isBarred(live, version);
  if (inputs.readiness?.verify && !live) await assertStillFirst(ref, inputs);
  if (live === undefined && version === NAMED_VERSION && firstTable)
    return namedFirst(ref, inputs, firstTable, audit);
  const compared = inputs.readiness?.verify ? live?.version : undefined;
  return setActive(ref, alias, version, {
    ...audit,
    ...defined({ expect: expect ?? compared }),
    liftBar,
  });
}

/** Makes version 1 active by the write that records the name of its table. */
async function namedFirst(
  ref: WritableControlTableRef,
  { alias, version, expect }: ActiveVersionInputs,
  table: string,
  audit: AuditInfo,
): Promise<PointerUpdate> {
  const row = await nameTable(ref, alias, table, audit);
  // Another writer may have come first.
  const refusal =
    row.version === version ? undefined : setRefusal(alias, version, row, defined({ expect }));
  if (refusal) throw refusal;
  return {
    alias,
    version,
    table,
    activatedAt: row.activatedAt ?? 0,
    operation: row.operation ?? "",
    requests: 1,
  };
}

/** Refuses to go on without a verification once there is a version to compare with. */
async function assertStillFirst(
  ref: WritableControlTableRef,
  { alias, version }: ActiveVersionInputs,
): Promise<void> {
  const row = await findActive(ref, alias);
  if (row === undefined) return;
  throw new SwapError("swap.not-ready", {
    alias,
    version,
    table: tableOf(alias, version, row),
    gate: "verify",
    reason: `version ${row.version} has become active since the gates began, and was not compared`,
    fix: `run swap verify ${alias} ${row.version} ${version}, then pulumi up again`,
  });
}
