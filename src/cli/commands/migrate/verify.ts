import { boolean } from "@oclif/core/flags";
import { SwapError } from "../../../errors";
import type { VerificationRecord } from "../../../migration";
import { EXIT } from "../../exit-codes";
import { formatCount, formatTime } from "../../format";
import {
  ControlCommand,
  type ControlledRun,
  controlArgs,
  controlFlags,
} from "../../migrate/control";
import { isAllLeftOut, outcomeText, unrepairable } from "../../migrate/differences";
import { pause } from "../../poll";
import { usageError } from "../../usage";
import type { VerifyJson } from "../verify";

const LOOK_EVERY_MS = 1_000;
/** Time after which a request that no function has begun is remarked on, in milliseconds. */
const UNHEARD_MS = 60_000;

/** What `swap migrate verify --json` prints: the first unless it waits, else the second at its end. */
export type MigrateVerifyJson =
  | { event: "requested"; alias: string; to: number; run: string }
  | (Omit<VerifyJson, "readUnits"> & { run: string });

/** `swap migrate verify ALIAS VERSION` */
export default class MigrateVerify extends ControlCommand {
  static override summary = "Have the functions of migrateFrom verify what they have copied.";
  static override description =
    "They compare both tables by value, in both directions, as swap verify does, but not on this machine. What differs is read again after the replay's lag before it counts. The result is recorded with its time; the gates and swap migrate repair use it. On a terminal the command waits for it, else with --wait; Ctrl-C ends the wait, and the verification goes on. It writes only the row verify-request in <alias>_migration. Exit code 10 when the tables differ, when not all items could be compared, or when the transform leaves out each item.";
  static override examples = [
    {
      description: "Verify version 4, and wait for the result",
      command: "<%= config.bin %> migrate verify orders 4 --wait",
    },
  ];
  static override args = controlArgs;
  static override flags = {
    ...controlFlags,
    wait: boolean({ summary: "wait for the result; default: on a terminal", allowNo: true }),
  };

  async run(): Promise<MigrateVerifyJson | undefined> {
    const { args, flags } = await this.parse(MigrateVerify);
    const found = await this.controlledRun(args, flags);
    const { alias, to, store } = found;
    await assertVerifiable(found);
    const run = await store.requestVerification(found.note());
    if (!(flags.wait ?? process.stderr.isTTY)) {
      this.sayOf(found, "a verification is requested");
      this.note(`next: swap status ${alias} ${to}`);
      return { event: "requested", alias, to, run };
    }
    try {
      const record = await this.#result(found, run);
      return await this.#report(found, record);
    } catch (error) {
      if (this.wasInterrupted(error)) return undefined;
      throw error;
    }
  }

  /** Waits until a verification is recorded. */
  async #result(
    { alias, to, started, store }: ControlledRun,
    run: string,
  ): Promise<VerificationRecord> {
    const signal = this.interruptible(`the verification goes on; see swap status ${alias} ${to}`);
    const segments = await store.segments(started.run);
    const about = segments.reduce((sum, { read, written }) => sum + read + written, 0);
    let begun = false;
    let unheardAt = performance.now() + UNHEARD_MS;
    for (; ; await pause(LOOK_EVERY_MS)) {
      signal.throwIfAborted();
      const last = await store.verification();
      if (last?.run === run) {
        begun = true;
        if (last.done) return last;
        if (last.failure !== undefined)
          throw new SwapError("swap.service-error", {
            action: "Invoke",
            resource: `the functions that verify version ${to} of "${alias}"`,
            reason: last.failure,
          });
        const progress = await store.verificationProgress(run);
        if (progress)
          this.work(
            progress.phase === "compare"
              ? { verb: "compared", done: progress.read, about }
              : { verb: "looking for differences, read", done: progress.read, about: 0 },
          );
      } else if (begun || (await store.requestedVerification()) !== run)
        throw usageError(
          "verification",
          run,
          "another one was begun, or asked for, in place of this one",
          `see swap status ${alias} ${to}, or run it again`,
        );
      else if (performance.now() >= unheardAt) {
        unheardAt = Number.POSITIVE_INFINITY;
        this.note(
          "no function has begun it for a minute; see the log of the function whose name ends with -verify, and its event source mapping",
        );
      }
    }
  }

  async #report(found: ControlledRun, record: VerificationRecord): Promise<MigrateVerifyJson> {
    const { alias, to, started, store } = found;
    const differences = await store.differences();
    const { run, from, transform, startedAt, finishedAt, counts, complete } = record;
    const { sourceItems, leftOut, targetItems } = record;
    const total = differences.length;
    const allLeftOut = isAllLeftOut(record);
    if (total > 0 || !complete || allLeftOut) process.exitCode = EXIT.dataDiffers;
    this.sayOf(
      found,
      `${formatCount(sourceItems)} items, ${formatCount(leftOut)} left out, ` +
        `${formatCount(targetItems)} in the target: ${outcomeText(total, complete)}`,
    );
    if (allLeftOut)
      this.note(
        "the transform leaves out each item, and the gates refuse that: correct it, take migrateFrom out of the program, run pulumi up, and declare it again",
      );
    const samples = this.showDifferences(differences, counts);
    if (total > 0) {
      const file = started.transform === "none" ? "" : " --transform FILE";
      const repair = `next: swap migrate repair ${alias} --from ${from} --to ${to}${file}`;
      this.note(unrepairable(counts) ?? repair);
    }
    return {
      event: "verified",
      alias,
      from,
      to,
      run,
      transform,
      startedAt: formatTime(startedAt) ?? "",
      finishedAt: formatTime(finishedAt) ?? "",
      sourceItems,
      leftOut,
      targetItems,
      complete,
      differences: total,
      counts,
      samples,
    };
  }
}

/** Refuses a run of which no function can verify anything now. */
async function assertVerifiable({ alias, to, started, store }: ControlledRun): Promise<void> {
  const refused = (rule: string, fix: string) => usageError("version", String(to), rule, fix);
  if (started.engine !== "lambda")
    throw refused(
      "swap migrate copy filled it, and no function can verify it",
      `run swap verify ${alias} ${started.from} ${to}`,
    );
  const { unverifiable } = require("../../../migration") as typeof import("../../../migration");
  const hindered = unverifiable(started, await store.control(started.run), alias, to);
  if (hindered) throw refused(hindered.reason, hindered.fix);
}
