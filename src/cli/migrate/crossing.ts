import { MigrationStore } from "../../migration";
import { assertWay, switchLive } from "../../migration/live";
import { type PointerRow, tableOf, type WritableControlTableRef } from "../../pointer";
import { formatValue } from "../../validation";
import type { Cross } from "../move-command";
import { usageError } from "../usage";
import { loadTransform } from "./transform-file";

/** Flags of a command that may cross a migration. */
export interface CrossingFlags {
  transform?: string | undefined;
  inverse?: string | undefined;
  writers?: string | undefined;
}

/**
 * How a cut-over goes across the migration that fills the version, as `pulumi up` does it: with a fence, a drain, and the
 * move. Undefined if no functions replay changes to it. What is refused now is looked at again when it goes.
 *
 * @throws SwapError `swap.input-invalid` without `--writers`, or for another transform than the copy's; as `assertWay`
 */
export async function crossingTo(
  ref: WritableControlTableRef,
  { before, version, flags }: { before: PointerRow; version: number; flags: CrossingFlags },
): Promise<Cross | undefined> {
  const { alias } = before;
  const started = await new MigrationStore({ client: ref.client }, alias, version).started();
  if (started?.engine !== "lambda" || started.from !== before.version) return undefined;
  const writers = writersOf(flags);
  const file = flags.transform;
  if (started.transform !== "none" && file === undefined)
    throw usageError(
      "flag --transform",
      "(none)",
      `the copy to version ${version} was made with transform ${started.transform}`,
      "pass --transform with its file",
    );
  const { transform, hash } = await loadTransform(file);
  const side = (each: number) => ({ version: each, table: tableOf(alias, each, before) });
  const move = { ref, alias, from: side(before.version), to: side(version) };
  const way = { back: false, hash };
  await assertWay(move, way, undefined);
  return (flip, run) => switchLive({ ...run, ...move, way, transform, writers, flip });
}

/**
 * How a rollback goes across the migration whose version it leaves, such that nothing is lost. Undefined if what was
 * written to that version does not go back.
 *
 * @throws SwapError `swap.input-invalid` without `--writers`, or for other files than the migration's; as `assertWay`
 */
export async function crossingBack(
  ref: WritableControlTableRef,
  { before, version, flags }: { before: PointerRow; version: number; flags: CrossingFlags },
): Promise<Cross | undefined> {
  const { alias } = before;
  const store = new MigrationStore({ client: ref.client }, alias, before.version);
  const started = await store.started();
  if (started?.engine !== "lambda" || started.from !== version) return undefined;
  const wayBack = await store.wayBack(started.run);
  if (wayBack === undefined) return undefined;
  const writers = writersOf(flags, ", or --abandon");
  const missing = (name: "transform" | "inverse", hash: string, same: string) => {
    if (hash === same || flags[name] !== undefined) return;
    throw usageError(
      `flag --${name}`,
      "(none)",
      `the migration to version ${before.version} has the ${name} ${hash}`,
      `pass --${name} with its file, or --abandon to leave what was written to version ${before.version}`,
    );
  };
  missing("inverse", wayBack.inverse, "same");
  missing("transform", started.transform, "none");
  const forward = await loadTransform(flags.transform);
  if (forward.hash !== started.transform)
    throw usageError(
      "flag --transform",
      forward.hash,
      `the copy was made with ${started.transform}`,
      "name that file",
    );
  const inverse = await loadTransform(flags.inverse, "--inverse");
  const hash = flags.inverse === undefined ? "same" : inverse.hash;
  const side = (each: number) => ({ version: each, table: tableOf(alias, each, before) });
  const move = { ref, alias, from: side(before.version), to: side(version) };
  const way = { back: true, hash, forward: forward.hash };
  await assertWay(move, way, undefined);
  const { transform } = inverse;
  const opposite = { transform: forward.transform };
  return (flip, run) => switchLive({ ...run, ...move, way, transform, opposite, writers, flip });
}

/** What the writers do during the move. Nothing is assumed, as in a program: `stopped` waits for no write. */
function writersOf({ writers }: CrossingFlags, or = ""): "fenced" | "stopped" {
  if (writers === "fenced" || writers === "stopped") return writers;
  throw usageError(
    "flag --writers",
    writers === undefined ? "(none)" : formatValue(writers),
    "writers that go on during a move across a migration would lose writes",
    `pass --writers fenced if each uses pulumi-swap/reader/fenced, or --writers stopped if none writes meanwhile${or}`,
  );
}
