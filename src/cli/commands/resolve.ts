import { boolean } from "@oclif/core/flags";
import { SwapError } from "../../errors";
import { SwapCommand } from "../command";
import { aliasArg, connectionFlags } from "../flags";

/** What `swap resolve --json` prints. */
export interface ResolveJson {
  alias: string;
  table: string;
  version: number;
  /** True if the alias has no row, so that it resolves to version 1. */
  implicit: boolean;
}

/** `swap resolve ALIAS` */
export default class Resolve extends SwapCommand {
  static override summary = "Print the table that an alias's traffic goes to.";
  static override description =
    "One consistent read. The table's name is alone on standard output. For an alias without a row it is <alias>_v1, which a remark on standard error says; with --strict it is an error.";
  static override examples = [
    {
      description: "Print the active table",
      command: "<%= config.bin %> resolve orders --control-table prod_swap",
    },
    {
      description: "Read from the active table",
      command: 'aws dynamodb scan --max-items 5 --table-name "$(<%= config.bin %> resolve orders)"',
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = {
    ...connectionFlags,
    strict: boolean({ summary: "fail for an alias without a row (exit code 3)" }),
  };

  async run(): Promise<ResolveJson> {
    const { args, flags } = await this.parse(Resolve);
    const alias = this.aliasOf(args.alias);
    const source = this.open(flags);
    const { resolveTable } = require("../../pointer") as typeof import("../../pointer");
    const { table, version, implicit } = await resolveTable(source, alias);
    if (implicit && flags.strict)
      throw new SwapError("swap.no-active-version", { alias, controlTable: source.controlTable });
    if (implicit) {
      this.note(
        `alias "${alias}" has no row in control table "${source.controlTable}"; version 1 is implied`,
      );
      // A script may ask often for an alias that has no row yet: the names are read for a person only.
      if (process.stderr.isTTY) await this.noteAbsent(source, alias);
    }
    this.log(table);
    return { alias, table, version, implicit };
  }
}
