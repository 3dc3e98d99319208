import { isBarred, isRetired, type PointerRow } from "../pointer";
import { agreedAt } from "./agreement";
import type { StartedFacts } from "./facts";
import type { TableIds } from "./migration-rows";
import { DEFAULT_BOUNDS, isCopied, missedDeadline, type NotReady, notReady } from "./not-ready";

/**
 * How far a migration has come, derived from what is recorded and the pointer:
 *
 * - `copying`: segments are left
 * - `copied`: one process has copied all, and what it copied is not verified; nothing replays changes
 * - `catching up`: all is copied, and changes are replayed, or will be
 * - `ready`: what the gate `migration` asks for is there; of a copy of one process, that it was verified within the
 *   last hour; and the tables are still those of the copy
 * - `switched`: the version written is active
 * - `complete`: the version written is or was active, and the one copied can't become active again
 * - `rolled back`: the version written was active, is no longer, and what was written to it has not gone back
 * - `paused`, `cancelled`: an operator asked for it
 * - `failed`: it can't be completed any more, since the copy missed its deadline or a greater version is active
 */
export type Phase =
  | "copying"
  | "copied"
  | "catching up"
  | "ready"
  | "switched"
  | "complete"
  | "rolled back"
  | "paused"
  | "cancelled"
  | "failed";

/**
 * The phase of a migration whose copy is recorded.
 *
 * @param tables of the two versions, as they are now
 */
export function phaseOf(
  facts: StartedFacts,
  row: PointerRow | undefined,
  tables: TableIds,
  now: number,
): Phase {
  const { started, to, control } = facts;
  if (row !== undefined) {
    const passed = phaseOfPointer(row, started.from, to, facts.wayBack !== undefined);
    if (passed) return passed;
  }
  if (control.cancelled) return "cancelled";
  if (started.engine === "lambda" && missedDeadline(facts, now)) return "failed";
  if (control.paused) return "paused";
  if (!isCopied(facts)) return "copying";
  const isOther = tablesFault(facts, tables) !== undefined;
  if (started.engine === "lambda") {
    const left = notReady(facts, { alias: "", from: row?.version }, DEFAULT_BOUNDS, now);
    return left.length === 0 && !isOther ? "ready" : "catching up";
  }
  const agreed = agreedAt(facts, now);
  const isRecent = agreed !== undefined && now - agreed <= DEFAULT_BOUNDS.verifiedWithinMs;
  return isRecent && !isOther && facts.parked.length === 0 ? "ready" : "copied";
}

/**
 * What is to be done if a table is not the one of the copy, or does not exist; undefined if both are.
 *
 * @param tables of the two versions, as they are now
 */
export function tablesFault({ started, to }: StartedFacts, tables: TableIds): NotReady | undefined {
  const isSame = (side: keyof TableIds) =>
    tables[side] !== "" && tables[side] === started.tables[side];
  const version = isSame("source") ? (isSame("target") ? undefined : to) : started.from;
  if (version === undefined) return undefined;
  return {
    reason: `the table of version ${version} is not the one of the copy: it was deleted, or created again since`,
    fix:
      started.engine === "lambda"
        ? "take migrateFrom out of the program, run pulumi up, and declare it again"
        : "run swap migrate copy again with --restart",
    final: true,
  };
}

/** What the pointer alone says; undefined while the version written may still become active. */
function phaseOfPointer(
  row: PointerRow,
  from: number,
  to: number,
  goesBack: boolean,
): Phase | undefined {
  const was =
    isBarred(row, to) || [row.previous, ...row.history.map(({ version }) => version)].includes(to);
  if (row.version === to) return isRetired(row, from) ? "complete" : "switched";
  if (row.version > to) return was ? "complete" : "failed";
  // Where writes go back, a rollback leaves two versions that agree, and the replication goes on.
  return was && !goesBack ? "rolled back" : undefined;
}
