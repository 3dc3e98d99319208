import { SwapError } from "../errors";
import type { Transform } from "../migration";
import { assertReplaying, type SwitchRun, switchLive } from "../migration/live";
import {
  type PointerRow,
  type PointerUpdate,
  tableOf,
  type WritableControlTableRef,
} from "../pointer";
import { formatValue } from "../validation";
import type { ActiveVersionInputs, DeclaredSwitch, TransformModule } from "./active-version-inputs";
import { evaluateTransform } from "./evaluate-transform";

/** A move between the versions of a declared migration. */
export type Crossing = DeclaredSwitch & { writers: "fenced" | "stopped" };

/** The migration across which a move goes; undefined if it crosses none, or says not what the writers do. */
export function crossingOf(
  { migration, version }: ActiveVersionInputs,
  live: PointerRow | undefined,
): Crossing | undefined {
  if (!migration?.writers || live?.version !== migration.from || version !== migration.to)
    return undefined;
  return { ...migration, writers: migration.writers };
}

/**
 * Moves the pointer across a migration without losing an acknowledged write: the replay has to run, and to have caught
 * up with the table that is left.
 *
 * @param flip makes the write that moves it
 * @throws SwapError `swap.not-ready`, `swap.input-invalid` for another transform than the copy's, and as `switchLive`
 */
export async function switchAcross(
  ref: WritableControlTableRef,
  { alias }: ActiveVersionInputs,
  live: PointerRow,
  crossing: Crossing,
  flip: (fence: string | undefined) => Promise<PointerUpdate>,
  run: SwitchRun,
): Promise<PointerUpdate> {
  const { from, to, writers, transform } = crossing;
  const side = (version: number) => ({ version, table: tableOf(alias, version, live) });
  const move = { ref, alias, from: side(from), to: side(to) };
  const { lagMs } = await assertReplaying(move, transform?.hash ?? "none", run.signal);
  return switchLive({
    ...run,
    ...move,
    writers,
    lagMs,
    transform: transform && (await loaded(to, "transform", transform)),
    flip,
  });
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
