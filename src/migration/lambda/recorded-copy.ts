import { SwapError } from "../../errors";
import { assertNotHeld, RunHeld } from "../control";
import type { MigrationStart } from "../run";
import type { Migration } from "./open";

/** Time before the function's timeout at which its work ends, in milliseconds. */
export const MARGIN_MS = 20_000;

export const TAKE_OUT = "take migrateFrom out of the program";
export const DECLARE_AGAIN = `${TAKE_OUT}, run pulumi up, and declare it again`;

export const isPause = (error: unknown): boolean =>
  error instanceof RunHeld && error.held === "paused";

export async function assertNotCancelled(
  { store, mapping }: Migration,
  { run }: MigrationStart,
): Promise<void> {
  const { cancelled } = await store.control(run);
  assertNotHeld({ cancelled }, mapping.context, DECLARE_AGAIN);
}

/** Refuses to go on with a copy of another source, transform or table. */
export function assertSameCopy(started: MigrationStart, migration: Migration): void {
  const { from, tables, transformHash, source, target } = migration;
  const differs = [
    started.engine !== "lambda" && "swap migrate copy",
    started.from !== from && `version ${started.from}`,
    started.transform !== transformHash && `transform ${started.transform}`,
    started.tables.source !== tables.source && `another table "${source}"`,
    started.tables.target !== tables.target && `another table "${target}"`,
  ].find((each) => each !== false);
  if (differs === undefined) return;
  throw new SwapError("swap.input-invalid", {
    name: "recorded copy",
    value: started.run,
    rule: `it was started with ${differs}`,
    fix: DECLARE_AGAIN,
  });
}
