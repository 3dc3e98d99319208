import { assertTableArn, isProvenAbsent, proveLocation } from "../aws";
import { type Connection, checkConnection } from "../aws/connection";
import { SwapError } from "../errors";
import { assertAlias, assertVersion, type ControlTableRef, findActive } from "../pointer";
import { assertMayRetire } from "../retention";
import { hasUnknown, parseDuration, shownInput } from "../validation";
import { assertControlTable, lineOf } from "./active-version-inputs";
import type { Clients } from "./clients";
import type { CheckResult, DiffResult, Handler, ReadResult, Untrusted } from "./protocol";
import { stableJson } from "./stable-json";

/** What a guard watches over. */
export interface VersionGuardInputs {
  alias: string;
  controlTable: string;
  version: number;
  /** The guarded table: the guard depends on it and is therefore deleted first. */
  table: string;
  /** The guarded table's ARN; the connection must reach its partition, account and Region. */
  tableArn?: string;
  /** The control table's ARN; the connection must reach this table. */
  controlTableArn?: string;
  /** How long the version is kept after it was left, such as `24h`. */
  grace: string;
  /** Let the table go whatever the pointer says. */
  forceDestroy?: boolean;
  connection?: Connection;
}

/** Any other value, the text "false" too, would lift the guard. */
function assertFlag(value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== "boolean")
    throw new SwapError("swap.input-invalid", {
      name: "forceDestroy",
      value: shownInput(value),
      rule: "want true or false",
      fix: "leave it out to keep the guard",
    });
}

/**
 * Stands before one version's table. Pulumi deletes it before the table, for a replacement as well,
 * and its delete refuses while the version is active or inside its grace period: the table stays.
 */
export class VersionGuardHandler implements Handler<VersionGuardInputs, VersionGuardInputs> {
  constructor(
    private readonly clients: Clients,
    private readonly now: () => number = Date.now,
  ) {}

  async check(
    _olds: Untrusted<VersionGuardInputs>,
    news: Untrusted<VersionGuardInputs>,
  ): Promise<CheckResult<Untrusted<VersionGuardInputs>>> {
    const known = (property: keyof VersionGuardInputs, rule: (value: unknown) => void) =>
      hasUnknown(news[property]) ? [] : lineOf(property, () => rule(news[property]));
    const failures = [
      ...known("alias", assertAlias),
      ...known("controlTable", assertControlTable),
      ...known("version", assertVersion),
      ...known("grace", (value) => parseDuration(value, "grace")),
      ...known("tableArn", (value) => value && assertTableArn("tableArn", value)),
      ...known("controlTableArn", (value) => value && assertTableArn("controlTableArn", value)),
      ...known("forceDestroy", assertFlag),
      ...known("connection", (value) => value && checkConnection(value as Connection)),
    ];
    return { inputs: news, failures };
  }

  /**
   * A table that is replaced is unknown, or another one: the guard is then replaced too, and first
   * deleted, which is where it refuses.
   */
  async diff(_id: string, olds: VersionGuardInputs, news: VersionGuardInputs): Promise<DiffResult> {
    const replaces = (["alias", "version", "table"] as const).filter(
      (key) => olds[key] !== news[key],
    );
    const kept = ({ controlTable, grace, forceDestroy, connection }: VersionGuardInputs) =>
      stableJson([controlTable, grace, forceDestroy ?? false, connection ?? {}]);
    return {
      changes: replaces.length > 0 || kept(olds) !== kept(news),
      replaces,
      deleteBeforeReplace: replaces.length > 0,
    };
  }

  async create(inputs: VersionGuardInputs): Promise<{ id: string; outs: VersionGuardInputs }> {
    return { id: `${inputs.controlTable}/${inputs.alias}/${inputs.version}`, outs: inputs };
  }

  async update(
    _id: string,
    _olds: VersionGuardInputs,
    news: VersionGuardInputs,
  ): Promise<{ outs: VersionGuardInputs }> {
    return { outs: news };
  }

  /**
   * A guard leaves the state only where its table is proven absent in its own Region and account:
   * the next destroy would otherwise delete the table unasked.
   */
  async read(id: string, props: VersionGuardInputs): Promise<ReadResult<VersionGuardInputs>> {
    const { table, tableArn } = props;
    return (await isProvenAbsent(this.ref(props), table, tableArn)) ? {} : { id, props };
  }

  /** @throws SwapError `swap.version-in-use`; a row that can't be read refuses as well */
  async delete(_id: string, props: VersionGuardInputs): Promise<void> {
    if (props.forceDestroy === true) return;
    const { alias, version, grace } = props;
    const ref = this.ref(props);
    await proveLocation(ref, props);
    const row = await findActive(ref, alias);
    const graceMs = parseDuration(grace, "grace");
    assertMayRetire(alias, row, version, { graceMs, now: this.now() });
  }

  private ref({ controlTable, connection }: VersionGuardInputs): ControlTableRef {
    return { client: this.clients.get(connection), controlTable };
  }
}
