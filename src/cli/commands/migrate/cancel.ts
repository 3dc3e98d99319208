import { boolean } from "@oclif/core/flags";
import {
  ControlCommand,
  type ControlJson,
  type ControlledRun,
  controlArgs,
  controlFlags,
} from "../../migrate/control";

/** `swap migrate cancel ALIAS VERSION` */
export default class MigrateCancel extends ControlCommand {
  static override summary = "Cancel a copy and its replay, for good.";
  static override description =
    "The run writes nothing again; what it has written stays in the target. It can't be taken back: begin a new run with swap migrate copy --restart, or with migrateFrom taken out of the program and declared again. Asks for confirmation on a terminal; a script passes --yes. It writes only to the control row in <alias>_migration.";
  static override examples = [
    {
      description: "Cancel the copy to version 4",
      command: "<%= config.bin %> migrate cancel orders 4 --yes",
    },
  ];
  static override args = controlArgs;
  static override flags = {
    ...controlFlags,
    yes: boolean({ char: "y", summary: "cancel without asking" }),
  };

  async run(): Promise<ControlJson | undefined> {
    const { args, flags } = await this.parse(MigrateCancel);
    this.assertConfirmable(
      flags.yes,
      "a cancelled run can't be taken back",
      "pass --yes to cancel it",
    );
    const run = await this.controlledRun(args, flags);
    if (!(await this.isConfirmed(questionOf(run), flags.yes))) return undefined;
    const { before, changed, json } = await run.change({ kind: "cancel" });
    this.sayOf(
      run,
      changed || !before.cancelled
        ? "cancelled"
        : `already cancelled by ${this.textOf(before.cancelled)}`,
    );
    this.note(
      run.started.engine === "lambda"
        ? "next: take migrateFrom out of the program and run pulumi up; declare it again to begin a new run"
        : "next: swap migrate copy with --restart begins a new run",
    );
    return { event: "cancelled", ...json };
  }
}

const questionOf = ({ alias, to, started }: ControlledRun): string =>
  `cancel the copy of ${alias} from version ${started.from} to ${to}? It can't be taken back.`;
