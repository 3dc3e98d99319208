import { string as stringFlag } from "@oclif/core/flags";
import { aliasArg, parseVersionFlag } from "../flags";
import { MoveCommand, type MoveJson, moveFlags } from "../move-command";
import { usageError } from "../usage";

/** `swap rollback ALIAS --from N` */
export default class Rollback extends MoveCommand {
  static override summary = "Emergency: roll an alias back to the version before.";
  static override description =
    "One conditional write, as pulumi up makes it with rollbackFrom: it is applied only while --from is active, and bars that version. The table of the version that it goes to must be ACTIVE. What was written to --from stays in its table. Afterwards the command prints the lines that the program needs; until they are there, pulumi up refuses the version that was left. Asks for confirmation on a terminal; a script passes --yes. Needs UpdateItem on the control table.";
  static override examples = [
    {
      description: "Leave version 4 for the one before it",
      command: '<%= config.bin %> rollback orders --from 4 --reason "totals are wrong"',
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = {
    ...moveFlags,
    from: stringFlag({ summary: "the active version, to leave", helpValue: "N", required: true }),
    to: stringFlag({
      summary: "version to return to; default: the one that was active before",
      helpValue: "N",
    }),
  };

  async run(): Promise<MoveJson | undefined> {
    const { args, flags } = await this.parse(Rollback);
    const alias = this.aliasOf(args.alias);
    const from = parseVersionFlag(flags.from);
    const named = flags.to === undefined ? undefined : parseVersionFlag(flags.to);
    const audit = this.auditOf(flags.reason);
    this.assertConfirmable(flags.yes);
    const ref = this.open(flags);
    const { getActive, rollback, rollbackRefusal, tableOf } =
      require("../../pointer") as typeof import("../../pointer");
    const { tableActive } = require("../../readiness") as typeof import("../../readiness");

    const before = await getActive(ref, alias);
    const to = named ?? before.previous;
    if (to === undefined || (named === undefined && to >= from))
      throw usageError(
        "flag --to",
        "(none)",
        `the history of alias "${alias}" has no smaller version before ${from}`,
        "name the version to return to, such as --to 1",
      );
    const refusal = rollbackRefusal(alias, { from, to }, before);
    if (refusal) throw refusal;
    const table = tableOf(alias, to, before);
    await this.runGates({ client: ref.client, alias, version: to, table }, [tableActive]);
    const left = tableOf(alias, from, before);
    const since = before.activatedAt ? ` since ${new Date(before.activatedAt).toISOString()}` : "";
    const question = `roll ${alias} back from ${from} to ${to}? What was written to ${left}${since} stays there.`;
    if (!(await this.confirmMove(question, flags.yes))) return undefined;
    const update = await rollback(ref, alias, { ...audit, from, to });
    const program = `activeVersion: ${to}, rollbackFrom: ${from}`;
    return this.tell("rolled-back", update, before, audit, program);
  }
}
