import { boolean, string as stringFlag } from "@oclif/core/flags";
import { isBarred, isRetired, type PointerRow } from "../../pointer";
import { defined } from "../../validation";
import { aliasArg, parseVersionFlag } from "../flags";
import { formatTime } from "../format";
import { transformFlag } from "../migrate/command";
import { MoveCommand, type MoveJson, moveFlags } from "../move-command";
import { usageError } from "../usage";

/** `swap rollback ALIAS --from N` */
export default class Rollback extends MoveCommand {
  static override summary = "Emergency: roll an alias back to the version before.";
  static override description =
    "One conditional write, as pulumi up makes it with rollbackFrom: it is applied only while --from is active, and bars that version. The table of the version that it goes to must be ACTIVE. Where migrateFrom has an inverse, fenced writers wait meanwhile, and what was written to --from is in the other version first, as with pulumi up; that needs --writers and the files of the migration. Otherwise, and with --abandon, it stays in its table. Afterwards the command prints the lines that the program needs; until they are there, pulumi up refuses the version that was left. Asks for confirmation on a terminal; a script passes --yes. Needs UpdateItem on the control table.";
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
    transform: transformFlag,
    inverse: stringFlag({
      summary: "module of the migration's inverse, where what was written goes back",
      helpValue: "FILE",
    }),
    abandon: boolean({ summary: "move at once, and leave what was written since" }),
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
    if (named !== undefined && named >= from)
      throw usageError(
        "flag --to",
        String(named),
        `a rollback goes to a smaller version than ${from}`,
        "name an earlier one, or leave it out",
      );
    const audit = this.auditOf(flags.reason);
    this.assertConfirmable(flags.yes, "this moves live traffic", "pass --yes to move it");
    const ref = this.open(flags);
    const { getActive, rollback, rollbackRefusal, tableOf } =
      require("../../pointer") as typeof import("../../pointer");
    const { tableActive } = require("../../readiness") as typeof import("../../readiness");

    const before = await getActive(ref, alias);
    const to = named ?? targetOf(before, from);
    const refusal = rollbackRefusal(alias, { from, to }, before);
    if (refusal) throw refusal;
    const { crossingBack } = require("../migrate/crossing") as typeof import("../migrate/crossing");
    const cross = flags.abandon
      ? undefined
      : await crossingBack(ref, { before, version: to, flags });
    const candidate = { client: ref.client, alias, version: to, table: tableOf(alias, to, before) };
    const time = formatTime(before.activatedAt);
    const since = time === undefined ? "" : ` since ${time}`;
    return this.move(
      {
        event: "rolled-back",
        ref,
        before,
        candidate,
        gates: [tableActive],
        audit,
        ...(!cross && {
          loss: `what was written to ${tableOf(alias, from, before)}${since} stays in that table`,
        }),
        program: `activeVersion: ${to}, rollbackFrom: ${from}`,
        write: (fence) => rollback(ref, alias, { ...audit, from, to, ...defined({ fence }) }),
        cross,
      },
      flags.yes,
    );
  }
}

/**
 * The version that was active before, if the history proves it.
 *
 * @throws SwapError `swap.input-invalid`
 */
function targetOf(before: PointerRow, from: number): number {
  const { previous, foreign, history } = before;
  if (before.version === from && previous !== undefined && previous < from && !foreign)
    return previous;
  const open = (version: number) =>
    version < from && !isBarred(before, version) && !isRetired(before, version);
  const known = history.findLast(({ version }) => open(version))?.version;
  // Refused as out of date, whatever the target.
  if (before.version !== from) return known ?? from - 1;
  throw usageError(
    "flag --to",
    "(none)",
    foreign
      ? `another writer made version ${from} active, and its history may lack moves`
      : `the history has no smaller version before ${from}`,
    known === undefined
      ? "see swap versions for the tables that exist, and name the version to return to"
      : `name the version to return to, such as --to ${known}, the last that the history has`,
  );
}
