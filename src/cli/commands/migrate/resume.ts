import { ControlCommand, type ControlJson, controlArgs, controlFlags } from "../../migrate/control";

/** `swap migrate resume ALIAS VERSION` */
export default class MigrateResume extends ControlCommand {
  static override summary = "Resume a copy or replay that is paused.";
  static override description =
    "Functions go on within about a minute. A copy in one process has ended: run its command again. A replay that was paused 23 hours ago or earlier, or has applied nothing since then, is not resumed: its stream may have lost changes. It writes only to the control row in <alias>_migration.";
  static override examples = [
    {
      description: "Resume the copy to version 4",
      command: "<%= config.bin %> migrate resume orders 4",
    },
  ];
  static override args = controlArgs;
  static override flags = controlFlags;

  async run(): Promise<ControlJson> {
    const { args, flags } = await this.parse(MigrateResume);
    const run = await this.controlledRun(args, flags);
    const { before, changed, json } = await run.change({ kind: "resume" });
    const by = before.paused && `, it was paused by ${this.textOf(before.paused)}`;
    this.sayOf(run, changed ? `resumed${by ?? ""}` : "not paused, nothing to resume");
    const { alias, to, started } = run;
    if (started.engine !== "lambda")
      this.note(
        `next: swap migrate copy ${alias} --from ${started.from} --to ${to} goes on, with the same flags`,
      );
    return { event: "resumed", ...json };
  }
}
