import { MigrationStore } from "../../migration";
import { assertReplaying, switchLive } from "../../migration/live";
import { type PointerRow, tableOf, type WritableControlTableRef } from "../../pointer";
import type { Cross } from "../move-command";
import { usageError } from "../usage";
import { loadTransform } from "./transform-file";

/**
 * How a cut-over goes across the migration that fills the version, as `pulumi up` does it: with a fence, a drain, and the
 * move. Undefined if no functions replay changes to it.
 *
 * @param file the transform's
 * @throws SwapError `swap.input-invalid` for another transform than the copy's; as `assertReplaying`
 */
export async function crossingTo(
  ref: WritableControlTableRef,
  { before, version, file }: { before: PointerRow; version: number; file: string | undefined },
): Promise<Cross | undefined> {
  const { alias } = before;
  const started = await new MigrationStore({ client: ref.client }, alias, version).started();
  if (started?.engine !== "lambda" || started.from !== before.version) return undefined;
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
  const { lagMs } = await assertReplaying(move, hash, undefined);
  return (flip, run) => switchLive({ ...run, ...move, transform, writers: "fenced", lagMs, flip });
}
