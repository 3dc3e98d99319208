import type { Repair } from "../../../migration";
import { EXIT } from "../../exit-codes";
import { aliasArg } from "../../flags";
import { formatCount } from "../../format";
import { MigrateCommand, migrateFlags } from "../../migrate/command";
import { differenceKeyText, differencesText } from "../../migrate/differences";
import { usageError } from "../../usage";

/** Differences left that are printed. */
const SHOWN = 5;

/** What `swap migrate repair --json` prints at its end. */
export interface RepairJson extends Omit<Repair, "left"> {
  event: "repaired";
  alias: string;
  from: number;
  to: number;
  left: { kind: string; key: string; reason: string | null }[];
}

/** `swap migrate repair ALIAS --from S --to T` */
export default class MigrateRepair extends MigrateCommand {
  static override summary = "Repair what the last verification found.";
  static override description =
    "Reads each difference of the last swap verify again from both tables, with strong consistency, and writes or deletes the target's item only if it still differs. It writes only to the target's table and to <alias>_migration. Exit code 10 when differences are left that it can't repair: keys that collide, items for which the transform fails or that DynamoDB refuses. A target that is active, or has been, is refused; if it becomes active meanwhile, or the run is paused or cancelled, the repair stops. Verify again afterwards.";
  static override examples = [
    {
      description: "Repair version 4 by what the last verification found",
      command: "<%= config.bin %> migrate repair orders --from 3 --to 4 --transform ./to-v4.mjs",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = migrateFlags;

  async run(): Promise<RepairJson | undefined> {
    const { args, flags } = await this.parse(MigrateRepair);
    const alias = this.aliasOf(args.alias);
    const { RateLimit, repair } =
      require("../../../migration") as typeof import("../../../migration");
    const { isTransformForgotten, recreatedTable } =
      require("../../migrate/migration") as typeof import("../../migrate/migration");
    const { versions, rate, concurrency, opened } = await this.openForWriting(
      "repair",
      alias,
      flags,
    );
    const { mapping, store, hash } = opened;

    const copied = await store.started();
    if (isTransformForgotten(copied, versions.from, hash))
      throw usageError(
        "flag --transform",
        "none",
        `the recorded copy had transform ${copied?.transform}, and a repair without one writes items unchanged`,
        `pass --transform FILE here and to swap verify; to have items unchanged, copy them again with --restart`,
      );
    const last = await store.verification();
    const file = flags.transform === undefined ? "" : ` --transform ${flags.transform}`;
    const verify = `run swap verify ${alias} ${versions.from} ${versions.to}${file} first`;
    if (!last?.done)
      throw usageError(
        "version",
        String(versions.to),
        "no finished verification of it is recorded",
        verify,
      );
    if (last.from !== versions.from || last.transform !== hash)
      throw usageError(
        "verification",
        `of version ${last.from} with transform ${last.transform}`,
        `the repair is from version ${versions.from} with transform ${hash}`,
        verify,
      );
    const recreated = recreatedTable(opened, last.tables);
    if (recreated !== undefined)
      throw usageError(
        "verification",
        `of version ${last.from}`,
        `table "${recreated}" is not the one it read, it has been created again since`,
        verify,
      );
    const differences = await store.differences();
    const parked = await store.parkedKeys(mapping.sourceSchema);
    const done = await repair({
      ...opened,
      differences,
      parked,
      held: copied && { store, start: copied },
      concurrency,
      limit: new RateLimit(rate),
      signal: this.interruptible("run it again"),
      onProgress: (handled) =>
        this.work({ verb: "repaired", done: handled, about: differences.length }),
    }).catch((error: unknown) => {
      if (this.wasInterrupted(error) || this.wasPaused(error, "run it again")) return undefined;
      throw error;
    });
    if (done === undefined) return undefined;

    const left = done.left.map((each) => ({
      kind: each.kind,
      key: differenceKeyText(each, mapping),
      reason: each.reason ?? null,
    }));
    if (left.length > 0) process.exitCode = EXIT.dataDiffers;
    this.say(
      `${mapping.target}: of ${differencesText(differences.length)}, ${formatCount(done.written)} written, ` +
        `${formatCount(done.deleted)} deleted, ${formatCount(done.agreed)} agreed by now, ${formatCount(left.length)} left`,
    );
    for (const { kind, key, reason } of left.slice(0, SHOWN))
      this.say(`left ${kind} ${key}${reason ? `: ${reason}` : ""}`);
    this.note(`next: swap verify ${alias} ${versions.from} ${versions.to}${file}`);
    return { event: "repaired", alias, ...versions, ...done, left };
  }
}
