import {
  assertTableArn,
  describeTable,
  isLocationProven,
  isProvenAbsent,
  type NewTableRetry,
  proveLocation,
  retryWhileNew,
} from "../aws";
import { type Connection, checkConnection } from "../aws/connection";
import { isSwapError, match, SwapError } from "../errors";
import {
  assertAlias,
  assertVersion,
  findActive,
  isRetired,
  NAMED_VERSION,
  nameTable,
  nameTableOfRow,
  otherUser,
  type PointerRow,
  permitDeletion,
  reopenVersions,
  tableName,
  tableOf,
  type WritableControlTableRef,
} from "../pointer";
import { assertDeletable, deletionBlock } from "../retention";
import { defined, formatValue, hasUnknown, parseDuration, UNKNOWN } from "../validation";
import { assertControlTable, connectionFailures, failuresOf } from "./active-version-inputs";
import type { Clients } from "./clients";
import { setDeletionProtection } from "./deletion-protection";
import { assertFirstTable } from "./first-table";
import { guardedTables } from "./guarded-tables";
import type { CheckResult, DiffResult, Handler, ReadResult, Untrusted } from "./protocol";
import { stableJson } from "./stable-json";

/** Inputs of a guard. */
export interface VersionGuardInputs {
  alias: string;
  controlTable: string;
  version: number;
  /** The guarded table: the guard depends on it and is therefore deleted first. */
  table: string;
  /** Whether the table is version 1 under another name than `<alias>_v1`. */
  named?: boolean;
  /** The guarded table's ARN; the connection must reach its partition, account and Region. */
  tableArn?: string;
  /** The control table's ARN; the connection must reach this table. */
  controlTableArn?: string;
  /** How long the version is kept after its deactivation, such as `24h`. */
  grace: string;
  /** Allow the table's deletion regardless of the pointer. */
  forceDestroy?: boolean;
  /**
   * The table's deletion protection in DynamoDB: the guard turns it on or off, and off when the table may
   * be deleted. If omitted, the guard does not change it.
   */
  deletionProtection?: boolean;
  connection?: Connection;
}

/** Checks that a flag is a boolean: any other value, such as the text "false", would lift the guard. */
export function assertFlag(value: unknown, name = "forceDestroy"): void {
  if (value !== undefined && value !== null && typeof value !== "boolean")
    throw new SwapError("swap.input-invalid", {
      name,
      value: formatValue(value),
      rule: "want true or false",
      fix: "leave it out to keep the guard",
    });
}

/**
 * Guards one version's table. Pulumi deletes the guard before the table, for a replacement as well,
 * and its delete refuses while the version is active or inside its grace period: the table stays.
 */
export class VersionGuardHandler implements Handler<VersionGuardInputs, VersionGuardInputs> {
  constructor(
    private readonly clients: Clients,
    private readonly now: () => number = Date.now,
    private readonly wait: NewTableRetry = {},
  ) {}

  /**
   * Validates the inputs and refuses a plan that would replace the table of a version in use. The guard's
   * delete refuses it too, but is not called in a preview.
   */
  async check(
    olds: Untrusted<VersionGuardInputs>,
    news: Untrusted<VersionGuardInputs>,
  ): Promise<CheckResult<Untrusted<VersionGuardInputs>>> {
    const known = (property: keyof VersionGuardInputs, rule: (value: unknown) => void) =>
      hasUnknown(news[property]) ? [] : failuresOf(property, () => rule(news[property]));
    const failures = [
      ...known("alias", assertAlias),
      ...known("controlTable", assertControlTable),
      ...known("version", assertVersion),
      ...known("grace", (value) => parseDuration(value, "grace")),
      ...known("tableArn", (value) => value && assertTableArn("tableArn", value)),
      ...known("controlTableArn", (value) => value && assertTableArn("controlTableArn", value)),
      ...known("forceDestroy", (value) => assertFlag(value)),
      ...known("named", (value) => assertFlag(value, "named")),
      ...known("connection", (value) => value && checkConnection(value as Connection)),
    ];
    if (failures.length === 0) failures.push(...connectionFailures(this.clients, news.connection));
    if (failures.length > 0 || hasUnknown([news.alias, news.version, news.connection]))
      return { inputs: news, failures };
    if (news.named === true && news.version !== NAMED_VERSION)
      return { inputs: news, failures: failuresOf("named", () => refuseNamed(news.version)) };
    try {
      await this.assertNameable(olds, news);
      await this.assertTableKept(olds, news);
    } catch (error) {
      if (!isSwapError(error)) throw error;
      return { inputs: news, failures: [{ property: "", reason: error.line }] };
    }
    if (!hasUnknown(news.table)) guardedTables.add(news as unknown as VersionGuardInputs);
    return { inputs: news, failures };
  }

  /**
   * If the table is replaced, its name is unknown or different. The guard is then replaced too, and its
   * delete, which comes first, refuses.
   */
  async diff(_id: string, olds: VersionGuardInputs, news: VersionGuardInputs): Promise<DiffResult> {
    const replaces = (["alias", "version", "table"] as const).filter(
      (key) => olds[key] !== news[key],
    );
    const kept = (inputs: VersionGuardInputs) =>
      stableJson([
        inputs.controlTable,
        inputs.grace,
        inputs.named ?? false,
        inputs.forceDestroy ?? false,
        inputs.deletionProtection ?? null,
        inputs.connection ?? {},
      ]);
    return {
      changes: replaces.length > 0 || kept(olds) !== kept(news),
      replaces,
      deleteBeforeReplace: replaces.length > 0,
    };
  }

  async create(inputs: VersionGuardInputs): Promise<{ id: string; outs: VersionGuardInputs }> {
    const { alias, controlTable, version } = inputs;
    const ref = this.ref(inputs);
    await retryWhileNew(() => proveLocation(ref, inputs), this.wait);
    await this.recordName(inputs, true);
    // Ignore a missing control table: the guard's delete reports it.
    const row = await findRowIfAny(ref, alias);
    if (row && isRetired(row, version)) await reopenVersions(ref, alias, [version]);
    await this.protect(inputs, true);
    return { id: `${controlTable}/${alias}/${version}`, outs: inputs };
  }

  async update(
    _id: string,
    _olds: VersionGuardInputs,
    news: VersionGuardInputs,
  ): Promise<{ outs: VersionGuardInputs }> {
    await proveLocation(this.ref(news), news);
    // A row that was lost is not made here: it would say that no other version was active.
    await this.recordName(news, false);
    await this.protect(news);
    return { outs: news };
  }

  /**
   * Removes the guard from the state only if its table is proven absent from its own Region and account:
   * otherwise the next destroy would delete the table without a check. Returns the deletion protection as
   * found.
   */
  async read(id: string, props: VersionGuardInputs): Promise<ReadResult<VersionGuardInputs>> {
    const { table, tableArn, deletionProtection } = props;
    const ref = this.ref(props);
    if (await isProvenAbsent(ref, table, tableArn)) return {};
    if (deletionProtection === undefined) return { id, props };
    // Report a manual change, so that the next update corrects it.
    const found = await describeTable(ref.client, table);
    const live = found?.TableArn === tableArn ? found?.DeletionProtectionEnabled : undefined;
    return { id, props: { ...props, deletionProtection: live ?? deletionProtection } };
  }

  /**
   * Records in the row that the table may be deleted, then lifts its deletion protection. A guard that was
   * replaced in this run does neither, since its table stays.
   *
   * @throws SwapError `swap.version-in-use`; also refuses if the row can't be read
   */
  async delete(_id: string, props: VersionGuardInputs): Promise<void> {
    if (guardedTables.has(props)) return;
    const { alias, version, grace } = props;
    const ref = this.ref(props);
    if (props.forceDestroy !== true) {
      await proveLocation(ref, props);
      const graceMs = parseDuration(grace, "grace");
      await this.assertUsedHereOnly(ref, props);
      await permitDeletion(ref, alias, version, (row) => {
        assertTableOfRow(props, row);
        assertDeletable(alias, row, version, { graceMs, now: this.now() });
      });
    }
    const { tableArn } = props;
    // Check the location by the table's own ARN: the control table may already be deleted.
    const own = tableArn === undefined || (await isLocationProven(ref, { tableArn }));
    if (own && props.deletionProtection !== undefined)
      await setDeletionProtection(ref.client, props.table, false, { signal: this.wait.signal });
  }

  /**
   * Refuses a plan that would delete this guard's table, or a table with the version's name, while the
   * version is in use.
   *
   * @throws SwapError `swap.version-in-use`, and what reading the row or the table throws
   */
  private async assertTableKept(
    olds: Untrusted<VersionGuardInputs>,
    news: Untrusted<VersionGuardInputs>,
  ): Promise<void> {
    const old = olds.table === undefined ? undefined : (olds as unknown as VersionGuardInputs);
    const others = (["alias", "version", "table"] as const).some(
      (key) => old && old[key] !== news[key],
    );
    if (old && others) return this.assertReplaceable(old);
    // The engine passes no old inputs if the guard's deletion is already planned.
    if (old || news.table !== UNKNOWN || hasUnknown([news.controlTable, news.grace])) return;
    const { table: _unknown, ...inputs } = news as unknown as VersionGuardInputs;
    await this.assertReplaceable(inputs);
  }

  /** @param inputs without a table for the one that the row names */
  private async assertReplaceable(
    inputs: Omit<VersionGuardInputs, "table"> & { table?: string },
  ): Promise<void> {
    const { alias, version, grace, forceDestroy } = inputs;
    if (forceDestroy === true) return;
    const ref = this.ref(inputs);
    const named =
      inputs.table ?? (inputs.named && tableOf(alias, version, await findActive(ref, alias)));
    const table = named || tableName(alias, version);
    if ((await describeTable(ref.client, table)) === undefined) return;
    const gracePeriod = { graceMs: parseDuration(grace, "grace"), now: this.now() };
    const row = await findActive(ref, alias);
    const block = deletionBlock(row, version, gracePeriod);
    if (block === undefined) return;
    throw new SwapError("swap.version-in-use", {
      alias,
      version,
      table,
      ...block,
      fix: "declare a new version for a table with other keys, adopt: true for one that this stack does not hold yet, or the resource option aliases if the component was renamed",
    });
  }

  private async protect(
    { table, deletionProtection, connection }: VersionGuardInputs,
    isNew = false,
  ): Promise<void> {
    const { signal } = this.wait;
    const client = this.clients.get(connection);
    if (deletionProtection !== undefined)
      await setDeletionProtection(client, table, deletionProtection, { isNew, signal });
  }

  /** Records the table's name once the table exists, for a program that leaves the pointer to another writer. */
  private async recordName(inputs: VersionGuardInputs, seed: boolean): Promise<void> {
    const { alias, controlTable, version, table, named, connection } = inputs;
    if (named !== true) return;
    if (version !== NAMED_VERSION) refuseNamed(version);
    const ref = this.ref({ controlTable, ...defined({ connection }) });
    const row = await findActive(ref, alias);
    if (seed) assertRowNotLost(inputs, row);
    if (row !== undefined || seed) await assertFirstTable(ref, alias, table, row);
    await (seed ? nameTable : nameTableOfRow)(ref, alias, table);
  }

  /** Refuses a new guard of a table that can't be version 1. */
  private async assertNameable(
    olds: Untrusted<VersionGuardInputs>,
    news: Untrusted<VersionGuardInputs>,
  ): Promise<void> {
    if (olds.table !== undefined || hasUnknown([news.table, news.controlTable])) return;
    const { alias, table, named, ...at } = news as unknown as VersionGuardInputs;
    if (named !== true) return;
    const ref = this.ref(at);
    const row = await findRowIfAny(ref, alias);
    assertRowNotLost(news as unknown as VersionGuardInputs, row);
    await assertFirstTable(ref, alias, table, row);
  }

  /** @throws SwapError `swap.version-in-use` where another alias of the control table has this table as a version */
  private async assertUsedHereOnly(
    ref: WritableControlTableRef,
    { alias, version, table, named }: VersionGuardInputs,
  ): Promise<void> {
    const other =
      named === true ? await otherUser(ref, alias, table, { permitted: true }) : undefined;
    if (other === undefined) return;
    const { rule } = other.payload as { rule: string };
    throw new SwapError("swap.version-in-use", {
      alias,
      version,
      table,
      reason: rule,
      fix: "keep the table declared, or retire it for the other alias first",
    });
  }

  private ref({
    controlTable,
    connection,
  }: Pick<VersionGuardInputs, "controlTable" | "connection">): WritableControlTableRef {
    return { client: this.clients.get(connection), controlTable };
  }
}

/**
 * Refuses a deletion that the row does not describe: version 1 is another table for its readers.
 *
 * @throws SwapError `swap.version-in-use`
 */
function assertTableOfRow(
  { alias, version, table, named }: VersionGuardInputs,
  row: PointerRow | undefined,
): void {
  const recorded = row?.tableNames?.[version];
  // Guards of programs that name tables as they like, without an entry in the row, are as they were.
  if (row === undefined || recorded === table || (recorded === undefined && named !== true)) return;
  throw new SwapError("swap.version-in-use", {
    alias,
    version,
    table,
    reason: `the control table says that version ${version} is table "${recorded ?? tableName(alias, version)}", so it is not known what uses this one`,
    fix: "set forceDestroy and run up before destroying, once you know that nothing uses it",
  });
}

/**
 * Refuses that a guard makes the row of an alias that may have lost it: the engine replaces a guard without its
 * old inputs, and the new row would send readers from a later version to version 1.
 *
 * @throws SwapError `swap.input-invalid`
 */
function assertRowNotLost(guarded: VersionGuardInputs, row: PointerRow | undefined): void {
  if (row !== undefined || !guardedTables.isSucceeded(guarded)) return;
  throw new SwapError("swap.input-invalid", {
    name: "activeVersion",
    value: "(left out)",
    rule: `alias "${guarded.alias}" has no row, and a version after ${NAMED_VERSION} may have been active`,
    fix: "declare the version that is live as activeVersion, which is 1 if no other ever was; leave it out again afterwards if another program moves the pointer",
  });
}

/** @throws SwapError for a version whose table can't have another name */
function refuseNamed(version: unknown): never {
  throw new SwapError("swap.input-invalid", {
    name: "named",
    value: "true",
    rule: `only the table of version ${NAMED_VERSION} can have another name, not that of ${formatValue(version)}`,
    fix: "leave named out",
  });
}

/** The alias's row; undefined if it has none, or the control table does not exist. */
export async function findRowIfAny(
  ref: WritableControlTableRef,
  alias: string,
): Promise<PointerRow | undefined> {
  try {
    return await findActive(ref, alias);
  } catch (error) {
    if (match(error, "swap.control-table-missing")) return undefined;
    throw error;
  }
}
