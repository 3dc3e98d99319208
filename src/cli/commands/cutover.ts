import { string as stringArg } from "@oclif/core/args";
import { boolean, string as stringFlag } from "@oclif/core/flags";
import type { ControlTableRef } from "../../pointer";
import { defined, parseDuration } from "../../validation";
import { aliasArg, parseVersionFlag } from "../flags";
import { transformFlag } from "../migrate/command";
import { MoveCommand, type MoveJson, moveFlags } from "../move-command";
import { usageError } from "../usage";

/** `swap cutover ALIAS N` */
export default class Cutover extends MoveCommand {
  static override summary = "Emergency: make a version of an alias active.";
  static override description =
    "One conditional write, as pulumi up makes it for activeVersion: it is applied only while the version that was read is active, and only for a greater version that is neither barred nor retired. The version's table must be ACTIVE, and the last swap verify between the two versions recent and without a difference; --unverified leaves that out. Where migrateFrom fills the version, fenced writers wait meanwhile, and what changed is drained first, as pulumi up does it; that needs --writers, and --transform where the copy had one. The gates that a program declares are not known here. Afterwards the command prints the line that the program needs. Asks for confirmation on a terminal; a script passes --yes. Needs UpdateItem on the control table.";
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
    transform: transformFlag,
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
    this.assertConfirmable(flags.yes, "this moves live traffic", "pass --yes to move it");
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
    await assertFilled(ref, alias, version);
    const { crossingTo } = require("../migrate/crossing") as typeof import("../migrate/crossing");
    const cross = await crossingTo(ref, { before, version, flags });
    return this.move(
      {
        event: "cut-over",
        ref,
        before,
        candidate,
        gates: flags.unverified ? [tableActive] : [tableActive, verified({ within: flags.within })],
        audit,
        program: `activeVersion: ${version}`,
        write: (fence) =>
          setActive(ref, alias, version, {
            ...audit,
            expect: before.version,
            ...defined({ fence }),
          }),
        cross,
      },
      flags.yes,
    );
  }
}

/**
 * Refuses a version that a recorded copy has not filled yet, whatever flags say.
 *
 * @throws SwapError `swap.input-invalid`
 */
async function assertFilled(ref: ControlTableRef, alias: string, version: number): Promise<void> {
  const { MigrationStore } = require("../../migration") as typeof import("../../migration");
  const store = new MigrationStore({ client: ref.client }, alias, version);
  const started = await store.started();
  if (started === undefined) return;
  const [segments, parked] = await Promise.all([store.segments(started.run), store.parked()]);
  const done = segments.filter((each) => each.done).length;
  if (done === started.segments && parked.length === 0) return;
  throw usageError(
    "argument VERSION",
    String(version),
    parked.length > 0
      ? `its copy has parked ${parked.length} keys`
      : `its copy has done ${done} of ${started.segments} segments`,
    `see swap status ${alias} for the next step`,
  );
}
