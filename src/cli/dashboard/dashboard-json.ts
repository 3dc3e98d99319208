import type { Finding } from "../doctor/finding";
import type { HistoryMoveJson } from "../pointer-json";
import type { StatusJson, StatusVersionJson } from "../status/status-json";

/** What the page shows, and what `swap report --json` prints. Times are ISO 8601. */
export interface DashboardJson {
  /** When the last look ended. */
  observed: string;
  program: string;
  /** The grace period that versions are shown with. */
  grace: string;
  controlTables: ControlTableJson[];
}

/** One control table. */
export interface ControlTableJson {
  name: string;
  /** Why the last look failed; what is shown is that of an earlier one. */
  failure: FailedLookJson | null;
  aliases: DashboardAliasJson[];
  doctor: DoctorLookJson | null;
}

/** Why something could not be read. */
export interface FailedLookJson {
  since: string;
  code: string;
  message: string;
  hint: string | null;
}

/** What doctor found last. */
export interface DoctorLookJson {
  at: string;
  findings: Finding[];
  /** Why the last examination failed; the findings are those of an earlier one. */
  failure: FailedLookJson | null;
}

/** One alias. */
export interface DashboardAliasJson {
  alias: string;
  /** When its tables and migrations were read; null if they were not yet. */
  observed: string | null;
  failure: FailedLookJson | null;
  active: number | null;
  /** The newest first. */
  moves: HistoryMoveJson[];
  /** The version that writers are being held for; null without a fence. */
  fencedFor: number | null;
  status: StatusJson | null;
  /** Versions with a table, and those that were active before; the greatest first. */
  versions: DashboardVersionJson[];
  readiness: ReadinessJson[];
  progress: ProgressJson[];
}

/**
 * What a version is: `live`; `in grace`: it was left, and readers may still use it; `retained`: it was left, and its
 * table is kept; `blocked`: rolled back from; `being filled` by a migration; `retired`: its table may be deleted;
 * `waiting` for its cut-over; `orphan`: never live as far as the row shows; `gone`: left, without a table.
 */
export type VersionStateJson =
  | "live"
  | "in grace"
  | "retained"
  | "blocked"
  | "being filled"
  | "retired"
  | "waiting"
  | "orphan"
  | "gone";

/** One version of an alias. */
export interface DashboardVersionJson
  extends Omit<StatusVersionJson, "role" | "barred" | "retired"> {
  is: VersionStateJson;
  /** Until when its table is kept; null if that is over or unknown, and for a version that was not left. */
  graceUntil: string | null;
  created: string | null;
}

/** What stands between a version and its cut-over. Gates with options of a program are not known here. */
export interface ReadinessJson {
  version: number;
  answers: { gate: string; passes: boolean; reason: string; fix: string | null }[];
}

/** A lag at a time. */
export type LagPoint = [at: number, lagMs: number | null];

/** A migration over time. */
export interface ProgressJson {
  to: number;
  /** Items read and written: unix milliseconds, then the counts. */
  copied: [at: number, read: number, written: number][];
  /** The replay's longest lag, with the time it was seen: both in milliseconds; null while it is not known. */
  lag: LagPoint[];
  /** The same of the way back. */
  reverse: LagPoint[];
}
