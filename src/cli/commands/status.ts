import { string as stringArg } from "@oclif/core/args";
import { boolean, string as stringFlag } from "@oclif/core/flags";
import { parseDuration } from "../../validation";
import { hasColour } from "../colour";
import { terminalWidth } from "../columns";
import { SwapCommand } from "../command";
import { aliasArg, connectionFlags, parseVersionFlag } from "../flags";
import { exitWhenPipeCloses } from "../output";
import { isTransient, parseInterval, pause, TransientFailures } from "../poll";
import type { StatusJson } from "../status/status-json";

/** Looks from which the rate of a copy is taken. */
const RATE_LOOKS = 10;

/** `swap status ALIAS [VERSION]` */
export default class Status extends SwapCommand {
  static override summary =
    "Show an alias's versions, how far their migrations are, and what to do next.";
  static override description =
    "For each version with a recorded migration: its phase, items copied, rate and time left, segments, parked keys with their reasons, the replay's lag, the last verification, the deadline, what operators asked for, and the next step. Only reads. The number of a table's items is DynamoDB's own and up to six hours old; what a migration has copied is exact. The rate is the average since the start; with --watch, that of the last looks. --watch runs until it is interrupted (exit code 130) or nothing reads its output any more (exit code 0); with --json it prints an object a line.";
  static override examples = [
    {
      description: "Show how far the migrations of an alias are",
      command: "<%= config.bin %> status orders --control-table prod_swap",
    },
    {
      description: "Follow the migration to version 4",
      command: "<%= config.bin %> status orders 4 --watch",
    },
    {
      description: "Stop a pipeline unless version 4 is ready",
      command: "<%= config.bin %> status orders 4 --json | jq -e '.migrations[0].phase==\"ready\"'",
    },
  ];
  static override args = {
    alias: aliasArg,
    version: stringArg({
      description: "version written by a migration; default: each that has one",
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...connectionFlags,
    watch: boolean({ summary: "look again and again" }),
    interval: stringFlag({
      char: "i",
      summary: "pause between two looks of --watch, such as 2s or 1m",
      default: "2s",
      helpValue: "DURATION",
    }),
    grace: stringFlag({
      summary: "grace period of versions that were left, as retention.grace of the stack has it",
      default: "24h",
      helpValue: "DURATION",
    }),
  };

  async run(): Promise<StatusJson | undefined> {
    const { args, flags } = await this.parse(Status);
    const alias = this.aliasOf(args.alias);
    const only = args.version === undefined ? undefined : parseVersionFlag(args.version);
    const interval = parseInterval(flags.interval);
    const graceMs = parseDuration(flags.grace, "flag --grace");
    const source = this.open(flags);
    const { readStatus } =
      require("../status/read-status") as typeof import("../status/read-status");
    const { statusJson } =
      require("../status/status-json") as typeof import("../status/status-json");
    if (!flags.watch) {
      const status = statusJson(await readStatus(source, alias, only), graceMs, undefined);
      this.show(status);
      return status;
    }
    exitWhenPipeCloses();
    const failures = new TransientFailures((text) => {
      this.warnLine(text);
      // What was shown is above the note now.
      this.shown = 0;
    });
    const { CopyRates } = require("../status/copy-rates") as typeof import("../status/copy-rates");
    const rates = new CopyRates(RATE_LOOKS);
    for (let answered = false; ; ) {
      try {
        const seen = await readStatus(source, alias, only);
        failures.recovered();
        answered = true;
        this.show(statusJson(seen, graceMs, rates.update(seen)), true);
      } catch (error) {
        // Fail if the first read fails, so that a wrong endpoint is not retried forever.
        if (!answered || !isTransient(error, true)) throw error;
        failures.failed(error);
      }
      await pause(interval);
    }
  }

  /** With --watch each object is on one line, also the error that may end the stream. */
  override logJson(json: unknown): void {
    if (this.argv.includes("--watch")) process.stdout.write(`${JSON.stringify(json)}\n`);
    else super.logJson(json);
  }

  /** Lines at the end of the terminal that the next look replaces; undefined before the first one. */
  private shown: number | undefined;

  private show(status: StatusJson, again = false): void {
    if (this.jsonEnabled()) {
      if (again) this.logJson(status);
      return;
    }
    const { statusLines } =
      require("../status/status-lines") as typeof import("../status/status-lines");
    const width = terminalWidth(process.stdout);
    const lines = statusLines(status, { colour: hasColour(process.stdout), width });
    if (again) {
      if (width === undefined) {
        if (this.shown !== undefined) this.log();
      } else if (this.shown) {
        const rows = process.stdout.rows || 24;
        process.stdout.write(
          this.shown < rows ? `\u001b[${this.shown}A\r\u001b[J` : "\u001b[H\u001b[2J",
        );
      }
      this.shown = lines.length;
    }
    this.log(lines.join("\n"));
  }
}
