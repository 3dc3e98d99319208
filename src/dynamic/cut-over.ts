import { SwapError } from "../errors";
import {
  findActive,
  isBarred,
  type PointerRow,
  type PointerUpdate,
  rollback,
  setActive,
  tableOf,
  type WritableControlTableRef,
} from "../pointer";
import {
  comparesVersions,
  createGates,
  type GateRunOptions,
  runGates,
  tableActive,
} from "../readiness";
import { defined } from "../validation";
import type { ActiveVersionInputs } from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";
import { crossingOf, switchAcross } from "./crossing";
import { assertFirstTable } from "./first-table";
import { candidateOf, PREVIEWED_GATES } from "./gates-preview";

/**
 * Moves the pointer to the declared version: checks the gates, then sends one conditional write, which is a
 * rollback if one is declared from the live version. A verification compares with one version: after the gates
 * `verify` and `migration` the write is conditional on that version being active. Between the versions of a declared
 * migration the move is a switch, which loses no acknowledged write.
 *
 * @throws SwapError `swap.not-ready`, and as {@link setActive}, {@link rollback} and {@link switchAcross}
 */
export async function cutOver(
  ref: WritableControlTableRef,
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
  wait: Pick<GateRunOptions, "onProgress" | "signal" | "clock"> = {},
): Promise<PointerUpdate> {
  const { alias, version, expect, reason, actor, firstTable } = inputs;
  const audit = defined({ reason, actor });
  const source = rollbackSource(inputs, live);
  const { gates, waitForMs } = createGates(inputs.readiness);
  await runGates(
    {
      ...candidateOf(ref, inputs, live),
      // The program declares the table, so it may be new; the target of a rollback is not.
      isNew: source === undefined && (inputs.tableArn ?? inputs.table ?? undefined) !== undefined,
    },
    // A rollback checks only that the table is ACTIVE: it must not wait until the data matches a bad
    // version.
    source ? [tableActive] : gates,
    {
      ...defined({ onProgress: wait.onProgress, signal: wait.signal }),
      waitForMs,
      told: PREVIEWED_GATES,
    },
  );
  const crossing = crossingOf(inputs, live);
  if (source) {
    const back = (fence?: string) =>
      rollback(ref, alias, { ...audit, from: source.version, to: version, ...defined({ fence }) });
    return crossing ? switchAcross(ref, source, crossing, back, wait) : back();
  }
  // Only if the version is barred: a leftover `liftBar` adds nothing to the write.
  const liftBar = inputs.liftBar === version && live !== undefined && isBarred(live, version);
  const compares = comparesVersions(inputs.readiness);
  if (compares && !live) await assertStillFirst(ref, inputs);
  const compared = compares ? live?.version : undefined;
  // An alias without a row gets the name of version 1's table by the write that moves it.
  const first = live === undefined ? (firstTable ?? undefined) : undefined;
  if (first !== undefined) await assertFirstTable(ref, alias, first, undefined);
  const set = (fence?: string) =>
    setActive(ref, alias, version, {
      ...audit,
      ...defined({ expect: expect ?? crossing?.from ?? compared, firstTable: first, fence }),
      liftBar,
    });
  return crossing && live ? switchAcross(ref, live, crossing, set, wait) : set();
}

/** Refuses to go on without a verification once there is a version to compare with. */
async function assertStillFirst(
  ref: WritableControlTableRef,
  { alias, version, readiness }: ActiveVersionInputs,
): Promise<void> {
  const row = await findActive(ref, alias);
  if (row === undefined) return;
  throw new SwapError("swap.not-ready", {
    alias,
    version,
    table: tableOf(alias, version, row),
    gate: readiness?.verify ? "verify" : "migration",
    reason: `version ${row.version} has become active since the gates began, and was not compared`,
    fix: `run swap verify ${alias} ${row.version} ${version}, then pulumi up again`,
  });
}
