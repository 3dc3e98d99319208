import { string as stringArg } from "@oclif/core/args";
import { string as stringFlag } from "@oclif/core/flags";
import { match } from "../../errors";
import type {
  DifferenceCounts,
  MigrationStart,
  MigrationStore,
  VerificationRecord,
} from "../../migration";
import { parseDuration } from "../../validation";
import { EXIT } from "../exit-codes";
import { connectionFlags } from "../flags";
import { formatCount, formatTime } from "../format";
import {
  concurrencyFlag,
  MigrateCommand,
  paceOf,
  parseVersionFlags,
  rateFlag,
  transformFlag,
} from "../migrate/command";
import {
  type DifferenceSamples,
  isAllLeftOut,
  outcomeText,
  unrepairable,
} from "../migrate/differences";

/** What `swap verify --json` prints at its end. */
export interface VerifyJson
  extends Pick<
    VerificationRecord,
    "from" | "to" | "transform" | "sourceItems" | "leftOut" | "targetItems" | "complete"
  > {
  event: "verified";
  alias: string;
  startedAt: string;
  finishedAt: string;
  readUnits: number;
  differences: number;
  counts: DifferenceCounts;
  /** Up to ten differences of each kind, with the reason if it has one. */
  samples: DifferenceSamples;
}

/** `swap verify ALIAS FROM TO` */
export default class Verify extends MigrateCommand {
  static override summary = "Compare two versions' items by value, in both directions.";
  static override description =
    "Reads both tables and reports each item of the target that is missing, has another value, or that no item of the source maps to. Numbers are compared as numbers, sets in any order, binary by its bytes. What differs is read again with strong consistency, and once more after --settle, before it counts. The result is recorded in <alias>_migration (created if it is missing) with its time and the transform's hash; the readiness gate and swap migrate repair use it. Exit code 10 when the tables differ, when not all items could be compared, or when the transform leaves out each item.";
  static override examples = [
    {
      description: "Verify a copy that a module has changed",
      command: "<%= config.bin %> verify orders 3 4 --transform ./to-v4.mjs",
    },
    {
      description: "Count the differences in a pipeline",
      command:
        "<%= config.bin %> verify orders 3 4 --json | jq 'select(.event==\"verified\").counts'",
    },
  ];
  static override args = {
    alias: stringArg({ description: "alias of the data set", required: true, ignoreStdin: true }),
    from: stringArg({ description: "version copied", required: true, ignoreStdin: true }),
    to: stringArg({ description: "version written", required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...connectionFlags,
    transform: transformFlag,
    settle: stringFlag({
      summary: "wait before items that differ are read once more, such as 10s",
      default: "0s",
      helpValue: "DURATION",
    }),
    rate: rateFlag,
    concurrency: concurrencyFlag,
  };

  async run(): Promise<VerifyJson | undefined> {
    const { args, flags } = await this.parse(Verify);
    const alias = this.aliasOf(args.alias);
    const versions = parseVersionFlags(args.from, args.to);
    const { rate, concurrency } = paceOf(flags);
    const settleMs = parseDuration(flags.settle, "flag --settle");
    const control = this.open(flags);
    const { assertTargetWritable, countDifferences, RateLimit, verify } =
      require("../../migration") as typeof import("../../migration");
    const { isTransformForgotten, openMigration } =
      require("../migrate/migration") as typeof import("../migrate/migration");
    const asked = { alias, ...versions, transform: flags.transform };
    const opened = await openMigration(control, asked, "verification");
    const { client, source, mapping, store, hash } = opened;

    const { created } = await store.createTable();
    if (created) this.note(`created table ${store.table}, which records the verification`);
    const copied = await store.started();
    const startedAt = Date.now();
    const begun = await store.startVerification({
      from: versions.from,
      transform: hash,
      startedAt,
      tables: opened.tables,
    });
    const found = await verify({
      client,
      source,
      mapping,
      concurrency,
      settleMs,
      limit: new RateLimit(rate),
      signal: this.interruptible("the last verification no longer counts, run it again"),
      onProgress: ({ phase, read }) =>
        this.work({
          verb: phase === "compare" ? "compared" : "looking for differences, read",
          done: read,
          about: opened.sourceItems + opened.targetItems,
        }),
    }).catch((error: unknown) => {
      if (this.wasInterrupted(error)) return undefined;
      throw error;
    });
    if (found === undefined) return undefined;
    const finishedAt = Date.now();
    const counts = countDifferences(found.differences);
    const recorded = await store.finishVerification(begun, found, finishedAt);
    if (recorded === undefined)
      this.note("this result is not recorded: another verification has begun meanwhile");

    const { differences, sourceItems, leftOut, targetItems, complete, readUnits } = found;
    const total = differences.length;
    const allLeftOut = isAllLeftOut(found);
    if (total > 0 || !complete || allLeftOut) process.exitCode = EXIT.dataDiffers;
    this.say(
      `${source} to ${mapping.target}: ${formatCount(sourceItems)} items, ${formatCount(leftOut)} left out, ` +
        `${formatCount(targetItems)} in the target, ${formatCount(readUnits)} read units: ` +
        outcomeText(total, complete),
    );
    if (allLeftOut)
      this.note(
        "the transform leaves out each item, and the gates refuse that: correct it, and copy again",
      );
    const samples = this.showDifferences(differences, counts, mapping);
    if (total > 0) {
      const file = flags.transform === undefined ? "" : ` --transform ${flags.transform}`;
      const refusal = await assertTargetWritable(
        opened,
        opened.mapping.context,
        "copy to a greater version, which has not been active",
      ).then(
        () => undefined,
        (error: unknown) => (match(error, "swap.input-invalid") ? error : undefined),
      );
      const rest = `${alias} --from ${versions.from} --to ${versions.to}${file}`;
      const ours = copied?.from === versions.from && copied.transform === hash ? copied : undefined;
      const forgotten = isTransformForgotten(copied, versions.from, hash);
      if (refusal) this.note(`version ${versions.to} can't be repaired: ${refusal.message}`);
      else if (forgotten)
        this.note(
          `the recorded copy had transform ${copied?.transform}, this verification none; ` +
            `next: swap verify ${alias} ${versions.from} ${versions.to} --transform FILE`,
        );
      else if (ours && !(await isComplete(store, ours)))
        this.note(`the copy is not complete; next: swap migrate copy ${rest}`);
      else this.note(unrepairable(counts) ?? `next: swap migrate repair ${rest}`);
    }
    return {
      event: "verified",
      alias,
      ...versions,
      transform: hash,
      startedAt: formatTime(startedAt) ?? "",
      finishedAt: formatTime(finishedAt) ?? "",
      sourceItems,
      leftOut,
      targetItems,
      readUnits,
      complete,
      differences: total,
      counts,
      samples,
    };
  }
}

/** Whether all segments of a copy are done. */
async function isComplete(store: MigrationStore, { run, segments }: MigrationStart) {
  const saved = await store.segments(run);
  return saved.filter(({ done }) => done).length === segments;
}
