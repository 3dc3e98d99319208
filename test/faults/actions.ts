import { isSwapError } from "../../src/errors";
import {
  type AuditInfo,
  type ControlTableRef,
  findActive,
  liftBar,
  type PointerRow,
  permitDeletion,
  reopenVersions,
  resolveTable,
  rollback,
  seedActive,
  setActive,
  type WritableControlTableRef,
} from "../../src/pointer";
import { assertDeletable } from "../../src/retention";
import { goSet } from "../support/go-writer";
import type { Action, Outcome } from "./record";
import type { Step, VersionPlan } from "./script";

/** How long a version that was left is kept, in turns of the history. */
export const GRACE_TURNS = 12;
/** Milliseconds that a turn takes on the history's clock. */
export const TURN_MS = 1_000;

/** What an actor last saw of the pointer, as a person or a pipeline would go by. */
export interface ObservedPointer {
  version: number;
  barred: readonly number[];
  retired: readonly number[];
}

/** The deed that a step comes to for an actor with this sight. */
export function actionOf(step: Step, sight: ObservedPointer, now: number): Action {
  const named = (plan: VersionPlan) =>
    Math.max(1, "version" in plan ? plan.version : sight.version + plan.above);
  switch (step.do) {
    case "set":
    case "seed":
    case "foreign set":
      return { do: step.do, version: named(step.to) };
    case "set with expect":
      return { do: step.do, version: named(step.to), expect: Math.max(1, sight.version) };
    case "rollback": {
      const from = Math.max(2, named(step.from));
      return { do: step.do, from, to: Math.max(1, from - step.down) };
    }
    case "set lifting":
      return { do: step.do, version: sight.barred[0] ?? named(step.to) };
    case "lift":
      return { do: step.do, version: sight.barred[0] ?? step.bar };
    case "reopen":
      return { do: step.do, version: sight.retired[0] ?? step.retired };
    case "delete":
    case "guard":
      return { do: step.do, version: named(step.of), now };
    default:
      return { do: step.do };
  }
}

const conflicts: ReadonlySet<string> = new Set([
  "swap.version-regressed",
  "swap.version-barred",
  "swap.version-retired",
  "swap.expectation-failed",
  "swap.no-active-version",
]);

/** Does it, and tells how it ended as a caller would put it. */
export async function carryOut(
  ref: WritableControlTableRef,
  alias: string,
  deed: Exclude<Action, { do: "refresh" | "lose" }>,
  audit: AuditInfo = {},
): Promise<Outcome> {
  try {
    return await act(ref, alias, deed, audit);
  } catch (error) {
    return outcomeOf(error);
  }
}

/** How a call that threw ended; anything but an error of the family, or of AWS, is thrown on. */
export function outcomeOf(error: unknown): Outcome {
  if (isSwapError(error)) {
    const { code } = error;
    if (code === "swap.outcome-unknown") return { is: "unknown" };
    if (code === "swap.version-in-use") return { is: "held" };
    if (!conflicts.has(code)) return { is: "failed", code };
    const { active } = error.payload as { active?: number };
    return { is: "conflict", code, ...(active !== undefined && { active }) };
  }
  const name = (error as Error).name;
  if (name === "ConditionalCheckFailedException") return { is: "conflict", code: name };
  if (error instanceof TypeError || error instanceof RangeError) throw error;
  return { is: "failed", code: name };
}

async function act(
  ref: WritableControlTableRef,
  alias: string,
  deed: Exclude<Action, { do: "refresh" | "lose" }>,
  audit: AuditInfo,
): Promise<Outcome> {
  switch (deed.do) {
    case "set":
      return { is: "applied", moved: await setActive(ref, alias, deed.version, audit) };
    case "set with expect": {
      const { version, expect } = deed;
      return { is: "applied", moved: await setActive(ref, alias, version, { ...audit, expect }) };
    }
    case "set lifting":
      return {
        is: "applied",
        moved: await setActive(ref, alias, deed.version, { ...audit, liftBar: true }),
      };
    case "delete":
      await permitDeletion(ref, alias, deed.version, (row) =>
        assertDeletable(alias, row, deed.version, {
          graceMs: GRACE_TURNS * TURN_MS,
          now: deed.now,
        }),
      );
      return { is: "done" };
    case "reopen":
      await reopenVersions(ref, alias, [deed.version]);
      return { is: "done" };
    case "seed": {
      const moved = await seedActive(ref, alias, deed.version, audit);
      return moved ? { is: "applied", moved } : { is: "conflict", code: "seed" };
    }
    case "rollback":
      return { is: "applied", moved: await rollback(ref, alias, { ...deed, ...audit }) };
    case "lift":
      await liftBar(ref, alias, deed.version);
      return { is: "done" };
    case "foreign set":
      await goSet(ref, alias, deed.version, (ref.now ?? Date.now)());
      return { is: "done" };
    case "get":
      return read(await findActive(ref, alias));
    case "resolve": {
      const { version, implicit } = await resolveTable(ref, alias);
      return { is: "shown", version, implicit };
    }
    case "guard":
      return guard(ref, alias, deed);
  }
}

function read(row: PointerRow | undefined): Outcome {
  return { is: "read", ...(row && { row }) };
}

async function guard(
  ref: ControlTableRef,
  alias: string,
  { version, now }: { version: number; now: number },
): Promise<Outcome> {
  const row = await findActive(ref, alias);
  assertDeletable(alias, row, version, { graceMs: GRACE_TURNS * TURN_MS, now });
  return { is: "free" };
}
