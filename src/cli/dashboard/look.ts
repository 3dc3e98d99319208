import { tableNames } from "../../aws";
import {
  appliedMinutes,
  copyFigures,
  LAG_WINDOW_MS,
  migrationTable,
  type ReplayRecord,
  replayFigures,
  type StartedFacts,
} from "../../migration";
import type { ControlTableRef } from "../../pointer";
import { filterVersionTables } from "../../pointer/version-tables";
import { type AliasState, readAlias, readAliases } from "../alias-state";
import { examine } from "../doctor/examine";
import { compareSeverity, type Finding } from "../doctor/finding";
import type { DoctorGrace } from "../doctor/grace";
import { failureOf } from "../failure";
import { mapParallel } from "../parallel";
import { formatLine } from "../report";
import { CopyRates } from "../status/copy-rates";
import { type AliasStatus, readStatusOf } from "../status/read-status";
import { aliasJson, rowJson } from "./alias-json";
import type {
  ControlTableJson,
  DashboardAliasJson,
  DoctorLookJson,
  FailedLookJson,
  LagPoint,
  ProgressJson,
} from "./dashboard-json";

/** What a look reads and how. */
export interface LookOptions {
  /** Undefined for every alias of the control table. */
  aliases: readonly string[] | undefined;
  graceMs: number;
  /** What doctor compares; undefined if the grace period is not checked. */
  terms: DoctorGrace | undefined;
}

/** Aliases whose tables and migrations one look reads; the others have their turn in the next ones. */
const DETAILS_A_LOOK = 20;
/** How long a list of the account's tables is used, in milliseconds: one that takes a single request, and any other. */
const FEW_NAMES_MS = 5_000;
const NAMES_MS = 15_000;
/** Tables that DynamoDB lists with one request. */
const NAMES_A_REQUEST = 100;
/** Time between two examinations by doctor, in milliseconds: it reads more than a look. */
const DOCTOR_MS = 60_000;
/** Places that aliases have which moved, hold their writers, or have a migration that is not over. */
const URGENT_A_LOOK = 15;
/** Points of a migration's progress that are kept; then every other one of them. */
const MAX_POINTS = 600;
/** Looks from which the rate of a copy is taken. */
const RATE_LOOKS = 10;

/** What is kept of an alias between looks. */
interface SeenAlias {
  row: string;
  /** When its tables were read, in unix milliseconds; 0 before. */
  at: number;
  /** Whether its row has changed since. */
  moved: boolean;
  json: DashboardAliasJson;
  rates: CopyRates;
  progress: Map<number, ProgressJson>;
}

/** Reads one control table again and again. Only reads. */
export class TableWatch {
  readonly #seen = new Map<string, SeenAlias>();
  #names: { at: number; ms: number; all: Promise<string[]> } | undefined;
  #doctorAt = 0;
  #doctor: DoctorLookJson | null = null;
  #isExamining = false;
  /** Aliases whose findings are of an earlier version. */
  readonly #unexamined = new Set<string>();
  #json: ControlTableJson;

  constructor(
    private readonly source: ControlTableRef,
    private readonly options: LookOptions,
  ) {
    this.#json = { name: source.controlTable, failure: null, aliases: [], doctor: null };
  }

  /**
   * Reads rows, tables, migrations and, once a minute, what doctor finds. A failure is part of the answer.
   *
   * @param whole whether each alias is read in full
   */
  async look(whole: boolean): Promise<ControlTableJson> {
    try {
      return await this.lookOrThrow(whole);
    } catch (error) {
      this.#json = { ...this.#json, failure: failedLook(error, this.#json.failure) };
      return this.#json;
    }
  }

  /** The same, where a failure ends the run. */
  async lookOrThrow(whole: boolean): Promise<ControlTableJson> {
    const states = await this.#states();
    const due = this.#due(states, whole);
    await mapParallel(due, (state) => this.#detail(state));
    if (!this.#isExamining && Date.now() - this.#doctorAt >= DOCTOR_MS) {
      this.#doctorAt = Date.now();
      const examined = this.#examine();
      if (whole) await examined;
    } else if (!this.#isExamining && this.#unexamined.size > 0)
      void this.#examine([...this.#unexamined]);
    const aliases = states.map(({ alias }) => (this.#seen.get(alias) as SeenAlias).json);
    this.#json = { name: this.source.controlTable, failure: null, aliases, doctor: this.#doctor };
    return this.#json;
  }

  /** The rows, each noted. */
  async #states(): Promise<readonly AliasState[]> {
    const { aliases } = this.options;
    const states =
      aliases === undefined
        ? await readAliases(this.source)
        : await mapParallel(aliases, (alias) => readAlias(this.source, alias));
    const known = new Set(states.map(({ alias }) => alias));
    for (const alias of this.#seen.keys()) if (!known.has(alias)) this.#seen.delete(alias);
    for (const { alias, row, error } of states) {
      const text = JSON.stringify(row ?? null);
      const before = this.#seen.get(alias);
      const failure = error ? failedLook(error, before?.json.failure ?? null) : null;
      if (before?.row === text && !failure) continue;
      if (before && row && row.version !== before.json.active) this.#unexamined.add(alias);
      this.#seen.set(alias, {
        row: text,
        at: 0,
        moved: before !== undefined,
        json: { ...rowJson(alias, row), failure },
        rates: before?.rates ?? new CopyRates(RATE_LOOKS),
        progress: before?.progress ?? new Map(),
      });
    }
    return states;
  }

  /** The aliases to read in full: first the urgent ones, then those that were read longest ago. */
  #due(states: readonly AliasState[], whole: boolean): AliasState[] {
    const seen = ({ alias }: AliasState) => this.#seen.get(alias) as SeenAlias;
    const isUrgent = (state: AliasState) => {
      const { moved, json } = seen(state);
      const { fencedFor, status } = json;
      return moved || fencedFor !== null || status?.migrations.some(({ phase }) => !isOver(phase));
    };
    const readable = states.filter(({ error }) => !error);
    if (whole) return readable;
    const oldest = readable.sort((a, b) => seen(a).at - seen(b).at);
    const urgent = oldest.filter(isUrgent).slice(0, URGENT_A_LOOK);
    return [...new Set([...urgent, ...oldest])].slice(0, DETAILS_A_LOOK);
  }

  async #detail({ alias, row }: AliasState): Promise<void> {
    const seen = this.#seen.get(alias) as SeenAlias;
    try {
      const names = await this.#tables(seen.moved);
      const tables = filterVersionTables(alias, names, row);
      const hasMigrations = names.includes(migrationTable(alias));
      const status = await readStatusOf(this.source, { alias, row, tables, hasMigrations });
      const progress = progressOf(seen.progress, status);
      seen.json = { ...aliasJson(status, this.options.graceMs, seen.rates), progress };
      seen.at = status.now;
    } catch (error) {
      seen.json = { ...seen.json, failure: failedLook(error, seen.json.failure) };
      seen.at = Date.now();
    }
    seen.moved = false;
  }

  /** Names of the account's tables, listed once for all who ask meanwhile. */
  #tables(moved: boolean): Promise<string[]> {
    const now = Date.now();
    if (this.#names === undefined || now - this.#names.at > this.#names.ms / (moved ? 10 : 1)) {
      const listed = { at: now, ms: NAMES_MS, all: accountTables(this.source) };
      this.#names = listed;
      listed.all.then(
        ({ length }) => {
          if (length < NAMES_A_REQUEST) listed.ms = FEW_NAMES_MS;
        },
        () => {
          if (this.#names === listed) this.#names = undefined;
        },
      );
    }
    return this.#names.all;
  }

  /** @param moved the aliases to examine; default: all that are shown */
  async #examine(moved?: readonly string[]): Promise<void> {
    this.#isExamining = true;
    const { terms } = this.options;
    const aliases = moved ?? this.options.aliases ?? [undefined];
    const at = new Date().toISOString();
    for (const alias of moved ?? [...this.#unexamined]) this.#unexamined.delete(alias);
    try {
      const found = await mapParallel(aliases, (alias) =>
        examine(this.source, alias, terms, () => {}).then(({ findings }) => findings),
      );
      const isKept = ({ alias }: Finding) => alias !== null && !moved?.includes(alias);
      const kept = moved ? (this.#doctor?.findings.filter(isKept) ?? []) : [];
      const byText = new Map(
        [...kept, ...found.flat()].map((each) => [JSON.stringify(each), each]),
      );
      const findings = [...byText.values()].sort((a, b) => compareSeverity(a.severity, b.severity));
      this.#doctor = { at: moved ? (this.#doctor?.at ?? at) : at, findings, failure: null };
    } catch (error) {
      const before = this.#doctor;
      const failure = failedLook(error, before?.failure ?? null);
      this.#doctor = { at, findings: before?.findings ?? [], failure };
    } finally {
      this.#isExamining = false;
    }
  }
}

async function accountTables({ client }: ControlTableRef): Promise<string[]> {
  const all: string[] = [];
  for await (const name of tableNames(client)) all.push(name);
  return all;
}

const isOver = (phase: string | null) =>
  phase === null || phase === "complete" || phase === "rolled back";

function failedLook(error: unknown, before: FailedLookJson | null): FailedLookJson {
  const { code, message, hint } = failureOf(error);
  return {
    since: before?.since ?? new Date().toISOString(),
    code,
    message: formatLine(message),
    hint: hint === "" ? null : formatLine(hint),
  };
}

/** Adds a point to each migration's progress; the lag of the last hour is in its record. */
function progressOf(known: Map<number, ProgressJson>, seen: AliasStatus): ProgressJson[] {
  return seen.migrations.flatMap(({ facts }) => {
    if (facts.started === undefined) return [];
    const started = facts as StartedFacts;
    const before = known.get(facts.to) ?? { to: facts.to, copied: [], lag: [], reverse: [] };
    const { read, written } = copyFigures(started);
    const start: ProgressJson["copied"][number] = [started.started.startedAt, 0, 0];
    const copied = before.copied[0]?.[0] === start[0] ? before.copied : [start];
    const after: ProgressJson = {
      to: facts.to,
      copied: thinned([...copied, [seen.now, read, written]]),
      lag: lagsOf(before.lag, started, facts.replay, seen.now),
      reverse: facts.wayBack?.proof
        ? lagsOf(before.reverse, started, facts.reverse, seen.now)
        : before.reverse,
    };
    known.set(facts.to, after);
    return [after];
  });
}

/** Adds the lag of this look. The first look begins with the last hour: between its minutes with changes are gaps. */
function lagsOf(
  known: readonly LagPoint[],
  facts: StartedFacts,
  record: ReplayRecord,
  now: number,
): LagPoint[] {
  if (facts.started.replayFrom === undefined) return [...known];
  const minutes = appliedMinutes(record);
  const hour = minutes.flatMap(({ minute, maxLagMs = null }, index) => {
    const point: LagPoint = [minute * 60_000, maxLagMs];
    const next = minutes[index + 1]?.minute ?? Math.floor((now - LAG_WINDOW_MS) / 60_000);
    return next > minute + 1 ? [point, [(minute + 1) * 60_000, null] as LagPoint] : [point];
  });
  const { lagMs = null } = replayFigures(facts, now, record);
  return thinned([...(known.length > 0 ? known : hour), [now, lagMs]]);
}

function thinned<T>(points: T[]): T[] {
  if (points.length <= MAX_POINTS) return points;
  return points.filter((_, index) => index % 2 === 0 || index === points.length - 1);
}
