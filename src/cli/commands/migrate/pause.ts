import { formatTime } from "../../format";
import { ControlCommand, type ControlJson, controlArgs, controlFlags } from "../../migrate/control";

/** `swap migrate pause ALIAS VERSION` */
export default class MigratePause extends ControlCommand {
  static override summary = "Pause a copy and its replay.";
  static override description =
    "Workers look every 2 s, save their position and write nothing more until swap migrate resume. Time goes on: a copy by migrateFrom has 23 hours from its start, and its stream holds changes for 24. A copy in one process ends, and the same command goes on after the resume. It writes only to the control row in <alias>_migration.";
  static override examples = [
    {
      description: "Pause the copy to version 4",
      command: '<%= config.bin %> migrate pause orders 4 --reason "peak hours"',
    },
  ];
  static override args = controlArgs;
  static override flags = controlFlags;

  async run(): Promise<ControlJson> {
    const { args, flags } = await this.parse(MigratePause);
    const run = await this.controlledRun(args, flags);
    const { before, changed, json } = await run.change({ kind: "pause" });
    this.sayOf(
      run,
      changed || !before.paused ? "paused" : `already paused by ${this.textOf(before.paused)}`,
    );
    const { alias, to, started } = run;
    if (started.engine === "lambda") {
      const { COPY_DEADLINE_MS } =
        require("../../../migration") as typeof import("../../../migration");
      this.note(
        `a copy has until ${formatTime(started.startedAt + COPY_DEADLINE_MS)}, paused or not; a replay may be paused for 23 hours`,
      );
    }
    this.note(`next: swap migrate resume ${alias} ${to}`);
    return { event: "paused", ...json };
  }
}
