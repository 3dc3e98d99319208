import { isBarred, isRetired, type PointerRow } from "../pointer";
import { agreedAt } from "./agreement";
import type { StartedFacts } from "./facts";
import { DEFAULT_BOUNDS, isCopied, missedDeadline, notReady } from "./not-ready";

/**
 * How far a migration has come, derived from what is recorded and the pointer:
 *
 * - `copying`: segments are left
 * - `copied`: one process has copied all, and what it copied is not verified; nothing replays changes
 * - `catching up`: all is copied, and changes are replayed, or will be
 * - `ready`: what the gate `migration` asks for is there; of a copy of one process, that it was verified within the
 *   last hour
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

/** The phase of a migration whose copy is recorded. */
export function phaseOf(facts: StartedFacts, row: PointerRow | undefined, now: number): Phase {
  const { started, to, control } = facts;
  if (row !== undefined) {
    const passed = phaseOfPointer(row, started.from, to, facts.wayBack !== undefined);
    if (passed) return passed;
  }
  if (control.cancelled) return "cancelled";
  if (started.engine === "lambda" && missedDeadline(facts, now)) return "failed";
  if (control.paused) return "paused";
  if (!isCopied(facts)) return "copying";
  if (started.engine === "lambda") {
    const left = notReady(facts, { alias: "", from: row?.version }, DEFAULT_BOUNDS, now);
    return left.length === 0 ? "ready" : "catching up";
  }
  const agreed = agreedAt(facts, now);
  const isRecent = agreed !== undefined && now - agreed <= DEFAULT_BOUNDS.verifiedWithinMs;
  return isRecent && facts.parked.length === 0 ? "ready" : "copied";
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
