import { type DeclaredTables, proveLocation, retryWhileNew } from "../aws";
import type { Connection } from "../aws/connection";
import { isSwapError, type SwapError } from "../errors";
import {
  type ControlTableRef,
  claimRow,
  findActive,
  liftBar,
  NAMED_VERSION,
  nameRefusal,
  nameTable,
  newClaim,
  type PointerRow,
  RETAINED_HOLDER,
  releaseActive,
  reopenVersions,
  tableOf,
  type WritableControlTableRef,
} from "../pointer";
import { comparesVersions, type GateRunOptions } from "../readiness";
import { defined, hasUnknown } from "../validation";
import {
  type ActiveVersionInputs,
  connectionFailures,
  declaredNames,
  inputFailures,
  tableRefusal,
} from "./active-version-inputs";
import { activationRefusal, liftsLiveBar, reopensRetired } from "./active-version-rules";
import type { Clients } from "./clients";
import { cutOver } from "./cut-over";
import { assertFirstTable, firstTableRefusal } from "./first-table";
import { previewGates } from "./gates-preview";
import { migratedRefusal } from "./migrated-version";
import { missingActiveTable } from "./missing-active-table";
import { moveInWords, type PlanInWords, planInWords } from "./plan-in-words";
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Handler,
  ReadResult,
  Untrusted,
  UpdateResult,
} from "./protocol";
import { findRowForRefresh, writeUnlessAbsent } from "./row-lookup";
import { stableJson } from "./stable-json";

/** State of an active version: the declared inputs and the live pointer. */
export interface ActiveVersionOutputs extends ActiveVersionInputs {
  /** The live version's table. */
  table: string;
  /** Unix milliseconds of the advance; absent when the row has none. */
  activatedAt?: number;
  /** The previously active version, if the history holds it. */
  previousVersion?: number;
  /** The writer that advanced it; absent for a writer without our history. */
  activatedBy?: string;
  /** The value that the row's `holder` must have for this resource to release it. */
  claim?: string;
}

/** Seams for tests. */
export interface HandlerDependencies
  extends Pick<GateRunOptions, "onProgress" | "signal" | "clock"> {
  now?: () => number;
  /** Inspects a control table that a check has read. Only warns, never fails. */
  warnOfReplicas?: (ref: ControlTableRef) => Promise<void>;
  /** Shows a line in the run's output. */
  info?: (line: string) => void;
  /** Shows a line among the run's warnings. */
  warn?: (line: string) => void;
}

/**
 * The handler of the swap resource: compares the live version with the declared one and updates the pointer
 * with one conditional write. Does not import Pulumi.
 */
export class ActiveVersionHandler implements Handler<ActiveVersionInputs, ActiveVersionOutputs> {
  constructor(
    private readonly clients: Clients,
    private readonly dependencies: HandlerDependencies = {},
  ) {}

  /**
   * Validates the inputs and, if they are known, checks against the live row that the version can be set,
   * so that a preview refuses what an update would. Returns failures and never throws: Pulumi prints a
   * stack trace for an error thrown in a check.
   */
  async check(
    olds: Untrusted<ActiveVersionInputs>,
    news: Untrusted<ActiveVersionInputs>,
  ): Promise<CheckResult<Untrusted<ActiveVersionInputs>>> {
    const failures = inputFailures(news);
    if (failures.length === 0) failures.push(...connectionFailures(this.clients, news.connection));
    const { alias, controlTable, version, expect, rollbackFrom, liftBar, connection } = news;
    const { firstTable: named } = news;
    const decisive = [
      alias,
      controlTable,
      version,
      expect,
      rollbackFrom,
      liftBar,
      connection,
      named,
    ];
    if (failures.length > 0 || hasUnknown(decisive)) return { inputs: news, failures };
    try {
      const inputs = news as ActiveVersionInputs;
      const ref = this.ref(inputs);
      const find = async () => {
        await proveLocation(ref, knownArns(news));
        return findActive(ref, inputs.alias);
      };
      // A control table that is in the state is not new, so a preview does not wait for it.
      const isNew = olds.controlTable !== controlTable;
      const live = await (isNew ? retryWhileNew(find, this.dependencies) : find());
      await this.dependencies.warnOfReplicas?.(ref);
      const renamed = namingRefusal(inputs, live);
      if (renamed) return { inputs: news, failures: [toFailure("firstTable", renamed)] };
      const { firstTable } = inputs;
      const made = version === NAMED_VERSION && hasUnknown([news.table, news.tableArn]);
      const misnamed =
        firstTable &&
        (await firstTableRefusal(ref, inputs.alias, firstTable, live, { isNew: made }));
      if (misnamed) return { inputs: news, failures: [toFailure("firstTable", misnamed)] };
      const wasActive = !isNew && olds.alias === inputs.alias;
      const then = withFirstTable(inputs, live, wasActive);
      const refusal = activationRefusal(
        inputs,
        then,
        wasActive ? (olds as Partial<ActiveVersionInputs>) : {},
      );
      if (refusal) return { inputs: news, failures: [toFailure("version", refusal)] };
      const lost =
        tableRefusal(news, then ?? { tableNames: declaredNames(inputs) }) ??
        (await missingActiveTable(ref, olds, inputs, then));
      if (lost) return { inputs: news, failures: [toFailure("table", lost)] };
      const unfilled = await migratedRefusal(ref, inputs, then);
      if (unfilled) return { inputs: news, failures: [toFailure("version", unfilled)] };
      this.tell(planInWords(inputs, then, wasActive ? Number(olds.version) : undefined));
      await previewGates(ref, inputs, then, this.dependencies);
      return { inputs: news, failures: [] };
    } catch (error) {
      if (!isSwapError(error)) throw error;
      return { inputs: news, failures: [toFailure("controlTable", error)] };
    }
  }

  /**
   * Compares with the live row, not only with the state. A new reason or actor is no change, and
   * a row that can't be read counts as one: the update then reports why.
   */
  async diff(
    _id: string,
    olds: ActiveVersionOutputs,
    news: ActiveVersionInputs,
  ): Promise<DiffResult> {
    const replaces = (["alias", "controlTable"] as const).filter((key) => olds[key] !== news[key]);
    if (replaces.length > 0) return { changes: true, replaces, deleteBeforeReplace: false };
    const declared = ({ version, onDelete, connection }: ActiveVersionInputs) =>
      stableJson([version, onDelete ?? "keep", connection ?? {}]);
    if (hasUnknown(news) || declared(olds) !== declared(news)) return { changes: true };
    try {
      const ref = this.ref(news);
      await proveLocation(ref, news);
      const live = await findActive(ref, news.alias);
      const changes = live?.version !== news.version || liftsLiveBar(news, live);
      return { changes: changes || isUnclaimed(news, live) || isUnnamed(news, live) };
    } catch (error) {
      if (!isSwapError(error)) throw error;
      return { changes: true };
    }
  }

  async create(inputs: ActiveVersionInputs): Promise<CreateResult<ActiveVersionOutputs>> {
    const outs = await retryWhileNew(async () => {
      const { outs, holder } = await this.activate(inputs, undefined);
      return { ...outs, ...defined({ claim: await this.takeOverRow(inputs, holder) }) };
    }, this.dependencies);
    return { id: `${inputs.controlTable}/${inputs.alias}`, outs };
  }

  async update(
    _id: string,
    olds: ActiveVersionOutputs,
    news: ActiveVersionInputs,
  ): Promise<UpdateResult<ActiveVersionOutputs>> {
    const { outs, holder } = await this.activate(news, olds);
    const claim = await this.claimAfterUpdate(olds, news, holder);
    return { outs: { ...outs, ...defined({ claim }) } };
  }

  /**
   * Reads the live pointer for a refresh. If the pointer is proven absent, the resource leaves the state.
   */
  async read(id: string, props: ActiveVersionOutputs): Promise<ReadResult<ActiveVersionOutputs>> {
    const row = await findRowForRefresh(this.ref(props), props.alias, props);
    if (row === "absent") return {};
    return { id, props: row === "unproven" ? props : outputs(props, row) };
  }

  /**
   * Leaves the pointer, since traffic follows it, unless `onDelete` says to release it. Never removes a row
   * that another resource has claimed: that one may have replaced this one, under the same or another name,
   * in this or another stack.
   */
  async delete(_id: string, props: ActiveVersionOutputs): Promise<void> {
    if (props.onDelete !== "release") return;
    const { alias, version, claim } = props;
    const ref = this.ref(props);
    await writeUnlessAbsent(ref, props, async () => {
      if (claim !== undefined && (await releaseActive(ref, alias, version, claim))) return;
      const live = await findActive(ref, alias);
      if (live) this.dependencies.warn?.(notReleasedWarning(props, live));
    });
  }

  /**
   * Claims the row in place of a predecessor. With `onDelete: "keep"`, a row that a predecessor claimed is
   * marked so that no resource removes it.
   */
  private async takeOverRow(
    inputs: ActiveVersionInputs,
    holder: string | undefined,
  ): Promise<string | undefined> {
    const ref = this.ref(inputs);
    const { alias, onDelete } = inputs;
    if (onDelete === "release") {
      const claim = newClaim();
      return (await claimRow(ref, alias, claim, "anyone")) ? claim : undefined;
    }
    if (holder !== undefined && holder !== RETAINED_HOLDER)
      await claimRow(ref, alias, RETAINED_HOLDER, "anyone");
    return undefined;
  }

  /**
   * The claim after an update: the existing one, or a new one if `onDelete` is new or an earlier release
   * made none.
   */
  private async claimAfterUpdate(
    olds: ActiveVersionOutputs,
    news: ActiveVersionInputs,
    holder: string | undefined,
  ): Promise<string | undefined> {
    if (news.onDelete !== "release") return undefined;
    if (holder !== undefined && olds.onDelete === "release") return olds.claim;
    const claim = olds.claim ?? newClaim();
    const from = olds.onDelete === "release" ? "nobody" : "anyone";
    return (await claimRow(this.ref(news), news.alias, claim, from)) ? claim : olds.claim;
  }

  /** @param olds the state, if it has an active version already: an alias without a row has lost it */
  private async activate(
    inputs: ActiveVersionInputs,
    olds: ActiveVersionOutputs | undefined,
  ): Promise<{ outs: ActiveVersionOutputs; holder?: string }> {
    const ref = this.ref(inputs);
    const { alias, version, actor } = inputs;
    await proveLocation(ref, inputs);
    const found = await findActive(ref, alias);
    const holderOutput = defined({ holder: found?.holder });
    const renamed = namingRefusal(inputs, found);
    if (renamed) throw renamed;
    const live = await this.withNamedTable(ref, inputs, found, olds !== undefined);
    const misplaced = tableRefusal(inputs, live ?? { tableNames: declaredNames(inputs) });
    if (misplaced) throw misplaced;
    if (live?.version === version) {
      // Another writer made the version live although it is barred.
      if (liftsLiveBar(inputs, live)) await liftBar(ref, alias, version);
      return { outs: outputs(inputs, live), ...holderOutput };
    }
    // Another move since the check may have made this one a move across a migration, which needs a fence and a drain.
    const refusal =
      activationRefusal(inputs, live, olds) ?? (await migratedRefusal(ref, inputs, live));
    if (refusal) throw refusal;
    if (reopensRetired(inputs, live)) await reopenVersions(ref, alias, [version]);
    const update = await cutOver(ref, inputs, live, this.dependencies);
    const moved = moveInWords(inputs, live, update);
    if (moved !== undefined) this.dependencies.info?.(moved);
    const outs = outputs(inputs, {
      ...update,
      tableNames: { [version]: update.table },
      ...(actor !== undefined && { by: actor }),
    });
    return { outs, ...holderOutput };
  }

  /**
   * Records the name of version 1's table before the pointer moves: readers of an alias without a row would look
   * for `<alias>_v1`. Where there is no row and nothing to compare with version 1, the gates come first, and the
   * move records the name: a row at version 1 would hide that other versions were active before a row was lost.
   */
  private async withNamedTable(
    ref: WritableControlTableRef,
    inputs: ActiveVersionInputs,
    found: PointerRow | undefined,
    wasActive: boolean,
  ): Promise<PointerRow | undefined> {
    const { alias, firstTable, reason, actor } = inputs;
    if (!firstTable || !isUnnamed(inputs, found)) return found;
    await assertFirstTable(ref, alias, firstTable, found);
    if (found === undefined && !startsAtFirst(inputs, wasActive)) return found;
    // The version that is to become active may be refused: then nothing is written.
    const refusal = activationRefusal(inputs, withFirstTable(inputs, found, wasActive));
    if (refusal) throw refusal;
    return nameTable(ref, alias, firstTable, defined({ reason, actor }));
  }

  private tell(plan: PlanInWords | undefined): void {
    if (plan === undefined) return;
    this.dependencies.info?.(plan.line);
    if (plan.loss !== undefined) this.dependencies.warn?.(plan.loss);
  }

  private ref(at: { controlTable: string; connection?: Connection }): WritableControlTableRef {
    return {
      client: this.clients.get(at.connection),
      controlTable: at.controlTable,
      ...(this.dependencies.now && { now: this.dependencies.now }),
    };
  }
}

/** Whether the next update must claim the row: an earlier release did not, or the row is new. */
function isUnclaimed({ onDelete }: ActiveVersionInputs, live: PointerRow | undefined): boolean {
  return onDelete === "release" && live?.holder === undefined;
}

/** Whether the row has yet to record the name of version 1's table. */
function isUnnamed({ firstTable }: ActiveVersionInputs, live: PointerRow | undefined): boolean {
  return firstTable !== undefined && firstTable !== null && !live?.tableNames?.[NAMED_VERSION];
}

/** Why the row's table of version 1 is another one than the program declares. */
function namingRefusal(
  { alias, firstTable, declaredVersions }: ActiveVersionInputs,
  live: PointerRow | undefined,
): SwapError | undefined {
  const declares = firstTable ?? declaredVersions?.includes(NAMED_VERSION);
  return declares ? nameRefusal(alias, firstTable ?? undefined, live) : undefined;
}

/**
 * Whether an alias without a row starts at version 1, for the cut-over to a later version to leave it and be
 * compared with it. Not where a row was lost, since other versions may have been active.
 */
const startsAtFirst = ({ version, readiness }: ActiveVersionInputs, wasActive: boolean): boolean =>
  !wasActive &&
  (version === NAMED_VERSION + 1 || (version > NAMED_VERSION && comparesVersions(readiness)));

/** The row as it is once the name of version 1's table is recorded, before the pointer moves. */
function withFirstTable(
  inputs: ActiveVersionInputs,
  live: PointerRow | undefined,
  wasActive: boolean,
): PointerRow | undefined {
  if (!isUnnamed(inputs, live)) return live;
  const { alias } = inputs;
  const tableNames = declaredNames(inputs);
  if (live !== undefined) return { ...live, tableNames };
  if (!startsAtFirst(inputs, wasActive)) return undefined;
  return {
    alias,
    version: NAMED_VERSION,
    activatedAt: 0,
    foreign: false,
    history: [{ version: NAMED_VERSION, at: 0, kind: "seed" }],
    barred: [],
    retired: [],
    tableNames,
  };
}

/** The warning that explains why a row was not released. */
function notReleasedWarning(
  { alias, controlTable, version, claim }: ActiveVersionOutputs,
  live: PointerRow,
): string {
  const prefix = `the pointer of alias "${alias}" stays in control table "${controlTable}"`;
  if (live.version !== version)
    return `${prefix}: it has moved from version ${version} to ${live.version}; delete the row by hand once no reader follows it`;
  if (live.holder === undefined || claim === undefined)
    return `${prefix}: this resource has not claimed it, since no pulumi up has run with this release and onDelete "release"; delete the row by hand once no reader follows it`;
  return `${prefix}: another resource holds it by now`;
}

type LivePointer = Pick<
  PointerRow,
  "alias" | "version" | "activatedAt" | "previous" | "by" | "tableNames"
>;

/** The outputs: the declared inputs, for a later read, diff or delete, and the live pointer. */
function outputs(
  declared: ActiveVersionInputs & Partial<ActiveVersionOutputs>,
  live: LivePointer,
): ActiveVersionOutputs {
  const { alias, version, activatedAt, previous, by } = live;
  const { activatedAt: _at, previousVersion: _previous, activatedBy: _by, ...kept } = declared;
  return {
    ...kept,
    version,
    table: tableOf(alias, version, live),
    ...defined({ activatedAt, previousVersion: previous, activatedBy: by }),
  };
}

/** The ARNs that a check knows; those of tables not yet created are unknown in a preview. */
function knownArns({ tableArn, controlTableArn }: Untrusted<ActiveVersionInputs>): DeclaredTables {
  const known = (value: unknown) => (hasUnknown(value) ? undefined : (value as string | undefined));
  return { tableArn: known(tableArn), controlTableArn: known(controlTableArn) };
}

function toFailure(property: string, error: SwapError) {
  return { property, reason: error.line };
}
