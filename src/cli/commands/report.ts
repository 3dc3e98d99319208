import { writeFileSync } from "node:fs";
import { boolean, string as stringFlag } from "@oclif/core/flags";
import { formatValue } from "../../validation";
import { dashboardArgs, dashboardFlags, PageCommand } from "../dashboard/command";
import type { DashboardJson } from "../dashboard/dashboard-json";
import { EXIT } from "../exit-codes";
import { usageError } from "../usage";

/** `swap report [ALIAS...]` */
export default class ReportCommand extends PageCommand {
  static override summary =
    "Write what swap dashboard shows as one file, for a ticket or a pipeline.";
  static override description =
    "The page needs no server and loads nothing. With --json the facts behind it are printed; --html may then be left out. It names tables, and who moved or paused what and why, and may quote errors; keys of items are left out without --keys. Ends with exit code 1 if a part could not be read: the file says which. Only reads.";
  static override examples = [
    {
      description: "Keep the state after a cut-over",
      command: "<%= config.bin %> report orders --html orders.html --control-table prod_swap",
    },
  ];
  static override args = dashboardArgs;
  static override flags = {
    ...dashboardFlags,
    html: stringFlag({ summary: "file to write", helpValue: "FILE" }),
    keys: boolean({
      summary: "show keys of items, and the transform's reasons, which may quote their values",
    }),
  };

  async run(): Promise<DashboardJson> {
    const { args, flags } = await this.parse(ReportCommand);
    const file = flags.html;
    if (file === undefined && !this.jsonEnabled())
      throw usageError(
        "flag --html",
        "(none)",
        "swap report needs it",
        "name the file to write, or pass --json",
      );
    const looks = this.looks([args.alias ?? []].flat(), flags, true);
    this.progress("reading");
    const facts = await looks.first();
    if (!flags.keys) leaveOutKeys(facts);
    if (file !== undefined) {
      const { pageWith, readPage } =
        require("../dashboard/page-file") as typeof import("../dashboard/page-file");
      const page = readPage(this.config.root);
      try {
        writeFileSync(file, pageWith(page, "report", JSON.stringify(facts)));
      } catch (error) {
        const { code = "unknown error" } = error as NodeJS.ErrnoException;
        throw usageError(
          "flag --html",
          formatValue(file),
          `it can't be written (${code})`,
          "name another file",
        );
      }
      this.note(`written to ${file}`);
    }
    const [failure, ...more] = failuresIn(facts);
    if (failure !== undefined) {
      this.note(`not read: ${failure}${more.length > 0 ? ` (and ${more.length} more)` : ""}`);
      process.exitCode = EXIT.unexpected;
    }
    return facts;
  }
}

/** Keeps how many there are. */
function leaveOutKeys({ controlTables }: DashboardJson): void {
  for (const { parked, strays } of controlTables.flatMap(({ aliases }) =>
    aliases.flatMap(({ status }) => status?.migrations ?? []),
  )) {
    parked.first = [];
    strays.first = [];
  }
}

function failuresIn({ controlTables }: DashboardJson): string[] {
  return controlTables.flatMap(({ name, failure, aliases, doctor }) =>
    [
      [name, failure] as const,
      ...aliases.map((each) => [each.alias, each.failure] as const),
      [`what doctor finds in ${name}`, doctor?.failure] as const,
    ].flatMap(([what, failed]) => (failed ? `${what}: ${failed.message}` : [])),
  );
}
