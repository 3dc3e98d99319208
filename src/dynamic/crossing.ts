import { SwapError } from "../errors";
import type { StartedFacts, Transform } from "../migration";
import { assertWay, type SwitchRun, switchLive } from "../migration/live";
import {
  type PointerRow,
  type PointerUpdate,
  tableOf,
  type WritableControlTableRef,
} from "../pointer";
import { formatValue } from "../validation";
import {
  type ActiveVersionInputs,
  type DeclaredSwitch,
  inverseHash,
  type TransformModule,
} from "./active-version-inputs";
import { rollbackSource } from "./active-version-rules";
import { evaluateTransform } from "./evaluate-transform";

/** A move between the versions of a declared migration. */
export type Crossing = DeclaredSwitch & {
  writers: "fenced" | "stopped";
  /** Whether it is a rollback. */
  back: boolean;
};

/**
 * The migration across which a move goes; undefined if it crosses none, or says not what the writers do, and for a
 * rollback of a migration without an inverse.
 */
export function crossingOf(
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
): Crossing | undefined {
  const { migration, version } = inputs;
  if (!migration?.writers) return undefined;
  const { from, to, writers } = migration;
  if (live?.version === from && version === to) return { ...migration, writers, back: false };
  return goesBack(inputs, live) ? { ...migration, writers, back: true } : undefined;
}

/** Whether a move is a rollback across a migration whose items go back. */
export const goesBack = (inputs: ActiveVersionInputs, live: PointerRow | undefined): boolean =>
  inputs.migration?.inverse != null &&
  rollbackSource(inputs, live)?.version === inputs.migration.to &&
  inputs.version === inputs.migration.from;

/**
 * Moves the pointer across a migration without losing an acknowledged write: the replay has to run, and to have caught
 * up with the table that is left.
 *
 * @param flip makes the write that moves it
 * @throws SwapError `swap.not-ready`, `swap.input-invalid` for another transform than the copy's, and as `switchLive`
 */
export async function switchAcross(
  ref: WritableControlTableRef,
  live: PointerRow,
  crossing: Crossing,
  flip: (fence: string) => Promise<PointerUpdate>,
  run: SwitchRun,
): Promise<PointerUpdate> {
  const { to, writers, transform, inverse, back } = crossing;
  const forward = transform && (await loaded(to, "transform", transform));
  const common = { ...run, ...planned(ref, live, crossing), writers, flip };
  if (!back) return switchLive({ ...common, transform: forward });
  const module = inverse === "same" ? undefined : inverse;
  return switchLive({
    ...common,
    transform: module && (await loaded(to, "inverse", module)),
    opposite: { transform: forward },
  });
}

/** The sides and the way of a move. */
function planned(
  ref: WritableControlTableRef,
  { alias, ...live }: PointerRow,
  { from, to, transform, inverse, back }: Crossing,
) {
  const side = (version: number) => ({ version, table: tableOf(alias, version, live) });
  const copied = transform?.hash ?? "none";
  const way = back ? { back, hash: inverseHash(inverse), forward: copied } : { back, hash: copied };
  const [left, entered] = back ? [to, from] : [from, to];
  return { ref, alias, from: side(left), to: side(entered), way };
}

/**
 * What a migration has recorded, for a preview of a move across it.
 *
 * @throws SwapError why the move would be refused now, as `assertWay`
 */
export async function recordedWay(
  ref: WritableControlTableRef,
  live: PointerRow,
  crossing: Crossing,
): Promise<StartedFacts> {
  const { way, ...sides } = planned(ref, live, crossing);
  return (await assertWay(sides, way, undefined)).facts;
}

async function loaded(to: number, field: string, module: TransformModule): Promise<Transform> {
  try {
    return await evaluateTransform(module);
  } catch (error) {
    const [reason] = String((error as Error).message).split("\n", 1);
    throw new SwapError("swap.input-invalid", {
      name: `versions.${to}.migrateFrom.${field}`,
      value: formatValue(module.hash),
      rule: `it can't be loaded: ${reason}`,
      fix: "correct the file; node FILE shows where it fails",
    });
  }
}
