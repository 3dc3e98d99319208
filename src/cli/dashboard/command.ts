import { string as stringArg } from "@oclif/core/args";
import { boolean, string as stringFlag } from "@oclif/core/flags";
import type { ControlTableRef } from "../../pointer";
import { parseDuration } from "../../validation";
import { SwapCommand } from "../command";
import { type GraceFlags, graceTermsOf } from "../doctor/grace";
import { type ConnectionFlags, connectionFlags } from "../flags";
import { unknownAlias } from "../nearest-alias";
import { controlTableFromFlags } from "../open-control-table";
import type { DashboardJson } from "./dashboard-json";
import type { TableWatch } from "./look";

export const dashboardArgs = {
  alias: stringArg({
    description: "aliases to show; default: SWAP_ALIAS, else every alias",
    multiple: true,
    ignoreStdin: true,
  }),
};

export const dashboardFlags = {
  ...connectionFlags,
  "control-table": stringFlag({
    summary: "name (or ARN) of a control table; may be given more than once",
    env: "SWAP_CONTROL_TABLE",
    helpValue: "NAME",
    helpGroup: "CONNECTION",
    multiple: true,
  }),
  all: boolean({ summary: "show every alias, even when SWAP_ALIAS is set" }),
  grace: stringFlag({
    summary:
      "grace period, as retention.grace of the stack has it; shown as 24h without it, and not checked",
    helpValue: "DURATION",
  }),
  "readers-refresh": stringFlag({
    summary: "longest that a reader may use an older pointer, such as 1m; else not checked",
    helpValue: "DURATION",
  }),
};

/** What the flags of {@link dashboardFlags} say. */
type PageFlags = Omit<ConnectionFlags, "control-table"> &
  GraceFlags & { "control-table"?: string[] | undefined; all: boolean };

/** Looks at several control tables. */
export interface Looks {
  /** The first look, whose failure ends the run. */
  first(): Promise<DashboardJson>;
  again(): Promise<DashboardJson>;
}

/** Base of the commands that show everything. */
export abstract class PageCommand extends SwapCommand {
  /**
   * Opens the control tables.
   *
   * @param whole whether each look reads every alias in full
   * @throws SwapError `swap.input-invalid`, `swap.alias-invalid`; the first look CliError `swap.no-active-version` for an
   * alias that has neither a row nor a table
   */
  protected looks(named: readonly string[], flags: PageFlags, whole: boolean): Looks {
    const grace = flags.grace ?? "24h";
    const options = {
      aliases: this.aliasesOf(named, flags.all),
      graceMs: parseDuration(grace, "flag --grace"),
      terms: graceTermsOf(flags),
    };
    // oclif gives one name where it is from the environment.
    const [name, ...others] = [...new Set([flags["control-table"] ?? []].flat())].map((each) =>
      controlTableFromFlags({ "control-table": each }),
    );
    const ref = this.open({ ...flags, "control-table": name });
    const refs: ControlTableRef[] = [
      ref,
      ...others.map((controlTable) => ({ client: ref.client, controlTable })),
    ];
    const { TableWatch } = require("./look") as typeof import("./look");
    const watches = refs.map((each) => new TableWatch(each, options));
    const json = async (look: (watch: TableWatch) => ReturnType<TableWatch["look"]>) => {
      const controlTables = await Promise.all(watches.map(look));
      const program = `${this.config.pjson.name} ${this.config.pjson.version}`;
      return { observed: new Date().toISOString(), program, grace, controlTables };
    };
    return {
      async first() {
        const facts = await json((watch) => watch.lookOrThrow(whole));
        const isUnknown = (alias: string) =>
          facts.controlTables.every(
            ({ aliases }) =>
              aliases.find((each) => each.alias === alias)?.failure?.code ===
              "swap.no-active-version",
          );
        const unknown = options.aliases?.find(isUnknown);
        if (unknown !== undefined) throw unknownAlias(ref, unknown);
        return facts;
      },
      again: () => json((watch) => watch.look(whole)),
    };
  }
}
