import { DEFAULT_BOUNDS, notReady, type StartedFacts, tablesFault } from "../../migration";
import { isBarred, isRetired, type PointerRow, setRefusal } from "../../pointer";
import { tableOf } from "../../pointer/names";
import { deletionBlock, type VersionRole } from "../../retention";
import type { CliError } from "../failure";
import { formatTime } from "../format";
import { historyMoveJson, newestFirst } from "../pointer-json";
import type { CopyRates } from "../status/copy-rates";
import type { AliasStatus, SeenMigration, SeenVersion } from "../status/read-status";
import { type MigrationJson, type StatusJson, statusJson } from "../status/status-json";
import type {
  DashboardAliasJson,
  DashboardVersionJson,
  ReadinessJson,
  VersionStateJson,
} from "./dashboard-json";

type Failing = Pick<CliError, "message" | "hint">;

/** What the row of an alias says, before its tables are read. */
export function rowJson(alias: string, row: PointerRow | undefined): DashboardAliasJson {
  return {
    alias,
    observed: null,
    failure: null,
    active: row?.version ?? null,
    moves: row ? newestFirst(row).map(historyMoveJson) : [],
    fencedFor: row?.fence?.to ?? null,
    status: null,
    versions: [],
    readiness: [],
    progress: [],
  };
}

/** An alias with what was read of its tables and migrations. */
export function aliasJson(
  seen: AliasStatus,
  graceMs: number,
  rates: CopyRates,
): Omit<DashboardAliasJson, "progress"> {
  const status = statusJson(seen, graceMs, rates.update(seen));
  return {
    ...rowJson(seen.alias, seen.row),
    observed: status.observed,
    status,
    versions: versionsJson(seen, status, graceMs),
    readiness: readinessJson(seen, status),
  };
}

function versionsJson(
  seen: AliasStatus,
  status: StatusJson,
  graceMs: number,
): DashboardVersionJson[] {
  const { alias, row, now } = seen;
  const shown = seen.versions.map(({ description }, index) => {
    const version = status.versions[index] as StatusJson["versions"][number];
    const { barred: _barred, retired: _retired, ...rest } = version;
    return { ...rest, created: description?.CreationDateTime?.toISOString() ?? null };
  });
  const tables = new Set(shown.map(({ version }) => version));
  const left = [...new Set(row?.history.map(({ version }) => version))]
    .filter((version) => !tables.has(version))
    .map((version) => ({
      version,
      table: tableOf(alias, version, row),
      role: "retiring" as const,
      state: "MISSING",
      items: null,
      copied: null,
      created: null,
    }));
  return [...shown, ...left]
    .sort((a, b) => b.version - a.version)
    .map(({ role, ...each }) => {
      const { until } = row ? (deletionBlock(row, each.version, { graceMs, now }) ?? {}) : {};
      const phase = status.migrations.find(({ to }) => to === each.version)?.phase ?? null;
      const is = stateOf(row, { ...each, role }, phase, until);
      return { ...each, is, graceUntil: formatTime(until) ?? null };
    });
}

function stateOf(
  row: PointerRow | undefined,
  { version, role, state }: { version: number; role: VersionRole; state: string },
  phase: MigrationJson["phase"],
  until: number | undefined,
): VersionStateJson {
  if (role === "active") return "live";
  if (row && isRetired(row, version)) return "retired";
  if (row && isBarred(row, version)) return "blocked";
  if (until !== undefined) return "in grace";
  if (role === "ahead") return phase === null ? "waiting" : "being filled";
  if (state === "MISSING") return "gone";
  return role === "orphan" ? "orphan" : "retained";
}

/** What the rules that need no program say of each version that may be next. */
function readinessJson(seen: AliasStatus, { migrations }: StatusJson): ReadinessJson[] {
  return seen.versions
    .filter(({ version }) => version > (seen.row?.version ?? 1))
    .map((version) => {
      const to = version.version;
      const migration = seen.migrations.find(({ facts }) => facts.to === to);
      const shown = migrations.find((each) => each.to === to);
      return {
        version: to,
        answers: [
          answerOf("pointer", "not barred or retired", setRefusal(seen.alias, to, seen.row)),
          tableAnswer(version),
          ...(migration && shown ? migrationAnswers(seen, migration, shown) : []),
        ],
      };
    });
}

const answerOf = (gate: string, fine: string, refusal: Failing | undefined) =>
  refusal
    ? { gate, passes: false, reason: refusal.message, fix: refusal.hint }
    : { gate, passes: true, reason: fine, fix: null };

function tableAnswer({ table, description }: SeenVersion) {
  const state = description?.TableStatus ?? "MISSING";
  const refusal = { message: `table "${table}" is ${state}`, hint: "wait until it is ACTIVE" };
  return answerOf("table", `table "${table}" is ACTIVE`, state === "ACTIVE" ? undefined : refusal);
}

function migrationAnswers(
  { alias, row, now }: AliasStatus,
  { facts, tables }: SeenMigration,
  { phase, engine, next }: MigrationJson,
) {
  if (engine !== "lambda")
    return [
      answerOf(
        "verify",
        "verified within the last hour, without differences",
        phase === "ready"
          ? undefined
          : {
              message: `no verification of the last hour shows that the tables agree (phase: ${phase ?? "none"})`,
              hint: next,
            },
      ),
    ];
  const fault = tablesFault(facts as StartedFacts, tables);
  const left = [
    ...(fault ? [fault] : []),
    ...notReady(facts, { alias, from: row?.version }, DEFAULT_BOUNDS, now),
  ];
  if (left.length === 0)
    return [answerOf("migration", "copied, caught up, verified, and nothing is parked", undefined)];
  return left.map(({ reason, fix }) => answerOf("migration", "", { message: reason, hint: fix }));
}
