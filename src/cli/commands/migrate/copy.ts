import type { Copy, MigrationStart } from "../../../migration";
import { formatValue } from "../../../validation";
import { EXIT } from "../../exit-codes";
import { aliasArg } from "../../flags";
import { formatCount } from "../../format";
import { MigrateCommand, migrateFlags, restartFlag } from "../../migrate/command";
import { isAllLeftOut } from "../../migrate/differences";
import { usageError } from "../../usage";

/** Parked keys that are printed. */
const SHOWN = 5;

/** What `swap migrate copy --json` prints at its end. */
export interface CopyJson extends Copy {
  event: "copied";
  alias: string;
  from: number;
  to: number;
  transform: string;
  /** Source keys that are parked now. */
  parkedKeys: { key: string; kind: string; reason: string }[];
}

/** `swap migrate copy ALIAS --from S --to T` */
export default class MigrateCopy extends MigrateCommand {
  static override summary = "Copy a version's items to another version's table.";
  static override description =
    "Reads the source with strongly consistent parallel scans and writes each item, or what --transform makes of it, to the target. It writes only to the target's table and to <alias>_migration, which records how far it has come and is created if it is missing. Ctrl-C stops it; the same command, without --restart, goes on. Throttled and unprocessed writes are sent again. An item that can't be written is parked: its key and the reason are recorded, and the exit code is 10, as it is when the transform leaves out each item. For a source that is written to meanwhile, verify afterwards and repair. A target that is active, or has been, or that is not greater than the active version, is refused; if it becomes active meanwhile, the copy stops. Run again, it tries parked keys again.";
  static override examples = [
    {
      description: "Copy version 3 to version 4, each item changed by a module",
      command: "<%= config.bin %> migrate copy orders --from 3 --to 4 --transform ./to-v4.mjs",
    },
    {
      description: "Copy at most 500 items a second",
      command: "<%= config.bin %> migrate copy orders --from 3 --to 4 --rate 500",
    },
  ];
  static override args = { alias: aliasArg };
  static override flags = { ...migrateFlags, restart: restartFlag };

  async run(): Promise<CopyJson | undefined> {
    const { args, flags } = await this.parse(MigrateCopy);
    const alias = this.aliasOf(args.alias);
    const { assertOneProcess, copy, RateLimit } =
      require("../../../migration") as typeof import("../../../migration");
    const { keyText } = require("../../../items") as typeof import("../../../items");
    const { recreatedTable } =
      require("../../migrate/migration") as typeof import("../../migrate/migration");
    const { versions, rate, concurrency, opened } = await this.openForWriting("copy", alias, flags);
    const { source, mapping, store, hash } = opened;

    const { created } = await store.createTable();
    if (created) this.note(`created table ${store.table}, which records the migration`);
    if (flags.restart) await store.reset();
    const start = await store.start({
      from: versions.from,
      transform: hash,
      segments: concurrency * 4,
      startedAt: Date.now(),
      tables: opened.tables,
    });
    assertOneProcess(start);
    assertSameMigration(
      start,
      versions.from,
      { file: flags.transform, hash },
      recreatedTable(opened, start.tables),
    );

    const goesOn = `the same command${flags.restart ? " without --restart" : ""} goes on where it stopped`;
    let totals: Copy;
    try {
      totals = await copy({
        ...opened,
        start,
        concurrency,
        limit: new RateLimit(rate),
        signal: this.interruptible(goesOn),
        onProgress: ({ read }) =>
          this.work({ verb: "copied", done: read, about: opened.sourceItems }),
      });
    } catch (error) {
      if (this.wasInterrupted(error) || this.wasPaused(error, goesOn)) return undefined;
      throw error;
    }
    const parkedKeys = (await store.parked()).map(({ sourceKey, kind, reason }) => ({
      key: keyText(sourceKey, mapping.sourceSchema),
      kind,
      reason,
    }));
    if (parkedKeys.length > 0) process.exitCode = EXIT.dataDiffers;
    this.say(
      totals.alreadyComplete
        ? `${source} to ${mapping.target}: already complete, nothing copied; ${retriedText(totals)}--restart copies all items again`
        : `${source} to ${mapping.target}: ${formatCount(totals.read)} read, ${formatCount(totals.written)} written, ` +
            `${formatCount(totals.leftOut)} left out, ${formatCount(parkedKeys.length)} parked`,
    );
    if (isAllLeftOut({ sourceItems: totals.read, leftOut: totals.leftOut })) {
      process.exitCode = EXIT.dataDiffers;
      this.note(
        "the transform left out each item: if that is not what you want, let it return the item, and copy with --restart",
      );
    }
    for (const { key, reason } of parkedKeys.slice(0, SHOWN)) this.say(`parked ${key}: ${reason}`);
    const file = flags.transform === undefined ? "" : ` --transform ${flags.transform}`;
    this.note(`next: swap verify ${alias} ${versions.from} ${versions.to}${file}`);
    return { event: "copied", alias, ...versions, transform: hash, ...totals, parkedKeys };
  }
}

function retriedText({ retried, unparked }: Copy): string {
  if (retried === 0) return "";
  return `of ${formatCount(retried)} parked keys, ${formatCount(unparked)} are no longer parked; `;
}

/** Refuses to go on with a copy of another source, transform or table. */
function assertSameMigration(
  start: MigrationStart,
  from: number,
  { file, hash }: { file: string | undefined; hash: string },
  recreated: string | undefined,
): void {
  const fix = "pass what it was started with, or --restart to copy all items again";
  if (start.from !== from)
    throw usageError(
      "flag --from",
      String(from),
      `a copy from version ${start.from} is recorded`,
      fix,
    );
  if (start.transform !== hash)
    throw usageError(
      "flag --transform",
      file === undefined ? "none" : formatValue(file),
      `a copy with another transform is recorded: its hash is ${start.transform}, not ${hash}`,
      fix,
    );
  if (recreated !== undefined)
    throw usageError(
      "recorded copy",
      `of version ${from}`,
      `table "${recreated}" is not the one it was started with, it has been created again since`,
      "pass --restart to copy all items again",
    );
}
