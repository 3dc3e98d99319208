import {
  differenceTotal,
  isPausedTooLong,
  type MigrationFacts,
  type NotReady,
  type Phase,
  type StartedFacts,
} from "../../migration";
import { isBarred } from "../../pointer";
import { formatTime } from "../format";
import { isAllLeftOut } from "../migrate/differences";
import type { AliasStatus } from "./read-status";

/** A pause is urgent when it has to end within this time, in milliseconds. */
const RESUME_SOON_MS = 4 * 3_600_000;

/**
 * What to do next about a migration, with the command or the line of the program to write.
 *
 * @param refusals what the gate `migration` would refuse now
 * @param resumeBy by when a paused run has to be resumed, in unix milliseconds; undefined if that does not matter
 */
export function nextStep(
  { alias, row, now }: AliasStatus,
  facts: MigrationFacts,
  phase: Phase | null,
  refusals: readonly NotReady[],
  resumeBy?: number,
): string {
  const { to, started, verification, parked } = facts;
  const from = started?.from ?? verification?.from ?? 0;
  const transform = started?.transform ?? verification?.transform ?? "none";
  const file = transform === "none" ? "" : " --transform FILE";
  const copy = `swap migrate copy ${alias} --from ${from} --to ${to}${file}`;
  const lambda = started?.engine === "lambda";
  const verify = lambda
    ? `swap migrate verify ${alias} ${to}`
    : `swap verify ${alias} ${from} ${to}${file}`;
  const stopped = `${verify}; the writers have to be stopped, since nothing replays their changes`;
  const again = "take migrateFrom out of the program, run pulumi up, and declare it again";
  const keys = parked.filter(({ back }) => !back).length;
  const settle =
    keys > 0 &&
    `correct the items in version ${from} whose keys are parked; if the transform is wrong, ${again}`;
  switch (phase) {
    case null:
      return `only a verification is recorded; ${copy} copies`;
    case "copying":
      if (lambda && settle) return `${settle}; the functions copy meanwhile`;
      return lambda
        ? "wait: the functions copy, and the replay begins by itself when all segments are done"
        : `if no process copies, go on with: ${copy}`;
    case "copied":
      if (parked.length > 0) return `correct what is parked, then ${copy}`;
      if (!verification?.done || verification.from !== from) return stopped;
      if (isAllLeftOut(verification) && verification.targetItems === 0)
        return `correct the transform, which leaves out each item, then ${copy} --restart`;
      return differenceTotal(verification) > 0
        ? `swap migrate repair ${alias} --from ${from} --to ${to}${file}, then ${verify}`
        : stopped;
    case "catching up":
      return settle && !refusals[0]?.final
        ? afterParked(settle, refusals)
        : (refusals[0]?.fix ?? "wait");
    case "ready":
      return lambda
        ? `write activeVersion: ${to}${row && isBarred(row, to) ? `, liftBar: ${to}` : ""}, readiness: { migration: true } and migrateFrom.writers, then pulumi preview and pulumi up`
        : `write activeVersion: ${to} and readiness: { verify: { within: "1h" } }, then pulumi preview and pulumi up`;
    case "switched":
      if (facts.wayBack)
        return `to go back: activeVersion: ${from}, rollbackFrom: ${to}; take migrateFrom out of version ${to} when that is no longer needed, and run pulumi up`;
      return lambda
        ? `take migrateFrom out of version ${to} when you no longer want its record, and run pulumi up`
        : `nothing; version ${to} is active`;
    case "complete":
      return lambda ? "take migrateFrom out of the program and run pulumi up" : "nothing";
    case "rolled back":
      return `version ${to} was active and may hold writes made then: copy to a greater version`;
    case "paused":
      if (started !== undefined && isPausedTooLong(facts as StartedFacts, now))
        return `swap migrate cancel ${alias} ${to}, then ${again}`;
      return `swap migrate resume ${alias} ${to}${resumeBy === undefined ? "" : resumeNote(resumeBy, now)}`;
    case "cancelled":
      return lambda ? again : `${copy} --restart`;
    case "failed":
      return row !== undefined && row.version > to
        ? `version ${row.version} is active: copy to a greater version than that`
        : `${again} with a greater concurrency`;
  }
}

/** Parked keys come first: no waiting removes them. What else keeps the version from being ready follows. */
function afterParked(settle: string, refusals: readonly NotReady[]): string {
  // The refusal for parked keys is the last one.
  const other = refusals.length > 1 ? refusals[0] : undefined;
  return other ? `${settle}; meanwhile ${other.fix}` : settle;
}

/** What to add where little time is left: a stream holds changes for 24 hours, also during a pause. */
function resumeNote(resumeBy: number, now: number): string {
  const by = formatTime(resumeBy);
  const hours = "the source's stream holds changes for 24 hours, also while it is paused";
  if (resumeBy <= now)
    return `; at its rate so far it ends after the deadline (it would have had to go on by ${by}): ${hours}`;
  return resumeBy - now < RESUME_SOON_MS ? ` by ${by} at the latest: ${hours}` : "";
}
