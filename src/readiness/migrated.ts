import {
  copyFigures,
  DEFAULT_BOUNDS,
  MigrationStore,
  notReady,
  type ReadyBounds,
  readFacts,
  replayFigures,
  type StartedFacts,
  spanText,
  tableId,
} from "../migration";
import { versionOfTable } from "../pointer/names";
import { parseDuration } from "../validation";
import type { Candidate, Gate, Verdict } from "./gate";
import { describe, refuseIfTableMissing } from "./request";

/** What a version's migration has to show. */
export interface MigrationGateOptions {
  /**
   * The greatest lag of the replay in the last 5 minutes, such as "30s".
   * @default "30s"
   */
  lag?: string;
  /**
   * The greatest age of the last verification, from when it began, such as "1h".
   * @default "1h"
   */
  verifiedWithin?: string;
}

/** Pause between two checks during a wait, in milliseconds. */
const PAUSE_MS = 5_000;

/**
 * A gate that passes if the functions of `migrateFrom` have copied the active version within their deadline, these
 * very tables, and their replay has begun, does not fail and has caught up; nothing is parked; no operator has paused
 * or cancelled it; where there is an inverse, that writes go back is proven and their stream has caught up; nobody has
 * written to a version that was not active, without a verification since; and a verification that began after the replay
 * is recent and found no differences. What is unknown is a refusal. Without an active version it passes and says so.
 *
 * Cost: two DescribeTable, and of `<alias>_migration` four consistent GetItem and five consistent Query. Needs both
 * permissions.
 *
 * @param now for tests: unix milliseconds
 */
export function migrated(options: MigrationGateOptions = {}, now: () => number = Date.now): Gate {
  const { lag, verifiedWithin } = options;
  const bounds: ReadyBounds = {
    lagMs: lag ? parseDuration(lag, "readiness.migration.lag") : DEFAULT_BOUNDS.lagMs,
    verifiedWithinMs: verifiedWithin
      ? parseDuration(verifiedWithin, "readiness.migration.verifiedWithin")
      : DEFAULT_BOUNDS.verifiedWithinMs,
  };
  return {
    name: "migration",
    pauseMs: PAUSE_MS,
    async check(candidate, signal): Promise<Verdict> {
      const { activeTable } = candidate;
      if (activeTable === undefined)
        return { ready: true, note: "skipped, no version is active to migrate from" };
      return refuseIfTableMissing(candidate, () =>
        migrationVerdict({ ...candidate, activeTable }, bounds, now(), signal),
      );
    },
  };
}

async function migrationVerdict(
  candidate: Candidate & { activeTable: string },
  bounds: ReadyBounds,
  now: number,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const { client, alias, version, table, activeTable } = candidate;
  const from = candidate.activeVersion ?? versionOfTable(alias, activeTable);
  const facts = await readFacts(new MigrationStore({ client, signal }, alias, version), version);
  const refusals = notReady(facts, { alias, from }, bounds, now);
  const [first] = refusals;
  if (first !== undefined)
    return {
      ready: false,
      reason: refusals.map(({ reason }) => reason).join("; "),
      fix: first.fix,
      ...(refusals.some(({ final }) => final) && { final: true }),
    };
  const { started, verification } = facts as StartedFacts;
  for (const [name, recorded] of [
    [activeTable, started.tables.source],
    [table, started.tables.target],
  ] as const)
    if (recorded === "" || tableId(await describe({ client, table: name, signal })) !== recorded)
      return {
        ready: false,
        final: true,
        reason: `table "${name}" is not the one of the copy, it has been created again since`,
        fix: "take migrateFrom out of the program, run pulumi up, and declare it again",
      };
  const { read } = copyFigures(facts as StartedFacts);
  const { lagMs = 0, records } = replayFigures(facts as StartedFacts, now);
  return {
    ready: true,
    note:
      `${read} items of version ${started.from} copied, ${records} changes replayed in the last 5 minutes with a lag of ` +
      `${spanText(lagMs)} at most, nothing parked, 0 differences in a verification begun ${spanText(now - (verification?.startedAt ?? 0))} ago; ` +
      wayBackNote(facts as StartedFacts),
  };
}

/** How what is written to a migration's new version goes back, in words. */
export function wayBackNote({ to, wayBack }: StartedFacts): string {
  if (wayBack === undefined) return "one way: a rollback abandons writes";
  const { sampled = 0, changed = 0, lossy } = wayBack.proof ?? {};
  const loss = lossy
    ? `, of which ${changed} come back changed, which loss: "declared" permits`
    : "";
  return `what is written to version ${to} goes back, proven with ${sampled} sampled items${loss}`;
}
