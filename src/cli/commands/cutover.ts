import { string as stringArg } from "@oclif/core/args";
import { boolean, string as stringFlag } from "@oclif/core/flags";
import { parseDuration } from "../../validation";
import { aliasArg, parseVersionFlag } from "../flags";
import { MoveCommand, type MoveJson, moveFlags } from "../move-command";
import { usageError } from "../usage";

/** `swap cutover ALIAS N` */
export default class Cutover extends MoveCommand {
  static override summary = "Emergency: make a version of an alias active.";
  static override description =
    "One conditional write, as pulumi up makes it for activeVersion: it is applied only while the version that was read is active, and only for a greater version that is neither barred nor retired. The version's table must be ACTIVE, and the last swap verify between the two versions recent and without a difference; --unverified leaves that out. The gates that a program declares are not known here. Afterwards the command prints the line that the program needs. Asks for confirmation on a terminal; a script passes --yes. Needs UpdateItem on the control table.";
  static override examples = [
    {
      description: "Make version 4 active after a verification",
      command: '<%= config.bin %> cutover orders 4 --reason "pipeline is down"',
    },
  ];
  static override args = {
    alias: aliasArg,
    version: stringArg({ description: "version to make active", ignoreStdin: true }),
  };
  static override flags = {
    ...moveFlags,
    within: stringFlag({
      summary: "greatest age of the last verification, such as 15m",
      default: "1h",
      helpValue: "DURATION",
    }),
    unverified: boolean({ summary: "do not ask for a verification" }),
  };

  async run(): Promise<MoveJson | undefined> {
    const { args, flags } = await this.parse(Cutover);
    const alias = this.aliasOf(args.alias);
    if (args.version === undefined)
      throw usageError("argument VERSION", "(none)", "swap cutover needs it", "name a version");
    const version = parseVersionFlag(args.version);
    parseDuration(flags.within, "flag --within");
    const audit = this.auditOf(flags.reason);
    this.assertConfirmable(flags.yes);
    const ref = this.open(flags);
    const { getActive, setActive, setRefusal, tableOf } =
      require("../../pointer") as typeof import("../../pointer");
    const { tableActive, verified } =
      require("../../readiness") as typeof import("../../readiness");

    const before = await getActive(ref, alias);
    const refusal = setRefusal(alias, version, before);
    if (refusal) throw refusal;
    const candidate = {
      client: ref.client,
      alias,
      version,
      table: tableOf(alias, version, before),
      activeTable: tableOf(alias, before.version, before),
      activeVersion: before.version,
    };
    const gates = flags.unverified
      ? [tableActive]
      : [tableActive, verified({ within: flags.within })];
    await this.runGates(candidate, gates);
    const question = `make version ${version} of ${alias} active in place of ${before.version}?`;
    if (!(await this.confirmMove(question, flags.yes))) return undefined;
    const update = await setActive(ref, alias, version, { ...audit, expect: before.version });
    return this.tell("cut-over", update, before, audit, `activeVersion: ${version}`);
  }
}
