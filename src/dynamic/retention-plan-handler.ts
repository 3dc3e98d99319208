import type { TableDescription } from "@aws-sdk/client-dynamodb";
import { describeControlTable, describeTable, proveLocation } from "../aws";
import { type Connection, checkConnection } from "../aws/connection";
import { isSwapError, match, SwapError } from "../errors";
import {
  assertAlias,
  assertOwnTableName,
  assertVersion,
  findActive,
  isRetired,
  NAMED_VERSION,
  nameRefusal,
  type PointerRow,
  reopenVersions,
  tableName,
  tableOf,
  type WritableControlTableRef,
} from "../pointer";
import { findVersionTables } from "../pointer/version-tables";
import { type RetentionDecision, retentionPlan } from "../retention";
import { defined, formatValue, hasUnknown, parseDuration } from "../validation";
import { assertControlTable, failuresOf } from "./active-version-inputs";
import type { Clients } from "./clients";
import { firstTableRefusal, firstTableRemark, misnamedFirstTable } from "./first-table";
import { guardedTables } from "./guarded-tables";
import { assertMigratable, type PlannedMigration } from "./migrated-tables";
import { ownerTag } from "./owner-tag";
import type {
  CheckFailure,
  CheckResult,
  CreateResult,
  DiffResult,
  Handler,
  ReadResult,
  Untrusted,
  UpdateResult,
} from "./protocol";
import { stableJson } from "./stable-json";
import { assertFlag, findRowIfAny } from "./version-guard-handler";

/** A program's declaration of a data set's versions. */
export interface DeclaredRetention {
  alias: string;
  controlTable: string;
  /** The control table's ARN; the connection must reach this table. */
  controlTableArn?: string;
  /** The versions that the program declares, ascending. */
  versions: number[];
  /** The table of version 1, if it is not named `<alias>_v1`. `check` keeps it as long as version 1 is recorded. */
  firstTable?: string;
  /** The version that the program declares as live, if any. */
  activeVersion?: number;
  /** How long a version is kept after its deactivation, such as `24h`. */
  grace: string;
  /** Number of previously live versions to retain. If omitted, removing a version in use is refused. */
  keep?: number;
  /** Declared versions whose deletion protection the program turns on. */
  locked?: number[];
  /** Versions whose tables another program manages. */
  unmanaged?: number[];
  /** Allows every deletion, from the update after the one that sets it. */
  forceDestroy?: boolean;
  /** The table that a declared migration makes for its records. */
  migrationTable?: string;
  /** The versions of a declared migration whose stream the program does not declare. */
  migrating?: number[];
  /** The owner tag of tables created by a release without retention plans. */
  owner?: string;
  connection?: Connection;
}

/**
 * The declaration with the decisions of `check`. Pulumi stores it as the resource's inputs and passes it to
 * the next check, so it records the versions that this stack manages.
 */
export interface RetentionPlanInputs extends DeclaredRetention {
  /** Versions no longer declared that keep their table. */
  retained?: number[];
  /** Versions no longer declared whose table may be deleted and still exists. */
  deleting?: number[];
  /** Versions with a table whose deletion was permitted earlier; the update revokes that permission. */
  reopened?: number[];
  /** The ARN of the control table that the record was made with. */
  place?: string;
}

/** Dependencies that tests replace, and functions that show lines to the user. */
export interface RetentionPlanDependencies {
  now?: () => number;
  info?: (line: string) => void;
  warn?: (line: string) => void;
}

type PlanRecord = Pick<
  RetentionPlanInputs,
  "retained" | "deleting" | "reopened" | "locked" | "place" | "firstTable"
>;

/** A version of the record that is no longer declared. */
interface UndeclaredVersion {
  version: number;
  table: string;
  /** Undefined if the table does not exist. */
  description: TableDescription | undefined;
  /** The program turned the table's deletion protection on, and the guard leaves it. */
  locked: boolean;
}

/** Thrown with every version that can't be removed from the list as declared. */
class RefusedVersions extends Error {
  constructor(readonly refusals: readonly SwapError[]) {
    super(refusals.map(({ message }) => message).join("; "));
  }
}

/**
 * Decides which versions keep their table. The decision is made in `check`, which a preview calls too, so
 * that a preview shows when a version in use is removed. The versions that a stack manages come from its
 * own state, never from a listing or a tag.
 */
export class RetentionPlanHandler implements Handler<RetentionPlanInputs, RetentionPlanInputs> {
  constructor(
    private readonly clients: Clients,
    private readonly dependencies: RetentionPlanDependencies = {},
  ) {}

  /** Returns failures and never throws: Pulumi prints a stack trace for an error thrown in a check. */
  async check(
    olds: Untrusted<RetentionPlanInputs>,
    news: Untrusted<RetentionPlanInputs>,
  ): Promise<CheckResult<Untrusted<RetentionPlanInputs>>> {
    // Languages other than TypeScript send null for omitted values.
    const inputs = Object.fromEntries(
      Object.entries(news).filter(([, value]) => value !== null),
    ) as Untrusted<RetentionPlanInputs>;
    const failures = planInputFailures(inputs);
    if (failures.length > 0 || hasUnknown([inputs.alias, inputs.versions]))
      return { inputs, failures };
    const before = recordOf(olds);
    if (before) rememberSuccession(before, inputs);
    try {
      const decided = await this.decide(before, inputs as unknown as RetentionPlanInputs);
      const { migrationTable, migrating } = inputs;
      if (
        migrationTable !== undefined &&
        !hasUnknown([migrationTable, migrating, inputs.connection])
      )
        await assertMigratable(
          this.clients.get(inputs.connection as Connection | undefined),
          inputs as unknown as PlannedMigration,
          before,
        );
      // A preview knows only the outputs that are among the inputs: retained tables are named by this one.
      return { inputs: { ...withoutActiveVersion(inputs), firstTable: "", ...decided } };
    } catch (error) {
      const refused = error instanceof RefusedVersions ? error.refusals : [error];
      if (!refused.every(isSwapError)) throw error;
      return { inputs, failures: refused.map(({ line }) => ({ property: "", reason: line })) };
    }
  }

  /**
   * Compares with the state's outputs. A new version and a deleted table change only the record, which is in
   * the inputs: the engine stores it without an update, before it registers what depends on the plan. A
   * version that leaves the list is an update, since it is then retained or deleted.
   *
   * @see Pulumi's `SameStep` and `sameSnapshotMutation.mustWrite`
   */
  async diff(
    _id: string,
    olds: RetentionPlanInputs,
    news: RetentionPlanInputs,
  ): Promise<DiffResult> {
    const compared = (inputs: RetentionPlanInputs) =>
      stableJson([
        inputs.alias,
        inputs.controlTable,
        inputs.firstTable || null,
        inputs.locked ?? [],
        inputs.retained ?? [],
        inputs.forceDestroy ?? false,
        inputs.connection ?? {},
      ]);
    const permitted = (news.deleting ?? []).some((each) => !olds.deleting?.includes(each));
    const reopens = (news.reopened ?? []).length > 0;
    const redeclares =
      hasUnknown(news.versions) || news.versions.some((each) => olds.deleting?.includes(each));
    return { changes: permitted || reopens || redeclares || compared(olds) !== compared(news) };
  }

  async create(inputs: RetentionPlanInputs): Promise<CreateResult<RetentionPlanInputs>> {
    await this.reopen(inputs);
    return { id: `${inputs.controlTable}/${inputs.alias}`, outs: inputs };
  }

  async update(
    _id: string,
    _olds: RetentionPlanInputs,
    news: RetentionPlanInputs,
  ): Promise<UpdateResult<RetentionPlanInputs>> {
    await this.reopen(news);
    return { outs: news };
  }

  /** The record exists only in Pulumi's state, so a refresh never removes it. */
  async read(id: string, props: RetentionPlanInputs): Promise<ReadResult<RetentionPlanInputs>> {
    return { id, props };
  }

  async delete(): Promise<void> {
    // Deletes nothing itself: the guards decide for each table.
  }

  private async reopen(inputs: RetentionPlanInputs): Promise<void> {
    const { alias, reopened = [] } = inputs;
    if (reopened.length === 0) return;
    const ref = this.ref(inputs);
    await proveLocation(ref, { ...inputs, tableArn: inputs.place });
    await reopenVersions(ref, alias, reopened);
  }

  private async decide(
    before: RetentionPlanInputs | undefined,
    news: RetentionPlanInputs,
  ): Promise<PlanRecord> {
    const { alias, versions, keep } = news;
    assertUnlocked(news);
    if (before && before.alias !== news.alias) {
      await this.assertAllDeletable(before);
      return { retained: [], deleting: [], reopened: [] };
    }
    // The ARN of a control table created in this run is unknown until it exists.
    const at = hasUnknown([news.controlTable, news.connection]) ? before : news;
    if (at === undefined) {
      const { firstTable, connection } = news;
      const refusal =
        firstTable &&
        !hasUnknown(connection) &&
        (await misnamedFirstTable(this.clients.get(connection), alias, firstTable));
      if (refusal) throw refusal;
      return { retained: [], deleting: [], reopened: [], ...defined({ firstTable }) };
    }
    const ref = this.ref(at);
    const place = await this.controlTableArn(ref, at, before);
    const undeclared = await this.undeclared(ref, before, news, place !== undefined);
    const rows = await this.rows(ref, at, before, undeclared.length > 0);
    await this.assertFirstTable(ref, before, news, rows[0]);
    const decided = this.decisions(rows, undeclared, before, news);
    const refused = undeclared.flatMap((each) => this.refusal(each, decided, before, news) ?? []);
    if (refused.length > 0) throw new RefusedVersions(refused);
    const is = (...which: RetentionDecision["decision"][]) =>
      undeclared
        .filter(({ description }) => description !== undefined)
        .map(({ version }) => version)
        .filter((version) =>
          which.includes(decided.get(version)?.decision as RetentionDecision["decision"]),
        );
    const retained = is("in use", "retain");
    if (keep !== undefined) this.reportDecisions(undeclared, decided);
    const [row] = rows;
    const reopened =
      row === undefined
        ? []
        : [...new Set([...versions, ...retained])]
            .filter((each) => isRetired(row, each))
            .sort((a, b) => a - b);
    const locked = lockedOf(news, before, retained);
    const deleting = is("delete");
    const kept = [...retained, ...deleting].includes(NAMED_VERSION);
    const known = before ? before.firstTable : row?.tableNames?.[NAMED_VERSION];
    const firstTable = news.firstTable ?? (kept ? known : undefined);
    if (firstTable && kept && before?.forceDestroy !== true) assertNamed(alias, firstTable, row);
    return {
      retained,
      deleting,
      reopened,
      ...defined({ locked, place: place ?? before?.place, firstTable }),
    };
  }

  /**
   * Refuses a table that can't be version 1, and says which readers don't know its name while it is not recorded.
   *
   * @throws SwapError `swap.input-invalid`, and as {@link firstTableRefusal}
   */
  private async assertFirstTable(
    ref: WritableControlTableRef,
    before: RetentionPlanInputs | undefined,
    { alias, versions, firstTable }: RetentionPlanInputs,
    row: PointerRow | undefined,
  ): Promise<void> {
    if (!versions.includes(NAMED_VERSION)) return;
    const managed = before && recordedVersions(before).includes(NAMED_VERSION);
    if (managed && before.firstTable !== firstTable) {
      const recorded = tableOfRecord(before, NAMED_VERSION);
      // A name that never became a table, such as a mistyped one, is no table to keep.
      const mistyped =
        before.firstTable !== undefined &&
        row?.tableNames?.[NAMED_VERSION] !== recorded &&
        (await describeTable(ref.client, recorded)) === undefined;
      if (!mistyped) throw renamedTableError(recorded, firstTable);
    }
    const refusal = firstTable
      ? await firstTableRefusal(ref, alias, firstTable, row)
      : nameRefusal(alias, undefined, row);
    if (refusal) throw refusal;
    if (firstTable && !row?.tableNames?.[NAMED_VERSION])
      this.dependencies.warn?.(firstTableRemark(alias, firstTable));
  }

  /**
   * The undeclared versions: those of the record or, in the first run with `keep`, those of the tables
   * found.
   */
  private async undeclared(
    ref: WritableControlTableRef,
    before: RetentionPlanInputs | undefined,
    news: RetentionPlanInputs,
    proven: boolean,
  ): Promise<UndeclaredVersion[]> {
    const { alias, versions } = news;
    const left = (known: readonly number[]) =>
      [...new Set(known)].filter((each) => !versions.includes(each)).sort((a, b) => a - b);
    const found: UndeclaredVersion[] = [];
    const row = before || news.keep === undefined ? undefined : await findRowIfAny(ref, alias);
    for (const version of left(
      before ? recordedVersions(before) : await this.findUnrecordedVersions(ref, news, row),
    )) {
      const table = before ? tableOfRecord(before, version) : tableOf(alias, version, row);
      const description = await describeTable(ref.client, table);
      const locked =
        description?.DeletionProtectionEnabled === true &&
        (before === undefined || before.locked?.includes(version) === true);
      const forgotten = news.unmanaged?.includes(version) === true;
      if (description !== undefined && forgotten) throw managedTableError(version, table);
      const deleted = before?.deleting?.includes(version) === true;
      if (description === undefined && proven && (deleted || forgotten)) continue;
      found.push({ version, table, description, locked });
    }
    return found;
  }

  /**
   * Finds undeclared versions that a release without retention plans created for this stack. Called once,
   * when `keep` is set and the stack has no record yet. Cost: the list of all tables, and for each
   * undeclared version a DescribeTable and a ListTagsOfResource.
   *
   * @throws SwapError `swap.input-invalid` for a table without proof that it is this stack's
   */
  private async findUnrecordedVersions(
    ref: WritableControlTableRef,
    { alias, versions, keep, owner, unmanaged = [] }: RetentionPlanInputs,
    row: PointerRow | undefined,
  ): Promise<number[]> {
    if (keep === undefined) return [];
    const found: number[] = [];
    for (const { version, table } of await findVersionTables(ref.client, alias, row)) {
      if (versions.includes(version) || unmanaged.includes(version)) continue;
      const description = await describeTable(ref.client, table);
      if (description?.TableStatus === "DELETING") continue;
      const tag = description && (await ownerTag(ref.client, description));
      if (tag === undefined || tag !== owner)
        throw new SwapError("swap.input-invalid", {
          name: "versions",
          value: `(without ${version})`,
          rule: `table "${table}" exists, and nothing shows whether this stack made it`,
          fix: `add ${version} to versions for one pulumi up, or write retention: { unmanaged: [${version}] } where something else manages it`,
        });
      found.push(version);
    }
    return found;
  }

  /** The ARN of the control table; undefined if it is not found, which does not prove its absence. */
  private async controlTableArn(
    ref: WritableControlTableRef,
    at: RetentionPlanInputs,
    before: RetentionPlanInputs | undefined,
  ): Promise<string | undefined> {
    try {
      await proveLocation(ref, {
        ...(!hasUnknown(at.controlTableArn) && { controlTableArn: at.controlTableArn }),
        tableArn: before?.place,
      });
      return (await describeControlTable(ref)).TableArn;
    } catch (error) {
      // The control table may be created later; without its row, no version is deletable.
      if (match(error, "swap.control-table-missing")) return undefined;
      throw error;
    }
  }

  /** Reads the alias's row, and its row in the previous control table if that is a different one. */
  private async rows(
    ref: WritableControlTableRef,
    at: RetentionPlanInputs,
    before: RetentionPlanInputs | undefined,
    decisive: boolean,
  ): Promise<(PointerRow | undefined)[]> {
    const rows = [
      await findActive(ref, at.alias).catch((error: unknown) => {
        if (decisive || !match(error, "swap.control-table-missing")) throw error;
        return undefined;
      }),
    ];
    if (decisive && before && before.controlTable !== at.controlTable)
      rows.push(await findActive(this.ref(before), at.alias));
    return rows;
  }

  private decisions(
    rows: readonly (PointerRow | undefined)[],
    undeclared: readonly UndeclaredVersion[],
    before: RetentionPlanInputs | undefined,
    news: RetentionPlanInputs,
  ): Map<number, RetentionDecision> {
    const versions = {
      declared: news.versions,
      undeclared: undeclared.map(({ version }) => version),
    };
    // The guard of a version that is left out compares with the grace of the update before.
    const graces = [news.grace, before?.grace ?? news.grace];
    const graceMs = Math.max(...graces.map((grace) => parseDuration(grace, "grace")));
    const policy = { graceMs, now: this.now(), keep: news.keep ?? 0 };
    const forced = before?.forceDestroy === true && news.keep === undefined;
    const decided = new Map<number, RetentionDecision>();
    for (const row of rows)
      for (const each of retentionPlan(row, versions, policy)) {
        const deactivated = deactivatedByThisRun(row, each.version, news, graceMs);
        const decision =
          each.decision === "in use" && (forced || deactivated)
            ? { ...each, decision: "delete" as const }
            : each;
        const other = decided.get(each.version);
        if (other === undefined || rank(decision) > rank(other))
          decided.set(each.version, decision);
      }
    return decided;
  }

  /** Explains why a version's decision can't be carried out; undefined if it can. */
  private refusal(
    { version, table, description, locked }: UndeclaredVersion,
    decided: ReadonlyMap<number, RetentionDecision>,
    before: RetentionPlanInputs | undefined,
    { alias, keep, forceDestroy }: RetentionPlanInputs,
  ): SwapError | undefined {
    const { decision, reason, until } = decided.get(version) as RetentionDecision;
    const inUse = (fix: string, why = reason) =>
      new SwapError("swap.version-in-use", {
        alias,
        version,
        table,
        reason: why,
        ...defined({ until }),
        fix,
      });
    const missing = description === undefined || description.TableStatus === "DELETING";
    if (decision === "in use" && missing)
      return inUse(
        `restore "${table}" and declare version ${version} with adopt: true, or write retention: { unmanaged: [${version}] } where it is to be forgotten`,
        `${reason}, but its table is not found where this stack made it`,
      );
    if (decision === "in use" && keep === undefined)
      return inUse(
        forceDestroy === true && before?.forceDestroy !== true
          ? `keep ${version} in versions for the pulumi up that sets forceDestroy: true, then remove it`
          : `keep ${version} in versions, or write retention: { keep: 0 } to have its table deleted once nothing needs it`,
      );
    if (locked && (decision === "delete" || keep !== undefined))
      return inUse(
        `declare version ${version} without deletionProtectionEnabled for one pulumi up, then remove it`,
        "the program sets its deletionProtectionEnabled: true, so DynamoDB refuses to delete it",
      );
    return undefined;
  }

  /** @throws SwapError where a version of another alias's record is in use */
  private async assertAllDeletable(before: RetentionPlanInputs): Promise<void> {
    if (before.forceDestroy === true) return;
    const ref = this.ref(before);
    await proveLocation(ref, { ...before, tableArn: before.place });
    const row = await findActive(ref, before.alias);
    const policy = { graceMs: parseDuration(before.grace, "grace"), now: this.now(), keep: 0 };
    const versions = { declared: [], undeclared: recordedVersions(before) };
    const inUse = retentionPlan(row, versions, policy).filter((each) => each.decision === "in use");
    const blocked = inUse.find(({ until }) => until === undefined) ?? inUse[0];
    if (blocked)
      throw new SwapError("swap.version-in-use", {
        alias: before.alias,
        version: blocked.version,
        table: tableOfRecord(before, blocked.version),
        reason: blocked.reason,
        ...defined({ until: blocked.until }),
        fix: `keep alias: "${before.alias}", and declare the other alias as a separate VersionedTable`,
      });
  }

  private reportDecisions(
    undeclared: readonly UndeclaredVersion[],
    decided: ReadonlyMap<number, RetentionDecision>,
  ): void {
    for (const { version, table, description } of undeclared) {
      if (description === undefined) continue;
      const { decision, reason } = decided.get(version) as RetentionDecision;
      if (decision === "in use")
        this.dependencies.warn?.(
          `table "${table}" stays, though its version is not declared: ${reason}; a later pulumi up deletes it, once it is no longer needed`,
        );
      else
        this.dependencies.info?.(
          `table "${table}" ${decision === "retain" ? "stays" : "is deleted"}: ${reason}`,
        );
    }
  }

  private now(): number {
    return (this.dependencies.now ?? Date.now)();
  }

  private ref(at: { controlTable: string; connection?: Connection }): WritableControlTableRef {
    return { client: this.clients.get(at.connection), controlTable: at.controlTable };
  }
}

const rank = ({ decision }: RetentionDecision): number =>
  ["delete", "retain", "in use"].indexOf(decision);

/**
 * Without a grace period, a version that this run's cut-over deactivates may be deleted at once, unless it then is among
 * the last `keep` that were live.
 */
function deactivatedByThisRun(
  row: PointerRow | undefined,
  version: number,
  { activeVersion, keep = 0 }: RetentionPlanInputs,
  graceMs: number,
): boolean {
  return (
    graceMs === 0 &&
    keep === 0 &&
    row?.version === version &&
    typeof activeVersion === "number" &&
    activeVersion !== version
  );
}

/** The inputs to record. No later run asks for the declared active version, which changes with each cut-over. */
function withoutActiveVersion({
  activeVersion: _,
  ...recorded
}: Untrusted<RetentionPlanInputs>): Untrusted<RetentionPlanInputs> {
  return recorded;
}

/**
 * Has the guard of a named version 1 make no row, if a later version may have been active. A declared active
 * version makes the row before any guard does.
 */
function rememberSuccession(
  { alias, firstTable, versions }: RetentionPlanInputs,
  { activeVersion, connection }: Untrusted<RetentionPlanInputs>,
): void {
  if (!firstTable || activeVersion !== undefined || hasUnknown(connection)) return;
  if (versions.every((version) => version === NAMED_VERSION)) return;
  const guarded = { alias, version: NAMED_VERSION, table: firstTable };
  guardedTables.addSucceeded({ ...guarded, ...defined({ connection: connection as Connection }) });
}

/** The record; undefined if the stack has none yet. */
function recordOf(olds: Untrusted<RetentionPlanInputs>): RetentionPlanInputs | undefined {
  if (!Array.isArray(olds.versions)) return undefined;
  const { firstTable, ...record } = olds as unknown as RetentionPlanInputs;
  return { ...record, ...(firstTable && { firstTable }) };
}

const recordedVersions = ({
  versions,
  retained = [],
  deleting = [],
}: RetentionPlanInputs): number[] => [...versions, ...retained, ...deleting];

/** The locked versions with a table: declared ones, and retained ones that were locked. */
function lockedOf(
  news: RetentionPlanInputs,
  before: RetentionPlanInputs | undefined,
  retained: readonly number[],
): number[] | undefined {
  const retainedLocked = before?.locked?.filter((version) => retained.includes(version)) ?? [];
  return retainedLocked.length === 0 ? news.locked : [...retainedLocked, ...(news.locked ?? [])];
}

/** The table of a version that the record says this stack manages. */
const tableOfRecord = (
  { alias, firstTable }: Pick<RetentionPlanInputs, "alias" | "firstTable">,
  version: number,
): string => (version === NAMED_VERSION && firstTable) || tableName(alias, version);

function renamedTableError(managed: string, declared: string | undefined): SwapError {
  return new SwapError("swap.input-invalid", {
    name: `versions.${NAMED_VERSION}.name`,
    value: declared === undefined ? "(left out)" : JSON.stringify(declared),
    rule: `this stack manages table "${managed}" as version ${NAMED_VERSION}, and a version's table never changes`,
    fix: `name "${managed}" as before; for items of another table declare a new version`,
  });
}

/**
 * Refuses to leave version 1 out while a row that was lost and made again lacks its name: a rollback would lead
 * to another table, and its guard would not let the table go. Only a declaration records the name.
 */
function assertNamed(alias: string, table: string, row: PointerRow | undefined): void {
  if (row?.tableNames?.[NAMED_VERSION] || nameRefusal(alias, table, row)) return;
  throw new SwapError("swap.input-invalid", {
    name: "versions",
    value: `(without ${NAMED_VERSION})`,
    rule: `table "${table}" is version ${NAMED_VERSION}, and the control table does not record its name`,
    fix: `add ${NAMED_VERSION}: { name: "${table}", adopt: true } to versions for one pulumi up`,
  });
}

function managedTableError(version: number, table: string): SwapError {
  return new SwapError("swap.input-invalid", {
    name: "retention.unmanaged",
    value: String(version),
    rule: `this stack manages table "${table}"`,
    fix: `add ${version} to versions, or leave it out of both to have its table deleted once nothing needs it`,
  });
}

/** @throws SwapError where DynamoDB would refuse a deletion that the program asks for */
function assertUnlocked({ locked = [], keep, forceDestroy }: RetentionPlanInputs): void {
  const [version] = hasUnknown(locked) ? [] : locked;
  if (version === undefined || (keep === undefined && forceDestroy !== true)) return;
  throw new SwapError("swap.input-invalid", {
    name: keep === undefined ? "forceDestroy" : "retention.keep",
    value: keep === undefined ? "true" : String(keep),
    rule: `deletionProtectionEnabled is true for version ${version}, so that DynamoDB refuses to delete its table`,
    fix: "leave deletionProtectionEnabled out: version tables are protected by default until their guard lets them go",
  });
}

/** Checks the known inputs and returns all failures, each with a one-line message. */
function planInputFailures(news: Untrusted<RetentionPlanInputs>): CheckFailure[] {
  const known = (property: keyof RetentionPlanInputs, rule: (value: unknown) => void) =>
    hasUnknown(news[property]) ? [] : failuresOf(property, () => rule(news[property]));
  const optional = (rule: (value: unknown) => void) => (value: unknown) => {
    if (value !== undefined && value !== null) rule(value);
  };
  const versions = (name: string) => (value: unknown) => assertVersions(name, value);
  return [
    ...known("alias", assertAlias),
    ...known("controlTable", assertControlTable),
    ...known("versions", versions("versions")),
    ...known(
      "firstTable",
      optional((value) => {
        const { alias, controlTable } = news;
        if (!hasUnknown([alias, controlTable]))
          assertOwnTableName(alias as string, NAMED_VERSION, value, controlTable as string);
      }),
    ),
    ...known("activeVersion", optional(assertVersion)),
    ...known("grace", (value) => parseDuration(value, "grace")),
    ...known("keep", optional(assertKeep)),
    ...known("locked", optional(versions("locked"))),
    ...known("unmanaged", optional(versions("retention.unmanaged"))),
    ...known("forceDestroy", assertFlag),
    ...known("migrating", optional(versions("migrating"))),
    ...known(
      "connection",
      optional((value) => checkConnection(value as Connection)),
    ),
  ];
}

function assertVersions(name: string, value: unknown): void {
  if (!Array.isArray(value))
    throw new SwapError("swap.input-invalid", {
      name,
      value: formatValue(value),
      rule: "it is no list of version numbers",
      fix: "list numbers, such as [3, 4]",
    });
  for (const version of value) assertVersion(version);
}

/**
 * Checks `retention.keep`.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function assertKeep(keep: unknown): void {
  if (Number.isSafeInteger(keep) && (keep as number) >= 0) return;
  throw new SwapError("swap.input-invalid", {
    name: "retention.keep",
    value: formatValue(keep),
    rule: "want a whole number, 0 or more",
    fix: "say how many versions that were live before keep their table beyond their grace, such as 1",
  });
}
