import { boolean, string as stringFlag } from "@oclif/core/flags";
import type { DifferenceCounts, ItemDifference } from "../../migration";
import { formatValue } from "../../validation";
import { SwapCommand } from "../command";
import { EXIT } from "../exit-codes";
import { type ConnectionFlags, connectionFlags, parseVersionFlag } from "../flags";
import { formatCount, formatTime } from "../format";
import { signalHandler } from "../interrupts";
import { usageError } from "../usage";
import { type DifferenceSamples, type KeySchemas, sampleDifferences } from "./differences";
import type { MigrationWork } from "./migration";

/** Pause between two progress lines in a log or of JSON, in milliseconds. */
const LOG_EVERY_MS = 10_000;
const BAR_WIDTH = 20;
/** Differences of each kind that `--json` prints. */
const SAMPLES = 10;

export const transformFlag = stringFlag({
  summary: "module whose default export makes each item of the target from one of the source",
  helpValue: "FILE",
});
export const concurrencyFlag = stringFlag({
  summary: "segments of a table read at a time, 1 to 256",
  default: "8",
  helpValue: "N",
});
export const rateFlag = stringFlag({
  summary: "most items a second; default: no limit",
  helpValue: "N",
});

/** Flags of the commands that write. */
export const migrateFlags = {
  ...connectionFlags,
  from: stringFlag({ summary: "version to read", helpValue: "VERSION", required: true }),
  to: stringFlag({ summary: "version to write", helpValue: "VERSION", required: true }),
  transform: transformFlag,
  rate: rateFlag,
  concurrency: concurrencyFlag,
  "allow-no-active": boolean({
    summary: "go on although the control table has no active version of the alias",
  }),
};

export const restartFlag = boolean({ summary: "forget an earlier run and start again" });

/** Parsed {@link migrateFlags}. */
export type WriteFlags = ConnectionFlags & {
  from: string;
  to: string;
  transform?: string | undefined;
  rate?: string | undefined;
  concurrency: string;
  "allow-no-active": boolean;
  restart?: boolean;
};

/** What a long run has done so far. */
export interface WorkProgress {
  /** What is done, such as "copied". */
  verb: string;
  done: number;
  /** About how many items there are; 0 if unknown. */
  about: number;
}

/** Base class of the commands that move or compare data: rate, progress, interruption, one JSON a line. */
export abstract class MigrateCommand extends SwapCommand {
  private readonly stop = new AbortController();
  private whenStopped = "";
  private startedAt: number | undefined;
  private before = 0;
  private nextLog = 0;
  private last: WorkProgress | undefined;

  /**
   * Ends the run cleanly at Ctrl-C and SIGTERM; a second one, a second later or more, ends it immediately.
   *
   * @param fix what to do then
   */
  protected interruptible(fix: string): AbortSignal {
    this.whenStopped = fix;
    const handler = signalHandler(
      () => this.stop.abort(new Interrupted()),
      () => {
        this.#interrupted("interrupted at once, what was sent may still be applied");
        process.exit(EXIT.interrupted);
      },
    );
    for (const name of ["SIGINT", "SIGTERM"] as const)
      process.removeAllListeners(name).on(name, handler);
    return this.stop.signal;
  }

  /** What the flags of a command that writes ask for, checked. */
  protected async openForWriting(work: MigrationWork, alias: string, flags: WriteFlags) {
    const versions = parseVersionFlags(flags.from, flags.to);
    const pace = paceOf(flags);
    const control = this.open(flags);
    const { openMigration } = require("./migration") as typeof import("./migration");
    const opened = await openMigration(
      control,
      {
        alias,
        ...versions,
        transform: flags.transform,
        allowNoActive: flags["allow-no-active"],
        restart: flags.restart,
      },
      work,
    );
    return { versions, ...pace, opened };
  }

  /** Whether the run was interrupted: says so with what was done by then, and sets the exit code. */
  protected wasInterrupted(error: unknown): boolean {
    if (!(error instanceof Interrupted)) return false;
    this.#interrupted("interrupted");
    process.exitCode = EXIT.interrupted;
    return true;
  }

  #interrupted(how: string): void {
    const last = this.last ?? { verb: "read", done: 0, about: 0 };
    if (this.jsonEnabled()) this.logJson({ event: "interrupted", ...last });
    else this.note(`${how}; ${countText(last)}; ${this.whenStopped}`);
  }

  /** Whether another operator has paused the run while it worked: says so as {@link wasInterrupted}. */
  protected wasPaused(error: unknown, fix: string): boolean {
    const { noteText, RunHeld } = require("../../migration") as typeof import("../../migration");
    if (!(error instanceof RunHeld) || error.held !== "paused" || !this.last) return false;
    const { by, at, reason } = error.note;
    if (this.jsonEnabled())
      this.logJson({
        event: "interrupted",
        ...this.last,
        paused: { by, at: formatTime(at) ?? null, reason: reason ?? null },
      });
    else {
      const resume = error.payload.fix;
      this.note(
        `paused by ${noteText(error.note)}; ${countText(this.last)}; ${resume}, then ${fix}`,
      );
    }
    process.exitCode = EXIT.interrupted;
    return true;
  }

  /** Shows progress: a bar on a terminal, a line every 10 s in a log, an object every 10 s with --json. */
  protected work(progress: WorkProgress): void {
    this.last = progress;
    const { verb, done, about } = progress;
    const now = performance.now();
    if (this.startedAt === undefined) {
      this.startedAt = now;
      this.before = done;
      this.nextLog = now + LOG_EVERY_MS;
    }
    const seconds = (now - this.startedAt) / 1000;
    const rate = seconds > 0 ? (done - this.before) / seconds : 0;
    const left = rate > 0 && about > done ? (about - done) / rate : undefined;
    if (process.stderr.isTTY && !this.jsonEnabled())
      this.progress(withBar(done, about, progressText(verb, done, about, rate, left)));
    else if (now >= this.nextLog) {
      this.nextLog = now + LOG_EVERY_MS;
      if (!this.jsonEnabled()) this.note(progressText(verb, done, about, rate, left));
      else
        this.logJson({
          event: "progress",
          verb,
          done,
          about,
          perSecond: Math.round(rate),
          secondsLeft: left === undefined ? null : Math.ceil(left),
        });
    }
  }

  /**
   * Prints what a verification has found: a line for each kind, and the first reason of each.
   *
   * @returns up to ten differences of each kind
   */
  protected showDifferences(
    differences: readonly ItemDifference[],
    counts: DifferenceCounts,
    schemas?: KeySchemas,
  ): DifferenceSamples {
    const { differenceKinds } = require("../../migration") as typeof import("../../migration");
    const { keyList } = require("../../items") as typeof import("../../items");
    const all = sampleDifferences(differences, schemas);
    const kinds = differenceKinds.filter((kind) => counts[kind] > 0);
    if (kinds.length > 0)
      this.print(kinds, [
        { heading: "KIND", cell: (kind) => kind },
        { heading: "COUNT", cell: (kind) => formatCount(counts[kind]), right: true },
        { heading: "KEYS", wrap: true, cell: (kind) => keyList(all[kind].map(({ key }) => key)) },
      ]);
    for (const kind of kinds) {
      const [first] = all[kind];
      if (first?.reason) this.note(`${kind} ${first.key}: ${first.reason}`);
      all[kind] = all[kind].slice(0, SAMPLES);
    }
    return all;
  }

  /** Prints each object on one line, also the error that may end the run. */
  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json)}\n`);
  }
}

/** The reason of an interrupted run. */
class Interrupted extends Error {}

/** Puts a bar before the text, if the terminal has room for it. */
export function withBar(
  done: number,
  about: number,
  text: string,
  columns = process.stderr.columns || 80,
): string {
  if (about === 0 || "swap: ".length + BAR_WIDTH + 3 + text.length >= columns) return text;
  const full = Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / about));
  return `[${"#".repeat(full)}${".".repeat(BAR_WIDTH - full)}] ${text}`;
}

function countText({ verb, done, about }: WorkProgress): string {
  const of = about > 0 ? ` of about ${formatCount(about)}` : "";
  return `${verb} ${formatCount(done)}${of} items`;
}

function progressText(
  verb: string,
  done: number,
  about: number,
  rate: number,
  left: number | undefined,
): string {
  const eta = left === undefined ? "" : `, ${formatSeconds(left)} left`;
  return `${countText({ verb, done, about })}, ${formatCount(Math.round(rate))}/s${eta}`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/**
 * Parses a flag that is a whole number.
 *
 * @throws SwapError `swap.input-invalid`
 */
export function parseCountFlag(name: string, text: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw usageError(
    `flag --${name}`,
    formatValue(text),
    `want a whole number from 1 to ${formatCount(most)}`,
    `pass a number such as ${Math.min(most, 100)}`,
  );
}

/** The values of the flags that say how fast to go. */
export function paceOf(flags: { rate?: string | undefined; concurrency: string }): {
  rate: number | undefined;
  concurrency: number;
} {
  return {
    rate: flags.rate === undefined ? undefined : parseCountFlag("rate", flags.rate, 1_000_000),
    concurrency: parseCountFlag("concurrency", flags.concurrency, 256),
  };
}

/** Parses the two versions. */
export function parseVersionFlags(from: string, to: string): { from: number; to: number } {
  return { from: parseVersionFlag(from), to: parseVersionFlag(to) };
}
